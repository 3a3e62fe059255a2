import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { tsUnit } from "@bilbycast/testkit/streams";
import { Hub, Pair, type SideOptions } from "@bilbycast/testkit/srt";

const MS = 1_000;
const SECOND = 1_000_000;

/** A caller on a standing connection that is given units at once; the lengths of what leaves, message by message. */
const burst = (lengths: readonly number[], options: SideOptions = {}, trains = true): number[][] => {
  const hub = new Hub({});
  const caller = hub.call(options);
  hub.run(SECOND);
  caller.side.wire.trains = trains;
  for (const [n, length] of lengths.entries()) {
    caller.ring.publish(tsUnit(n).subarray(0, length), instant(hub.now));
  }
  caller.machine.emit(caller.ring, 0, lengths.length, caller.side.wire, instant(hub.now));
  return caller.side.wire.take().map(({ datagrams }) => datagrams.map((datagram) => datagram.length));
};

test("new packets of one length leave as one train, and one of another length begins the next", () => {
  assert.deepEqual(burst([1_316, 1_316, 1_316, 188, 1_316, 1_316]), [[1_332, 1_332, 1_332], [204], [1_332, 1_332]]);
});

test("a train is no longer than the system takes", () => {
  assert.deepEqual(
    burst(Array.from({ length: 60 }, () => 1_316)).map(({ length }) => length),
    [47, 13],
  );
});

test("where the path bears no trains, or a filter puts its own packets between, each leaves by itself", () => {
  const four = [1_316, 1_316, 1_316, 1_316];
  const alone = four.map((length) => [length + 16]);
  assert.deepEqual(burst(four, {}, false), alone);
  assert.ok(burst(four, { settings: { filter: "fec,cols:10" } }).every(({ length }) => length === 1));
});

test("a train is as long as the pace allows", () => {
  // 1360 bytes each 10 ms, and 10 ms are made up for at once.
  const sent = burst([1_316, 1_316, 1_316, 1_316], { settings: { maxBandwidth: 136_000 } });

  assert.deepEqual(
    sent.map(({ length }) => length),
    [2],
  );
});

test("a refused train leaves again singly, the same packets and no others", () => {
  const hub = new Hub({});
  const caller = hub.call();
  hub.run(SECOND);
  const { wire } = caller.side;
  for (let n = 0; n < 5; n++) {
    caller.ring.publish(tsUnit(n), instant(hub.now));
  }
  const emit = (): Uint8Array[] => {
    caller.machine.emit(caller.ring, 0, 5, wire, instant(hub.now));
    return wire.takeDatagrams();
  };
  const refused = emit();
  wire.trains = false;

  assert.deepEqual(emit(), refused);
});

test("deliveries wait for the step that they are asked to wait for, and are never early", () => {
  const pair = new Pair({ receiver: { settings: { deliveryStep: 2 * MS } }, there: { delay: 10 * MS } });
  pair.run(SECOND);
  pair.stream(200, MS, tsUnit);
  pair.run(pair.now + SECOND);

  assert.equal(pair.deliveries.length, 200);
  for (const [n, { at }] of pair.deliveries.entries()) {
    const due = SECOND + (n + 1) * MS + 130 * MS;
    assert.ok(at >= due && at < due + 2 * MS, `${n}: ${at - due}`);
  }
  // Whatever wakes the socket meanwhile delivers what is due.
  const wakes = new Set(pair.deliveries.map(({ at }) => at));
  assert.ok(wakes.size < 150, `${wakes.size} wakes`);
  pair.close();
});
