import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { Pair } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { FecGeometry } from "../fec-geometry.ts";
import { HEADER_SIZE, isControl, messageNumber } from "../packet.ts";
import { filterText, mergeFilters } from "../packet-filter.ts";

const MS = 1_000;
const SECOND = 1_000_000;
const COUNT = 5_000;

const MERGES: [own: string, peer: string, result: string | undefined][] = [
  ["", "", "none"],
  ["fec,cols:3,rows:2", "", "fec,arq:onreq,cols:3,layout:staircase,rows:2"],
  ["", "fec,cols:10", "fec,arq:onreq,cols:10,layout:staircase,rows:1"],
  ["fec,cols:10", "fec,rows:5,arq:never", "fec,arq:never,cols:10,layout:staircase,rows:5"],
  ["fec,cols:10,layout:even", "fec,layout:even,cols:10,rows:-4", "fec,arq:onreq,cols:10,layout:even,rows:-4"],
  ["fec,cols:10", "fec,cols:5", undefined],
  ["fec,cols:10,rows:0", "", undefined],
  ["fec,cols:10,rows:-1", "", undefined],
  ["fec,cols:1", "", undefined],
  ["fec,cols:257", "", undefined],
  ["fec,cols:2.5", "", undefined],
  ["fec", "fec", undefined],
  ["fec,cols:10,depth:3", "", undefined],
  ["fec,cols:10,cols:10", "", undefined],
  ["fec,cols:10,arq:maybe", "", undefined],
  ["raptor,cols:10", "", undefined],
];

for (const [own, peer, result] of MERGES) {
  test(`"${own}" and "${peer}" come to ${result}`, () => {
    const merged = mergeFilters(own, peer);
    assert.equal(typeof merged === "object" ? filterText(merged) : merged, result);
  });
}

test("a staircase of three columns and two rows lies as libsrt lays it", () => {
  const geometry = new FecGeometry({ columns: 3, rows: 2, layout: "staircase", arq: "never" });
  const ends = Array.from({ length: 12 }, (_, place) => place).filter((place) => geometry.isLastOfColumn(place));
  assert.deepEqual(ends, [3, 5, 7, 9, 11]);
  assert.deepEqual(
    [1, 4, 7, 2, 5].map((place) => geometry.columnOf(place)),
    [-1, 1, 1, 2, 2],
  );
});

test("parity packets have the order, the numbers and the sums of the sheet's example", () => {
  const settings = { filter: "fec,cols:3,rows:2,arq:never" };
  const pair = new Pair({ sender: { settings }, receiver: { settings } });
  pair.run(SECOND);
  const controls: string[] = [];
  let sent = 0;
  pair.tap = (datagram) => {
    if (!isControl(datagram, 0)) {
      sent += messageNumber(datagram, 0) === 0 ? 0 : 1;
      if (messageNumber(datagram, 0) === 0) {
        controls.push(`${sent}: ${Buffer.from(datagram.subarray(HEADER_SIZE, HEADER_SIZE + 5)).toString("hex")}`);
      }
    }
  };
  pair.stream(6, MS, (n) => new Uint8Array(100 + n).fill(0x40 + n, 0, 1));
  assert.deepEqual(controls, ["3: ff00006743", "4: 0000000303", "6: 0200000f07", "6: ff00006642"]);
});

const run = (filter: string, loss: number, seed: number, options: { passphrase?: Uint8Array; cipherMode?: "gcm" | "ctr" } = {}) => {
  const pair = new Pair({
    seed,
    there: { delay: 10 * MS },
    sender: { settings: { filter, ...options } },
    receiver: { settings: { receiveLatencyMs: 200, ...options } },
  });
  pair.run(SECOND);
  Object.assign(pair.there.properties, { loss });
  pair.stream(COUNT, MS, (n) => tsUnit(n, 1 + (n % 7)));
  Object.assign(pair.there.properties, { loss: 0 });
  pair.stream(200, MS, (n) => tsUnit(COUNT + n, 1));
  pair.run(pair.now + SECOND);
  assert.ok(pair.deliveries.every(({ unit }, i) => i === 0 || markOf(unit) > markOf(pair.deliveries[i - 1]?.unit ?? unit)));
  assert.ok(
    pair.deliveries.every(
      ({ unit }) => Buffer.compare(unit, tsUnit(markOf(unit), markOf(unit) < COUNT ? 1 + (markOf(unit) % 7) : 1)) === 0,
    ),
  );
  return pair;
};

for (const [filter, loss, most] of [
  ["fec,cols:10,rows:5,arq:never", 0.02, 5],
  ["fec,cols:10,rows:5,layout:even,arq:never", 0.02, 5],
  ["fec,cols:5,rows:5,arq:never", 0.05, 30],
  ["fec,cols:8,arq:never", 0.01, 12],
  ["fec,cols:8,rows:-8,arq:never", 0.01, 20],
] as const) {
  test(`${filter} rebuilds nearly all of ${loss * 100} % loss without a single request (seed 4)`, () => {
    const pair = run(filter, loss, 4);
    const { naksSent, filterRebuilt, packetsTooLate, filterExtraReceived } = pair.receiver.meters;
    assert.equal(naksSent.value, 0);
    assert.ok(filterRebuilt.value > 0.6 * loss * COUNT, `${filterRebuilt.value} rebuilt`);
    assert.ok(packetsTooLate.value <= most, `${packetsTooLate.value} lost`);
    assert.equal(pair.deliveries.length + packetsTooLate.value, COUNT + 200);
    assert.ok(filterExtraReceived.value > 0 && pair.sender.meters.filterExtraSent.value >= filterExtraReceived.value);
    assert.equal(pair.close(), 0);
  });
}

for (const arq of ["always", "onreq"] as const) {
  test(`with arq ${arq} what the filter cannot rebuild is asked for, and nothing is missing at 5 % loss (seed 6)`, () => {
    const pair = run(`fec,cols:10,rows:5,arq:${arq}`, 0.05, 6);
    assert.equal(pair.deliveries.length, COUNT + 200);
    assert.ok(pair.receiver.meters.naksSent.value > 0 && pair.receiver.meters.filterRebuilt.value > 50);
  });
}

for (const cipherMode of ["ctr", "gcm"] as const) {
  test(`the filter rebuilds what AES-${cipherMode.toUpperCase()} has encrypted`, () => {
    const pair = run("fec,cols:10,rows:5,arq:never", 0.02, 4, { passphrase: encodeUtf8("a passphrase of some length"), cipherMode });
    assert.ok(pair.receiver.meters.packetsTooLate.value <= 5);
    assert.ok(pair.receiver.meters.filterRebuilt.value > 50);
    assert.equal(pair.receiver.meters.packetsUndecrypted.value, 0);
  });
}

for (const arq of ["never", "onreq"] as const) {
  test(`with arq ${arq} the last packets are ${arq === "never" ? "not " : ""}sent again when nobody answers`, () => {
    const pair = new Pair({ there: { delay: 10 * MS }, sender: { settings: { filter: `fec,cols:5,rows:1,arq:${arq}` } } });
    pair.run(SECOND);
    pair.back.properties.loss = 1;
    pair.stream(5, MS, (n) => tsUnit(n, 1));
    pair.run(pair.now + SECOND);
    assert.equal(pair.sender.meters.retransmitsSent.value > 0, arq !== "never");
  });
}

test("filters that contradict each other are refused by name", () => {
  const pair = new Pair({ sender: { settings: { filter: "fec,cols:10" } }, receiver: { settings: { filter: "fec,cols:5" } } });
  pair.run(5 * SECOND);
  assert.deepEqual([pair.sender.said, pair.receiver.said], [["refused packet_filter"], ["refused packet_filter"]]);
});

test("a listener takes no filter from a caller that costs more memory than a connection should", () => {
  const pair = new Pair({ sender: { settings: { filter: "fec,cols:200,rows:200" } } });
  pair.run(5 * SECOND);
  assert.deepEqual(pair.receiver.said, ["refused packet_filter"]);
});
