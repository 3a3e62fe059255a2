import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER } from "@bilbycast/foundation/time";
import { RtpReceiver } from "@bilbycast/protocols/rtp";
import { MachineRig } from "@bilbycast/testkit/rig";
import { markOf, rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { counts, receiverCounters } from "@bilbycast/testkit/tally";
import { HeapMemory } from "@bilbycast/testkit/memory";

const WINDOW = 50_000;

const setUp = (window = WINDOW, rows = 1_024) => {
  const counters = receiverCounters();
  const rig = new MachineRig((memory) => new RtpReceiver(memory, window, counters), { memory: new HeapMemory(32 * 1_024 * 1_024), rows });
  return {
    rig,
    counters,
    receive: (numbers: number[], now: number) =>
      rig
        .receive(
          numbers.map((number) => rtpPacket(number)),
          now,
        )
        .map(markOf),
    expire: (now: number) => rig.expire(now).map(markOf),
  };
};

test("packets in order pass where they lie, without header, in the call that brought them", () => {
  const { rig, receive, counters } = setUp();
  assert.deepEqual(receive([10, 11, 12], 0), [10, 11, 12]);
  assert.deepEqual(rig.receive([rtpPacket(13)], 1), [tsUnit(13)]);
  assert.equal(rig.machine.deadline, NEVER);
  assert.deepEqual(counts(counters), {});
});

test("a lost packet is given up at the deadline and not before", () => {
  const { rig, receive, expire, counters } = setUp();
  assert.deepEqual(receive([10], 0), [10]);
  assert.deepEqual(receive([12], 1_000), []);
  assert.equal(rig.machine.deadline, 51_000);

  assert.deepEqual(expire(50_999), []);
  assert.equal(counters.packetsLost.value, 0);

  assert.deepEqual(expire(51_000), [12]);
  assert.deepEqual(counts(counters), { packetsLost: 1 });
  assert.equal(rig.machine.deadline, NEVER);
});

test("a second hole waits from the arrival behind it, not from when the first was given up", () => {
  const { rig, receive, expire, counters } = setUp();
  receive([10, 12], 0);
  receive([14], 20_000);

  assert.deepEqual(expire(50_000), [12]);
  assert.equal(rig.machine.deadline, 70_000);
  assert.deepEqual(expire(70_000), [14]);
  assert.equal(counters.packetsLost.value, 2);
});

test("no packet waits longer than the window, whatever comes between it and the hole later", () => {
  const { receive, expire } = setUp();
  receive([10, 13], 0);
  receive([12], 40_000);
  assert.deepEqual(expire(50_000), [12, 13]);
});

test("a packet that fills its hole lets those behind it follow, copied bytes and borrowed bytes in order", () => {
  const { rig, receive, counters } = setUp();
  assert.deepEqual(receive([1], 0), [1]);
  assert.deepEqual(receive([3, 4, 6], 1), []);

  assert.deepEqual(
    rig.receive([rtpPacket(2), rtpPacket(5), rtpPacket(7)], 2),
    [2, 3, 4, 5, 6, 7].map((number) => tsUnit(number)),
  );
  assert.deepEqual(counts(counters), { packetsReordered: 2 });
});

test("a packet that comes after it was given up is late, its second copy a duplicate", () => {
  const { receive, expire, counters } = setUp();
  receive([1, 3], 0);
  expire(WINDOW);

  assert.deepEqual(receive([2, 2, 3, 4], WINDOW + 1), [4]);
  assert.deepEqual(counts(counters), { packetsLost: 1, packetsLate: 1, packetsDuplicated: 2 });
});

test("a duplicate of a packet that waits is dropped", () => {
  const { receive, counters } = setUp();
  receive([1, 3, 3], 0);
  assert.deepEqual(receive([2], 1), [2, 3]);
  assert.equal(counters.packetsDuplicated.value, 1);
});

test("sequence numbers wrap from 65535 to 0 in order, out of order and over a hole", () => {
  const { receive, expire, counters } = setUp();
  assert.deepEqual(receive([65_533, 65_535, 0, 65_534], 0), [65_533, 65_534, 65_535, 0]);
  assert.deepEqual(receive([2], 1), []);
  assert.deepEqual(expire(1 + WINDOW), [2]);
  assert.deepEqual(counts(counters), { packetsLost: 1, packetsReordered: 1 });
});

test("half a million packets wrap seven times and none is lost", () => {
  const { rig, counters } = setUp();
  const unit = tsUnit(0, 1);
  let count = 0;
  for (let first = 0; first < 500_000; first += 200) {
    const packets = Array.from({ length: 200 }, (_, i) => rtpPacket((first + i) & 0xffff, { payload: unit }));
    count += rig.receive(packets, first).length;
  }
  assert.equal(count, 500_000);
  assert.deepEqual(counts(counters), {});
});

test("with a window of 0 packets pass as they come and only duplicates are dropped", () => {
  const { rig, receive, counters } = setUp(0);
  assert.deepEqual(receive([5, 7, 8, 6, 6, 8, 4], 0), [5, 7, 8, 6, 4]);
  assert.equal(rig.machine.deadline, NEVER);
  assert.deepEqual(counts(counters), { packetsLost: 1, packetsLate: 2, packetsDuplicated: 2 });
});

test("a payload longer than a unit is split where it lies, and where it waited", () => {
  const { rig } = setUp();
  const long = (mark: number) => new Uint8Array([...tsUnit(mark, 7), ...tsUnit(mark + 1, 7), ...tsUnit(mark + 2, 3)]);
  const expected = (mark: number) => [tsUnit(mark, 7), tsUnit(mark + 1, 7), tsUnit(mark + 2, 3)];

  assert.deepEqual(rig.receive([rtpPacket(1, { payload: long(100) })], 0), expected(100));
  assert.deepEqual(rig.receive([rtpPacket(3, { payload: long(300) })], 0), []);
  assert.deepEqual(rig.receive([rtpPacket(2, { payload: long(200) })], 0), [...expected(200), ...expected(300)]);
});

test("contributing sources, extension and padding are not payload", () => {
  const { rig } = setUp();
  const packets = [
    rtpPacket(1, { csrcs: 15 }),
    rtpPacket(2, { extension: 0 }),
    rtpPacket(3, { csrcs: 2, extension: 5, padding: 1 }),
    rtpPacket(4, { padding: 255 }),
  ];
  assert.deepEqual(
    rig.receive(packets, 0),
    [1, 2, 3, 4].map((number) => tsUnit(number)),
  );
});

test("what is not MPEG-TS over RTP is malformed, control packets are filtered", () => {
  const { rig, counters } = setUp();
  const broken = tsUnit(1);
  broken[188] = 0x48;
  const rubbish = [
    new Uint8Array(0),
    new Uint8Array(11).fill(0x80),
    tsUnit(1),
    rtpPacket(1, { payload: broken }),
    rtpPacket(1, { payload: tsUnit(1).subarray(0, 1_300) }),
    rtpPacket(1, { payload: new Uint8Array(0) }),
    rtpPacket(1, { padding: 4 }).subarray(0, 1_331),
  ];

  assert.deepEqual(rig.receive(rubbish, 0), []);
  assert.deepEqual(rig.receive([Uint8Array.of(0x80, 200, 0, 6, ...new Uint8Array(24))], 0), []);

  assert.deepEqual(counts(counters), { packetsMalformed: rubbish.length, packetsFiltered: 1 });
});

test("what waits beyond the room of a batch comes with the next call, which is due at once", () => {
  const { rig, receive, expire, counters } = setUp(WINDOW, 64);
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  receive([0, ...numbers.slice(2)], 0);

  const first = receive([1], 1);
  assert.deepEqual(first, numbers.slice(1, 65));
  assert.ok(rig.machine.deadline <= 1);
  assert.deepEqual(receive([101, 100], 2), [...numbers.slice(65), 100, 101]);

  assert.equal(rig.machine.deadline, NEVER);
  assert.deepEqual(expire(3), []);
  assert.equal(counters.packetsOverflowed.value, 0);
});

test("a full pool ends the oldest holes early, in order and counted", () => {
  const { rig, counters } = setUp(1_000);
  rig.receive([rtpPacket(0)], 0);
  const units: number[] = [];
  for (let number = 2; number <= 200; number++) {
    units.push(...rig.receive([rtpPacket(number)], 0).map(markOf));
  }

  assert.deepEqual(
    units,
    Array.from({ length: 199 }, (_, i) => i + 2),
  );
  assert.deepEqual(counts(counters), { packetsLost: 1, holesCutShort: 1 });
});

test("rows that came from the pool stay intact while later packets of the same call have to wait", () => {
  const { rig, counters } = setUp(10_000);
  const numbers = Array.from({ length: 256 }, (_, i) => i + 2);
  rig.receive([rtpPacket(0)], 0);
  for (let i = 0; i < 256; i += 128) {
    rig.receive(
      numbers.slice(i, i + 128).map((number) => rtpPacket(number)),
      0,
    );
  }

  const units = rig.receive(
    [1, 259, 260].map((number) => rtpPacket(number)),
    1,
  );

  assert.deepEqual(
    units,
    [1, ...numbers, 259, 260].map((number) => tsUnit(number)),
  );
  assert.deepEqual(counts(counters), { packetsLost: 1, packetsReordered: 1, holesCutShort: 1 });
});

test("a packet that found no room may come again", () => {
  const { rig, counters } = setUp(10_000, 64);
  const numbers = Array.from({ length: 256 }, (_, i) => i + 2);
  rig.receive([rtpPacket(0)], 0);
  for (let i = 0; i < 256; i += 128) {
    rig.receive(
      numbers.slice(i, i + 128).map((number) => rtpPacket(number)),
      0,
    );
  }
  const marks = rig.receive([rtpPacket(258)], 1).map(markOf);
  assert.equal(counters.packetsOverflowed.value, 1);

  marks.push(...rig.receive([rtpPacket(258)], 2).map(markOf));
  while (rig.machine.deadline <= 2) {
    marks.push(...rig.expire(2).map(markOf));
  }

  assert.deepEqual(marks, [...numbers, 258]);
  assert.equal(counters.packetsDuplicated.value, 0);
});

test("thousands of swapped pairs cost nothing but their count", () => {
  const { receive, counters } = setUp();
  for (let first = 0; first < 20_000; first += 20) {
    const pairs = Array.from({ length: 20 }, (_, i) => first + (i % 2 === 0 ? i + 1 : i - 1));
    const marks = receive(first === 0 ? [0, 1, ...pairs.slice(2)] : pairs, first);
    assert.equal(marks.length, 20);
  }
  assert.deepEqual(counts(counters), { packetsReordered: 9_999 });
});

test("everything that was reserved is given back", () => {
  const { rig, receive } = setUp();
  receive([1, 3, 5], 0);
  assert.equal(rig.close(), 0);
});
