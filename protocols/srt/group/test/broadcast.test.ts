import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { integer, seeded } from "@bilbycast/testkit/random";
import { GroupPair, type GroupPairOptions } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";

const MS = 1_000;
const SECOND = 1_000_000;

const numbers = (pair: GroupPair): number[] => pair.deliveries.map(({ unit }) => markOf(unit));
const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

const connected = (options: GroupPairOptions): GroupPair => {
  const pair = new GroupPair(options);
  pair.run(SECOND);
  return pair;
};

const LINKS = [{ delay: 10 * MS }, { delay: 25 * MS }];

for (const caller of ["send", "receive"] as const) {
  for (const listeners of ["one", "each"] as const) {
    test(`both links carry everything, and it comes out once: the ${caller === "send" ? "sender" : "receiver"} calls, ${listeners} socket listens`, () => {
      const pair = connected({ caller, listeners, links: LINKS });
      pair.stream(2_000, MS, tsUnit);
      pair.run(pair.now + SECOND);

      assert.deepEqual(numbers(pair), all(2_000));
      assert.ok(pair.deliveries.every(({ unit }, n) => Buffer.compare(unit, tsUnit(n)) === 0));
      assert.equal(pair.sending.members.filter(({ isOpen }) => isOpen).length, 2);
      assert.equal(pair.receiveMeters.tooLate.value, 0);
      assert.equal(pair.close(), 0);
    });
  }
}

test("every payload has the same number and the same time on both links", () => {
  const pair = connected({ links: LINKS });
  const seen: Map<number, number>[] = [new Map(), new Map()];
  pair.tap = (datagram, link, way) => {
    const view = new DataView(datagram.buffer, datagram.byteOffset);
    if (way === "there" && view.getUint32(0) < 0x8000_0000) {
      seen[link]?.set(view.getUint32(0), view.getUint32(8));
    }
  };
  pair.stream(500, MS, tsUnit);
  pair.run(pair.now + SECOND);

  assert.equal(seen[0]?.size, 500);
  assert.deepEqual([...(seen[0] ?? [])], [...(seen[1] ?? [])]);
});

test("whichever link dies, at any moment, nothing is missing and nothing is late", () => {
  const random = seeded(11);
  for (let round = 0; round < 14; round++) {
    const caller = round % 2 === 0 ? "send" : "receive";
    const pair = connected({ seed: round + 1, caller, links: LINKS, settings: { receiveLatencyMs: 120, peerLatencyMs: 120 } });
    const [link, at] = [integer(random, 2), integer(random, 1_500)];
    pair.stream(1_500, MS, tsUnit, (n) => {
      if (n === at) {
        pair.cut(link);
      }
    });
    pair.run(pair.now + SECOND);
    assert.deepEqual(numbers(pair), all(1_500), `round ${round}: link ${link} dies at ${at}`);
    assert.ok(pair.deliveries.every(({ at: time }, n) => n === 0 || time >= (pair.deliveries[n - 1]?.at ?? 0)));
    assert.equal(pair.receiveMeters.tooLate.value, 0);
  }
});

test("what either link loses comes by the other one, also while neither can be asked again in time", () => {
  const links = [
    { delay: 60 * MS, loss: 0.05 },
    { delay: 60 * MS, loss: 0.05 },
  ];
  const pair = connected({ seed: 3, links, settings: { receiveLatencyMs: 20, peerLatencyMs: 20 } });
  pair.stream(4_000, MS, tsUnit);
  pair.run(pair.now + SECOND);

  // One in four hundred is lost by both.
  const missing = 4_000 - pair.deliveries.length;
  assert.ok(missing > 0 && missing < 30, `${missing} missing`);
  assert.equal(pair.receiveMeters.tooLate.value, missing);
});

test("a link that comes later goes on where the group is, and tells what it will not bring", () => {
  const pair = new GroupPair({ links: LINKS });
  pair.cut(1);
  pair.run(SECOND);
  let drops = 0;
  pair.tap = (datagram, link, way) => {
    drops += way === "there" && link === 1 && datagram[0] === 0x80 && datagram[1] === 0x07 ? 1 : 0;
  };
  pair.stream(6_000, MS, tsUnit, (n) => {
    if (n === 1_000) {
      pair.cut(1, 0);
    }
  });
  pair.run(pair.now + SECOND);

  assert.deepEqual(numbers(pair), all(6_000));
  assert.equal(drops, 1);
  assert.equal(pair.sending.members.filter(({ isOpen }) => isOpen).length, 2);
  const { packetsLost } = pair.receiverEnds[0]?.meters ?? {};
  assert.equal(packetsLost?.value, 0);
});

test("links that die and come back, each in its turn, lose nothing", () => {
  const settings = { idleTimeout: SECOND, receiveLatencyMs: 120 };
  const pair = connected({ links: LINKS, settings });
  pair.stream(16_000, MS, tsUnit, (n) => {
    if (n % 4_000 === 0) {
      pair.cut((n / 4_000) % 2, 0);
      pair.cut((n / 4_000 + 1) % 2, 1);
    } else if (n % 4_000 === 1_500) {
      pair.cut(0, 0);
      pair.cut(1, 0);
    }
  });
  pair.run(pair.now + SECOND);

  assert.deepEqual(numbers(pair), all(16_000));
  assert.ok((pair.receiverEnds[0]?.events ?? []).filter(({ event }) => event === "disconnected").length >= 3);
});

test("numbers out of range break the link that brings them, and no other", () => {
  const pair = connected({ links: LINKS });
  let last: Uint8Array | undefined;
  pair.tap = (datagram, link, way) => {
    if (link === 1 && way === "there" && (datagram[0] ?? 0) < 0x80) {
      last = datagram.slice();
    }
  };
  pair.stream(2_000, MS, tsUnit, (n) => {
    if (n === 700 && last !== undefined) {
      for (let ahead = 100_000; ahead < 100_002; ahead++) {
        const view = new DataView(last.buffer);
        const forged = last.slice();
        new DataView(forged.buffer).setUint32(0, (view.getUint32(0) + ahead) & 0x7fff_ffff);
        pair.there[1]?.send(forged, instant(pair.now));
      }
    }
  });
  pair.run(pair.now + SECOND);

  assert.deepEqual(numbers(pair), all(2_000));
  const ends = (pair.receiverEnds[0]?.events ?? []).flatMap((event) => (event.event === "disconnected" ? [event.reason] : []));
  assert.deepEqual(ends, ["astray"]);
});

test("a link with a longer path is no drift: what comes out keeps its delay", () => {
  const pair = connected({ links: [{ delay: 10 * MS }, { delay: 90 * MS }] });
  pair.stream(12_000, MS, tsUnit);
  pair.run(pair.now + SECOND);

  const delays = pair.deliveries.map(({ at }, n) => at - SECOND - (n + 1) * MS);
  assert.equal(delays.length, 12_000);
  assert.ok(Math.max(...delays) - Math.min(...delays) <= 2 * MS, `${Math.min(...delays)} to ${Math.max(...delays)}`);
});

test("sides of different modes are told so by name, each once", () => {
  const refusals = (events: readonly { event: string; reason?: unknown }[]): unknown[] =>
    events.flatMap((each) => (each.event === "refused" ? [each.reason] : []));
  const other = new GroupPair({ links: LINKS, peerMode: "backup" });
  other.run(3 * SECOND);
  assert.deepEqual(refusals(other.receiverEnds[0]?.events ?? []), ["group"]);
  assert.deepEqual(refusals(other.senderEnds[0]?.events ?? []), ["group"]);
  assert.equal(other.sending.isUp, false);
});
