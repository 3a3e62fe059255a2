import assert from "node:assert/strict";
import { test } from "node:test";
import { RtpReceiver } from "@bilbycast/protocols/rtp";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { MachineRig } from "@bilbycast/testkit/rig";
import { markOf, rtpPacket, tsUnit, type RtpPacketOptions } from "@bilbycast/testkit/streams";
import { counts, receiverCounters } from "@bilbycast/testkit/tally";

const WINDOW = 10_000;
const OTHER: RtpPacketOptions = { ssrc: 0x0bad_cafe };

const setUp = (window = WINDOW) => {
  const counters = receiverCounters();
  const rig = new MachineRig((memory) => new RtpReceiver(memory, window, counters), { memory: new HeapMemory(16 * 1_024 * 1_024) });
  const receive = (numbers: number[], now: number, options: RtpPacketOptions = {}): number[] =>
    rig
      .receive(
        numbers.map((number) => rtpPacket(number, options)),
        now,
      )
      .map(markOf);
  return { counters, rig, receive };
};

test("a restarted source is followed from its first packet on", () => {
  const { receive, counters, rig } = setUp();
  receive([100, 101], 0);

  assert.deepEqual(receive([40_000, 40_001], 1, OTHER), []);
  assert.equal(rig.machine.waiting, 2);
  assert.deepEqual(receive([40_002], 2, OTHER), [40_000, 40_001, 40_002]);
  assert.deepEqual(receive([40_003], 3, OTHER), [40_003]);

  assert.deepEqual(counts(counters), { sourceResets: 1 });
});

test("a restart in disorder begins with its lowest sequence number", () => {
  const { receive, counters } = setUp();
  receive([100], 0);
  assert.deepEqual(receive([3, 1, 2, 4], 1, OTHER), [1, 2, 3, 4]);
  assert.equal(counters.packetsLost.value, 0);
});

test("a restart lets go of what still waited for the old source", () => {
  const { receive, counters } = setUp();
  receive([100, 102, 104], 0);
  assert.deepEqual(receive([7, 8, 9], 1, OTHER), [102, 104, 7, 8, 9]);
  assert.deepEqual(counts(counters), { packetsLost: 2, sourceResets: 1 });
});

test("a jump far back with the same SSRC is a restart, not 30000 lost packets", () => {
  const { receive, counters } = setUp();
  receive([40_000, 40_001], 0);
  assert.deepEqual(receive([10_000, 10_001, 10_002], 1), [10_000, 10_001, 10_002]);
  assert.deepEqual(counts(counters), { sourceResets: 1 });
});

test("a gap as long as an outage is counted lost, also across the wrap", () => {
  const { receive, counters } = setUp();
  receive([65_000], 0);
  assert.deepEqual(receive([465, 466, 467], 1), [465, 466, 467]);
  assert.deepEqual(counts(counters), { packetsLost: 1_000 });
});

test("strays of another source are dropped while ours is there", () => {
  const { receive, counters } = setUp();
  receive([100], 0);
  for (let n = 1; n <= 50; n++) {
    assert.deepEqual(receive([n], n, OTHER), []);
    assert.deepEqual(receive([100 + n], n), [100 + n]);
  }
  assert.deepEqual(counts(counters), { packetsFiltered: 50 });
});

test("one stray packet repeated makes no source", () => {
  const { receive, counters } = setUp();
  receive([100], 0);
  assert.deepEqual(receive([7, 7, 7, 7], 1, OTHER), []);
  assert.deepEqual(receive([101], 2), [101]);
  assert.deepEqual(counts(counters), { packetsFiltered: 1, packetsDuplicated: 3 });
});

test("unrelated packets far away make no source together", () => {
  const { receive, counters } = setUp();
  receive([100], 0);
  assert.deepEqual(receive([10_000, 20_000, 30_000, 40_000], 1), []);
  assert.deepEqual(receive([101], 2), [101]);
  assert.deepEqual(counts(counters), { packetsFiltered: 4 });
});

test("after a restart the numbers of the stream before are neither late nor duplicates", () => {
  const { receive, counters } = setUp();
  receive([500, 501, 502], 0);
  assert.deepEqual(receive([500, 501, 502], 1, OTHER), [500, 501, 502]);
  assert.deepEqual(counts(counters), { sourceResets: 1 });
});

test("with a window of 0 a restart passes at once what was in probation", () => {
  const { receive, counters } = setUp(0);
  receive([100], 0);
  assert.deepEqual(receive([7, 9, 8, 10], 1, OTHER), [7, 9, 8, 10]);
  assert.equal(counters.sourceResets.value, 1);
});

test("jitter is 0 for a steady source and nears the deviation of an unsteady one", () => {
  const { rig, counters } = setUp();
  const at = (n: number) => n * 10_000;
  const packet = (n: number) => rtpPacket(n, { timestamp: (0xffff_f000 + n * 900) >>> 0, payload: tsUnit(n, 1) });
  for (let n = 0; n < 50; n++) {
    rig.receive([packet(n)], at(n));
  }
  assert.equal(counters.interarrivalJitterUs.value, 0);

  for (let n = 50; n < 250; n++) {
    rig.receive([packet(n)], at(n) + (n % 2 === 0 ? 0 : 4_000));
  }
  assert.ok(Math.abs(counters.interarrivalJitterUs.value - 4_000) < 10, `${counters.interarrivalJitterUs.value} us`);

  rig.receive(
    [1, 2, 3].map((number) => rtpPacket(number, OTHER)),
    at(250),
  );
  assert.equal(counters.interarrivalJitterUs.value, 0);
});

test("with a window of 0 a packet from before a restart's first still passes, and counts as late", () => {
  const { receive, counters } = setUp(0);
  receive([100, 101], 0);
  receive([7, 8, 9], 1, OTHER);
  assert.deepEqual(receive([6], 2, OTHER), [6]);
  assert.deepEqual(counts(counters), { sourceResets: 1, packetsLate: 1 });
});

test("a restart behind a sparse stream, far from what goes through next, goes on in order", () => {
  const counters = receiverCounters();
  const memory = new HeapMemory(16 * 1_024 * 1_024);
  const rig = new MachineRig((own) => new RtpReceiver(own, 200_000, counters), { memory, rows: 64 });
  const evens = Array.from({ length: 2_000 }, (_, i) => 2 * (i + 1));
  const others = Array.from({ length: 500 }, (_, i) => 30_000 + i);
  const marks: number[] = [];
  const take = (numbers: number[], options: RtpPacketOptions = {}) => {
    const packets = numbers.map((number) => rtpPacket(number, { ...options, payload: tsUnit(number, 1) }));
    marks.push(...rig.receive(packets, 0).map(markOf));
  };
  take([0]);
  take(evens.slice(0, 1_000));
  take(evens.slice(1_000));
  take(others, OTHER);
  while (rig.machine.deadline <= 0) {
    marks.push(...rig.expire(0).map(markOf));
  }

  assert.deepEqual(marks, [0, ...evens, ...others]);
  assert.deepEqual(counts(counters), { packetsLost: 2_000, sourceResets: 1 });
});

test("a restart behind more packets than a batch takes loses none of either source", () => {
  const counters = receiverCounters();
  const rig = new MachineRig((memory) => new RtpReceiver(memory, 100_000, counters), {
    memory: new HeapMemory(16 * 1_024 * 1_024),
    rows: 64,
  });
  const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
  const marks: number[] = [];
  const take = (numbers: number[], options: RtpPacketOptions = {}) => {
    const packets = numbers.map((number) => rtpPacket(number, { ...options, payload: tsUnit(number, 1) }));
    marks.push(...rig.receive(packets, 0).map(markOf));
  };
  take([0, ...range(2, 100), ...range(103, 200)]);
  take(range(5_000, 300), OTHER);
  assert.ok(rig.machine.deadline <= 0);
  while (rig.machine.deadline <= 0) {
    marks.push(...rig.expire(0).map(markOf));
  }

  assert.deepEqual(marks, [0, ...range(2, 100), ...range(103, 200), ...range(5_000, 300)]);
  assert.deepEqual(counts(counters), { packetsLost: 2, sourceResets: 1 });
});
