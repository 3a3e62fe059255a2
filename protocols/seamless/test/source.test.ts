import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER } from "@bilbycast/foundation/time";
import type { SeamlessTimes } from "@bilbycast/protocols/seamless";
import { PathsRig } from "@bilbycast/testkit/rig";
import { rtpPacket, type RtpPacketOptions } from "@bilbycast/testkit/streams";

const OTHER: RtpPacketOptions = { ssrc: 0x0bad_cafe };
const MS = 1_000;

const setUp = (times: Partial<SeamlessTimes> = { window: 10 * MS }) => {
  const rig = new PathsRig(times);
  const receive = (path: 0 | 1, numbers: readonly number[], ms: number, options: RtpPacketOptions = {}): number[] =>
    rig.receive(
      path,
      numbers.map((number) => rtpPacket(number, options)),
      ms * MS,
    );
  const expire = (ms: number): number[] => rig.expire(ms * MS);
  return { rig, receive, expire, counters: rig.counters };
};

test("each packet comes out once, whichever path brings it first", () => {
  const { receive, rig } = setUp();
  assert.deepEqual(receive(0, [1, 2, 3], 0), [1, 2, 3]);
  assert.deepEqual(receive(1, [1, 2, 3, 4], 1), [4]);
  assert.deepEqual(receive(0, [4, 5], 2), [5]);

  const [first, second] = rig.pathCounters;
  assert.deepEqual([first.packetsReceived.value, first.packetsForwarded.value, first.packetsDuplicate.value], [5, 4, 1]);
  assert.deepEqual([second.packetsReceived.value, second.packetsForwarded.value, second.packetsDuplicate.value], [4, 1, 3]);
  assert.equal(rig.close(), 0);
});

test("a hole is filled by the other path and given up at the window, not before", () => {
  const { receive, expire, counters, rig } = setUp();
  receive(0, [1], 0);
  assert.deepEqual(receive(0, [3], 1), []);
  assert.deepEqual(receive(1, [1, 2], 5), [2, 3]);
  assert.deepEqual(receive(0, [5], 6), []);
  assert.deepEqual(expire(15), []);
  assert.deepEqual(expire(16), [5]);
  assert.equal(counters.packetsLost.value, 1);
  assert.deepEqual(receive(1, [4], 17), []);
  assert.equal(counters.packetsLate.value, 1);
  assert.equal(rig.close(), 0);
});

test("with a differential every packet leaves that long after the earlier path brings it, and a delay comes on top", () => {
  for (const [times, ms] of [
    [{ differential: 50 * MS }, 50],
    [{ differential: 50 * MS, delay: 30 * MS }, 80],
    [{ delay: 30 * MS }, 30],
  ] as const) {
    const { receive, expire, rig } = setUp(times);
    receive(0, [1], 0);
    receive(1, [1], 20);
    receive(1, [2], 25);
    assert.deepEqual(expire(ms - 1), []);
    assert.deepEqual(expire(ms), [1]);
    // It came by the later path only, and leaves when it would have by the earlier one.
    assert.deepEqual(expire(5 + ms - 1), []);
    assert.deepEqual(expire(5 + ms), [2]);
    assert.equal(rig.close(), 0);
  }
});

test("both paths follow a sender that starts anew, and nothing of the old stream that waits is lost", () => {
  const { receive, expire, counters } = setUp({ differential: 50 * MS });
  receive(0, [100, 101, 102], 0);
  receive(1, [100, 101, 102], 20);
  assert.deepEqual(receive(0, [40_000, 40_001, 40_002], 21, OTHER), []);
  assert.deepEqual(receive(0, [40_003], 25, OTHER), []);
  assert.deepEqual(receive(1, [40_000, 40_001, 40_002], 41, OTHER), []);
  assert.deepEqual(receive(0, [40_004], 42, OTHER), []);
  receive(1, [40_003], 43, OTHER);

  assert.deepEqual(expire(50), [100, 101, 102]);
  assert.deepEqual(expire(71), [40_000, 40_001, 40_002]);
  assert.deepEqual(expire(92), [40_003, 40_004]);
  assert.equal(counters.sourceResets.value, 1);
  assert.equal(counters.packetsLost.value, 0);
});

for (const [what, to, options] of [
  ["another SSRC", 101, OTHER],
  ["the same SSRC and far earlier sequence numbers", 30_000, {}],
  ["the same SSRC and somewhat earlier sequence numbers", 49_000, {}],
  ["the same SSRC and far later sequence numbers", 12_000, {}],
] as const) {
  test(`a restart with ${what} does not stop the stream`, () => {
    const { receive, counters } = setUp();
    for (let n = 0; n < 100; n++) {
      receive(0, [50_000 + n], n);
      receive(1, [50_000 + n], n);
    }
    const out: number[] = [];
    for (let n = 0; n < 20; n++) {
      out.push(...receive(0, [to + n], 100 + n, options), ...receive(1, [to + n], 100 + n, options));
    }
    assert.deepEqual(
      out.slice(-10),
      Array.from({ length: 10 }, (_, n) => to + 10 + n),
    );
    assert.ok(out.length >= 18, `${out.length} of 20`);
    assert.equal(counters.sourceResets.value, 1);
  });
}

test("a restart while one path is down is followed from its first packet on", () => {
  const { receive, expire, counters } = setUp();
  receive(0, [100], 0);
  receive(1, [100, 101], 0);
  expire(1_500);
  assert.deepEqual(receive(1, [7, 8], 1_600, OTHER), []);
  assert.deepEqual(receive(1, [9], 1_601, OTHER), [7, 8, 9]);
  assert.equal(counters.sourceResets.value, 1);
});

test("a path with another stream on it is not listened to while the other one goes on, and takes over when it ends", () => {
  const { receive, counters, rig } = setUp();
  for (let n = 0; n < 500; n++) {
    assert.deepEqual(receive(0, [n], n), [n]);
    assert.deepEqual(receive(1, [40_000 + n], n, OTHER), []);
  }
  assert.equal(counters.sourceResets.value, 0);
  assert.ok(counters.packetsFiltered.value >= 498 && counters.packetsFiltered.value <= 500);
  assert.equal(rig.merge.isUp(1), false);

  const out: number[] = [];
  for (let n = 500; n < 600; n++) {
    out.push(...receive(1, [40_000 + n], n, OTHER));
  }
  assert.equal(counters.sourceResets.value, 1);
  assert.equal(out.at(-1), 40_599);
});

test("strays and repeats do not make a source", () => {
  const { receive, counters } = setUp();
  receive(0, [100], 0);
  receive(1, [7, 7, 7, 7], 200, OTHER);
  assert.deepEqual(receive(0, [101], 201), [101]);
  assert.equal(counters.sourceResets.value, 0);
});

test("a path is up with its first packet and down a second after its last, once", () => {
  const { receive, expire, rig } = setUp();
  const [first, second] = rig.pathCounters;
  receive(0, [1], 0);
  receive(1, [1], 500);
  assert.deepEqual([first.isUp.value, second.isUp.value], [1, 1]);
  assert.equal(rig.merge.deadline, 1_000 * MS);
  expire(1_000);
  assert.deepEqual([first.isUp.value, second.isUp.value], [0, 1]);
  expire(1_500);
  assert.deepEqual([first.isUp.value, second.isUp.value], [0, 0]);
  assert.equal(rig.merge.deadline, NEVER);
  receive(0, [2], 1_600);
  assert.deepEqual([first.isUp.value, second.isUp.value], [1, 0]);
  assert.equal(rig.close(), 0);
});

test("an outage of both paths for a minute, longer than the sequence numbers reach, ends with the first packets", () => {
  for (const jump of [1, 5_000, 20_000, 40_000, 60_000]) {
    const { receive, expire } = setUp();
    receive(0, [100], 0);
    receive(1, [100], 0);
    expire(2_000);
    const numbers = Array.from({ length: 10 }, (_, n) => (100 + jump + n) & 0xffff);
    const out = numbers.flatMap((number, n) => [...receive(0, [number], 60_000 + n), ...receive(1, [number], 60_000 + n)]);
    out.push(...expire(61_500));
    assert.deepEqual(out, numbers, `a jump of ${jump}`);
  }
});

test("sequence numbers and timestamps wrap as often as they do in 26 hours, and nothing is lost or doubled", () => {
  // 26.5 hours of 90 kHz are 2 cycles of the timestamp; as many packets of one stream of 2 Mbit/s are 280 of the sequence number.
  const { rig, receive } = setUp({ differential: 300 * MS });
  const packets = 280 * 65_536;
  const step = 9_973;
  let expected = 0;
  for (let base = 0; base < packets; base += step) {
    // Far apart in time, as packets of a slow stream; the numbers in between did not change.
    for (let n = base; n < base + 3; n++) {
      const options = { timestamp: (n * 470) >>> 0 };
      receive(0, [n & 0xffff], n * 5.25, options);
      receive(1, [n & 0xffff], n * 5.25 + 1, options);
    }
    expected += 3;
  }
  rig.expire(Number.MAX_SAFE_INTEGER);
  assert.equal(rig.merged.length, expected);
  assert.equal(rig.counters.packetsLate.value + rig.counters.packetsFiltered.value, 0);
  assert.equal(rig.close(), 0);
});
