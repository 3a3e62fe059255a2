import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, PACKET_SIZE, pid as pidOf, SYNC_BYTE, UNIT_SIZE, type PidOverride } from "@bilbycast/protocols/mpegts";
import { fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import { Mux, threePrograms } from "@bilbycast/testkit/streams";
import { packetsOf, StageRig } from "./stage-rig.ts";

const UNITS = 3_000;

/** A packet of one section with a right CRC in which a few bytes were changed: it gets through to those who read tables. */
const spoiltTable = (packet: Uint8Array, random: Random): Uint8Array => {
  const spoilt = packet.slice();
  const size = 3 + ((((spoilt[6] ?? 0) << 8) | (spoilt[7] ?? 0)) & 0xfff);
  if ((spoilt[1] ?? 0) < 0x40 || spoilt[4] !== 0 || size > 183 || size < 12) {
    return spoilt;
  }
  for (let flips = integer(random, 4); flips >= 0; flips--) {
    const at = 5 + 3 + integer(random, size - 7);
    spoilt[at] = integer(random, 256);
  }
  const end = 5 + size - 4;
  const crc = crc32(spoilt, 5, end);
  spoilt.set([crc >>> 24, crc >>> 16, crc >>> 8, crc], end);
  spoilt[3] = 0x10 | integer(random, 16);
  return spoilt;
};

const mutated = (packet: Uint8Array, random: Random): Uint8Array => {
  const choice = random();
  if (choice < 0.5) {
    return packet;
  }
  if (choice < 0.8) {
    return spoiltTable(packet, random);
  }
  const spoilt = choice < 0.85 ? fillRandom(random, packet.slice()) : packet.slice();
  for (let flips = integer(random, 4); flips >= 0; flips--) {
    const at = 1 + integer(random, choice < 0.95 ? 12 : PACKET_SIZE - 1);
    spoilt[at] = (spoilt[at] ?? 0) ^ (1 << integer(random, 8));
  }
  spoilt[0] = SYNC_BYTE;
  return spoilt;
};

const override: PidOverride = { pmtPid: 0x30, videoPid: 0x31, audioPids: [0x32, 0x33], pcrPid: 0x32 };
const CASES: [string, ConstructorParameters<typeof StageRig>[0], number | undefined][] = [
  ["a program", { programNumber: 1 }, undefined],
  [
    "mapped PIDs",
    {
      pidMap: new Map([
        [0x100, 0x101],
        [0x101, 0x100],
        [0x350, 0x10],
      ]),
    },
    undefined,
  ],
  [
    "overridden programs",
    {
      overrides: new Map<number, PidOverride>([
        [1, override],
        [3, { videoPid: 0x41, audioPids: [0x42], pcrPid: 0x42 }],
      ]),
    },
    undefined,
  ],
  [
    "everything at a constant rate",
    { programNumber: 1, overrides: new Map([[1, override]]), pidMap: new Map([[0x31, 0x1031]]) },
    8_000_000,
  ],
];

for (const [seed, [name, rules, rate]] of CASES.entries()) {
  test(`${UNITS} units of noise and spoilt tables through ${name}: no throw, whole packets, no memory kept (seed ${seed})`, () => {
    const random = seeded(seed);
    const rig = new StageRig(rules, rate);
    const mux = new Mux({ programs: threePrograms(), perSection: 2, access: [{ tag: 9, data: Uint8Array.of(6, 72, 0xe3, 0x60) }] }, seed);
    let left = 0;
    for (let unit = 0; unit < UNITS; unit++) {
      const packets = packetsOf(mux.packets(7)).map((packet) => mutated(packet, random));
      rig.feed(new Uint8Array(Buffer.concat(packets)), integer(random, 3_000));
      for (const { bytes } of rig.left.splice(0)) {
        left += bytes.length;
        assert.ok(bytes.length > 0 && bytes.length <= UNIT_SIZE && bytes.length % PACKET_SIZE === 0);
        assert.ok(packetsOf(bytes).every((packet) => packet[0] === SYNC_BYTE));
      }
      if (unit % 500 === 499) {
        rig.replace(rules, rate);
      }
    }

    assert.ok(left > 100 * UNIT_SIZE, `${left} bytes left`);
    // Behind the noise the stream is as it was.
    mux.made = { programs: threePrograms(), patVersion: 9 };
    rig.feed(mux.packets(2_800), 500);
    rig.wait(1_000_000);
    rig.left.length = 0;
    rig.feed(mux.packets(700), 500);
    rig.wait(100_000);
    const pids = new Set(rig.left.flatMap(({ bytes }) => packetsOf(bytes).map((packet) => pidOf(packet, 0))));
    assert.ok(
      [...pids].some((pid) => [0x31, 0x101, 0x100, 0x1031].includes(pid)),
      "it recovers",
    );
    rig.close();
    assert.equal(rig.memory.outstanding, 0);
  });
}

test("the bus is not written: the source's packets are what they were", () => {
  const mux = new Mux({ programs: threePrograms() }, 9);
  const rig = new StageRig({ programNumber: 1, overrides: new Map([[1, override]]), pidMap: new Map([[0x31, 0x1031]]) });
  const sent = rig.feed(mux.packets(7 * 500), 100);

  for (let n = rig.bus.tail; n < rig.bus.head; n++) {
    const at = rig.bus.offset[n & rig.bus.mask] ?? 0;
    const unit = rig.memory.bytes.subarray(at, at + UNIT_SIZE);
    assert.equal(Buffer.compare(unit, sent.subarray(n * UNIT_SIZE, (n + 1) * UNIT_SIZE)), 0);
  }
});

test("packets full of the shortest tables fill the ring and are not lapped", () => {
  const rig = new StageRig({ pidMap: new Map([[0x100, 0x200]]) });
  const packet = new Uint8Array(PACKET_SIZE).fill(0xff);
  packet.set([SYNC_BYTE, 0x40, 0, 0x10, 0]);
  for (let i = 0; i < 15; i++) {
    const section = Uint8Array.of(0, 0xb0, 9, 0, 1, 0xc1, i, 14, 0, 0, 0, 0);
    const crc = crc32(section, 0, 8);
    section.set([crc >>> 24, crc >>> 16, crc >>> 8, crc], 8);
    packet.set(section, 5 + 12 * i);
  }
  const units = Array.from({ length: 50 * 7 }, (_, i) => {
    const next = packet.slice();
    next[3] = 0x10 | (i & 15);
    return next;
  });
  rig.feed(new Uint8Array(Buffer.concat(units)));

  assert.equal(packetsOf(rig.take()).length, 50 * 7 * 15);
});
