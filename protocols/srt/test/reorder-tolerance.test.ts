import assert from "node:assert/strict";
import { test } from "node:test";
import { setU32, u32 } from "@bilbycast/foundation/bytes";
import type { LinkProperties } from "@bilbycast/testkit/network";
import { LongHaul, Pair } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { REXMIT_FLAG } from "../handshake-extensions.ts";
import { controlType, HANDSHAKE, HEADER_SIZE, isControl } from "../packet.ts";

const MS = 1_000;
const SECOND = 1_000_000;
const PACKETS = 50_000;

/** How many packets in a hundred are sent again, on a path that loses none unless it is told to. */
const sentAgain = (reorderTolerance: number, path: Partial<LinkProperties>, tamper: (datagram: Uint8Array) => void = () => {}): number => {
  const long = new LongHaul({ seed: 7, delay: 20 * MS, latencyMs: 160, path, settings: { reorderTolerance }, slack: 12 * MS, tamper });
  long.connect();
  long.carry(PACKETS);
  long.settle();
  const { lost, disordered, untimely, damaged } = long.haul;
  assert.deepEqual([lost, disordered, untimely, damaged], [0, 0, 0, 0]);
  return (100 * long.sender.meters.retransmitsSent.value) / PACKETS;
};

test("with a tolerance of 0 each packet that is overtaken is asked for at once; with a greater one the path is learnt", (t) => {
  const jitter = { jitter: 5 * MS };
  const [none, little, enough] = [0, 2, 20].map((tolerance) => sentAgain(tolerance, jitter)) as [number, number, number];
  t.diagnostic(`sent again: ${none.toFixed(2)} % with 0, ${little.toFixed(2)} % with 2, ${enough.toFixed(2)} % with 20`);

  assert.ok(none > 20, `${none} %`);
  assert.ok(little < none / 2, `${little} %`);
  assert.ok(enough < 0.1, `${enough} %`);
});

test("what is really lost is still asked for in time, and asked for once", (t) => {
  const share = sentAgain(20, { jitter: 5 * MS, loss: 0.02 });
  t.diagnostic(`sent again: ${share.toFixed(2)} %`);
  assert.ok(share > 1.9 && share < 2.6, `${share} %`);
});

test("of a sender that does not mark what it sends again nothing is learnt: each gap is asked for at once", () => {
  const forgetful = (datagram: Uint8Array): void => {
    const flags = HEADER_SIZE + 48 + 8;
    if (isControl(datagram, 0) && controlType(datagram, 0) === HANDSHAKE && datagram.length >= flags + 4) {
      setU32(datagram, flags, u32(datagram, flags) & ~REXMIT_FLAG);
    }
  };
  assert.ok(sentAgain(20, { jitter: 5 * MS }, forgetful) > 20);
});

/** A pair whose path is perfect, and which can hold a packet back until so many others have passed. */
const held = (reorderTolerance: number) => {
  const pair = new Pair({ there: { delay: 10 * MS }, receiver: { settings: { reorderTolerance } } });
  pair.run(SECOND);
  let n = 0;
  const send = (count: number): void => {
    pair.stream(count, MS, () => tsUnit(n++, 1));
  };
  /** The next packet comes behind `others`. */
  const overtaken = (others: number): void => {
    pair.there.properties.delay = 10 * MS + others * MS + MS / 2;
    send(1);
    pair.there.properties.delay = 10 * MS;
    send(others + 30);
  };
  const asked = (): number => pair.receiver.meters.naksSent.value;
  return { pair, send, overtaken, asked };
};

test("a tolerance of 1 bears that two packets change places, once it has seen it, and no more than that", () => {
  const { overtaken, asked } = held(1);
  overtaken(1);
  assert.equal(asked(), 1);
  overtaken(1);
  assert.equal(asked(), 1);
  overtaken(2);
  assert.equal(asked(), 2);
});

test("the tolerance grows to the distance that was seen, up to its limit, and the distance is told", () => {
  const { pair, overtaken, asked } = held(3);
  overtaken(2);
  assert.deepEqual([asked(), pair.receiver.meters.reorderDistance.value], [1, 2]);
  overtaken(2);
  assert.equal(asked(), 1);
  overtaken(4);
  assert.deepEqual([asked(), pair.receiver.meters.reorderDistance.value], [2, 4]);
  overtaken(3);
  assert.equal(asked(), 2);
  overtaken(4);
  assert.equal(asked(), 3);
});

test("fifty packets in order take one from the tolerance", () => {
  const { send, overtaken, asked } = held(5);
  overtaken(3);
  assert.equal(asked(), 1);
  send(150);
  overtaken(3);
  assert.equal(asked(), 2);
});

test("when the stream stops, a gap that waits for packets behind it is asked for all the same", () => {
  const { pair, send, overtaken } = held(20);
  overtaken(15);
  pair.there.properties.loss = 1;
  send(1);
  pair.there.properties.loss = 0;
  send(2);
  pair.run(pair.now + SECOND);
  const marks = pair.deliveries.map(({ unit }) => markOf(unit));
  assert.deepEqual(
    marks,
    Array.from({ length: marks.length }, (_, i) => i),
  );
  assert.equal(marks.length, 16 + 30 + 3);
});
