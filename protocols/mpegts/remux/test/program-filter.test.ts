import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { CAT_PID, NULL_PID, packetizeSection, PAT_PID, readProgramAssociation, readProgramMap, SDT_PID } from "@bilbycast/protocols/mpegts";
import { Mux, threePrograms, type MuxProgram } from "@bilbycast/testkit/streams";
import { byPid, packetsOf, sectionsOf, StageRig } from "./stage-rig.ts";

const SEED = 41;

const hash = (packets: readonly Uint8Array[] | undefined): string => {
  const sha = createHash("sha256");
  packets?.forEach((packet) => sha.update(packet));
  return sha.digest("hex");
};

const assertCounters = (packets: readonly Uint8Array[] | undefined, what: string): void => {
  const counters = (packets ?? []).filter((packet) => ((packet[3] ?? 0) & 0x10) !== 0).map((packet) => (packet[3] ?? 0) & 15);
  const breaks = counters.filter((counter, i) => i > 0 && counter !== (((counters[i - 1] ?? 0) + 1) & 15));
  assert.deepEqual(breaks, [], `${what}: counters without a break`);
};

/** What leaves of a stream whose tables were heard before. */
const filtered = (mux: Mux, programNumber: number): { sent: Uint8Array; out: Uint8Array; rig: StageRig } => {
  const rig = new StageRig({ programNumber });
  rig.feed(mux.packets(70), 500);
  rig.take();
  const sent = rig.feed(mux.packets(7_000), 500);
  return { sent, out: rig.take(), rig };
};

for (const [programNumber, pids] of [
  [1, [0x100, 0x101, 0x102, 0x103]],
  [2, [0x200, 0x201, 0x202]],
  [3, [CAT_PID, 0x300, 0x301, 0x302, 0x3ff, 0x350, 0x351, 0x360]],
] as const) {
  test(`of three programs ${programNumber} passes with its map, streams, clock and keys, each PID bit for bit, and nothing else (seed ${SEED})`, () => {
    const access = [
      { tag: 9, data: Uint8Array.of(0x06, 0x48, 0xe3, 0x60) },
      { tag: 9, data: Uint8Array.of(0x01, 0x00, 0xe3, 0x61) },
    ];
    const mux = new Mux({ programs: threePrograms(), access, data: [0x350, 0x351, 0x360, 0x361, SDT_PID, 0x500] }, SEED);
    const { sent, out, rig } = filtered(mux, programNumber);
    const [came, left] = [byPid(sent), byPid(out)];

    assert.deepEqual(
      [...left.keys()].toSorted((a, b) => a - b),
      [PAT_PID, ...pids].toSorted((a, b) => a - b),
    );
    for (const pid of pids) {
      assert.ok((came.get(pid)?.length ?? 0) > 50, `${pid} is in the source`);
      assert.equal(hash(left.get(pid)), hash(came.get(pid)), `PID ${pid}`);
    }
    const mapPid = pids.find((pid) => pid !== CAT_PID);
    for (const section of sectionsOf(out, PAT_PID)) {
      const table = readProgramAssociation(section);
      assert.deepEqual(table, {
        transportStreamId: 7,
        versionNumber: 0,
        currentNextIndicator: true,
        sectionNumber: 0,
        lastSectionNumber: 0,
        programs: [{ programNumber, programMapPid: mapPid }],
      });
    }
    assert.equal(left.get(PAT_PID)?.length, came.get(PAT_PID)?.length, "a PAT for each of the source");
    assertCounters(left.get(PAT_PID), "PAT");
    assert.equal(rig.counts.programAbsent.value, 0);
    rig.close();
    assert.equal(rig.memory.outstanding, 0);
  });
}

test("packets of other programs, null packets and other tables are counted as left out", () => {
  const { sent, out, rig } = filtered(new Mux({ programs: threePrograms() }, SEED), 1);
  const fromStart = rig.counts.packetsFilteredOut.value;

  // The PAT is replaced, not left out.
  assert.ok(fromStart >= (sent.length - out.length) / 188);
  assert.ok(fromStart <= (sent.length - out.length) / 188 + 70);
});

test("while the program is absent nothing leaves, and it recovers by itself; its PAT goes on with its counter and version", () => {
  const programs = threePrograms();
  const mux = new Mux({ programs }, SEED);
  const rig = new StageRig({ programNumber: 2 });
  rig.feed(mux.packets(700), 500);
  const before = rig.take();
  assert.equal(rig.counts.programAbsent.value, 0);

  mux.made = { programs: programs.filter(({ number }) => number !== 2), patVersion: 1, data: [0x201, 0x202] };
  rig.feed(mux.packets(140), 500);
  rig.take();
  rig.feed(mux.packets(700), 500);
  assert.equal(rig.take().length, 0, "nothing leaves");
  assert.equal(rig.counts.programAbsent.value, 1);
  assert.equal(rig.stage.deadline, Infinity);

  mux.made = { programs, patVersion: 2 };
  rig.feed(mux.packets(700), 500);
  const after = rig.take();
  assert.equal(rig.counts.programAbsent.value, 0);
  assert.deepEqual(
    [...byPid(after).keys()].toSorted((a, b) => a - b),
    [PAT_PID, 0x200, 0x201, 0x202],
  );
  assertCounters([...(byPid(before).get(PAT_PID) ?? []), ...(byPid(after).get(PAT_PID) ?? [])], "PAT");
  assert.deepEqual(
    [...before, ...after].length > 0 &&
      [before, after].map((bytes) => readProgramAssociation(sectionsOf(bytes, PAT_PID)[0]!)?.versionNumber),
    [0, 0],
    "its content is as it was",
  );
});

test("a source of another kind with the same version numbers is read anew: its program is absent, or has other PIDs", () => {
  const programs = threePrograms();
  const mux = new Mux({ programs }, SEED);
  const rig = new StageRig({ programNumber: 1 });
  rig.feed(mux.packets(700), 500);

  mux.made = { programs: programs.slice(1) };
  rig.feed(mux.packets(210), 500);
  assert.equal(rig.counts.programAbsent.value, 1);
  mux.made = { programs: [{ ...programs[1]!, number: 1 }] };
  rig.feed(mux.packets(210), 500);
  rig.take();
  rig.feed(mux.packets(700), 500);

  const out = rig.take();
  assert.deepEqual(
    [...byPid(out).keys()].toSorted((a, b) => a - b),
    [PAT_PID, 0x200, 0x201, 0x202],
  );
  assert.equal(readProgramAssociation(sectionsOf(out, PAT_PID)[0]!)?.versionNumber, 1);
});

test("the version of the PAT counts up when the program's map moves to another PID, and new streams join at once", () => {
  const programs = threePrograms();
  const mux = new Mux({ programs }, SEED);
  const rig = new StageRig({ programNumber: 1 });
  rig.feed(mux.packets(700), 500);
  rig.take();

  const first = programs[0]!;
  const moved: MuxProgram = { ...first, mapPid: 0x110, version: 1, streams: [...first.streams, { pid: 0x109, type: 0x0f }] };
  mux.made = { programs: [moved, ...programs.slice(1)], patVersion: 1 };
  const sent = rig.feed(mux.packets(1_400), 500);
  const out = rig.take();

  const versions = sectionsOf(out, PAT_PID).map((section) => readProgramAssociation(section));
  assert.deepEqual([versions.at(-1)?.versionNumber, versions.at(-1)?.programs], [1, [{ programNumber: 1, programMapPid: 0x110 }]]);
  assert.deepEqual(
    readProgramMap(sectionsOf(out, 0x110)[0]!)?.elementaryStreams.map(({ pid }) => pid),
    [0x101, 0x102, 0x103, 0x109],
  );
  const isMap = (packet: Uint8Array): boolean => (packet[1]! & 0x1f) === 1 && packet[2] === 0x10;
  const heardAt = packetsOf(sent).findIndex(isMap);
  const behind = packetsOf(sent)
    .slice(heardAt)
    .filter((packet) => (packet[1]! & 0x1f) === 1 && packet[2] === 0x09);
  assert.ok(behind.length > 50);
  assert.equal(hash(byPid(out).get(0x109)), hash(behind), "every packet of the new PID behind the map");
});

test("a PAT of several sections: the program is found in the last, stays while a new version comes in, and goes when that is whole", () => {
  const many = Array.from({ length: 90 }, (_, i): MuxProgram => ({
    number: i + 1,
    mapPid: 0x400 + i,
    pcrPid: 0x601 + i,
    streams: [{ pid: 0x601 + i, type: 0x1b }],
  }));
  const mux = new Mux({ programs: many, perSection: 20 }, SEED);
  const rig = new StageRig({ programNumber: 85 });
  rig.feed(mux.packets(3_500), 500);
  const pats = sectionsOf(rig.take(), PAT_PID).map((section) => readProgramAssociation(section)?.programs);
  assert.ok(pats.length > 5);
  assert.deepEqual(pats.at(-1), [{ programNumber: 85, programMapPid: 0x454 }]);

  mux.made = { programs: many.slice(0, 80), perSection: 20, patVersion: 1 };
  rig.feed(mux.packets(3_500), 500);
  assert.equal(rig.counts.programAbsent.value, 1);
});

test("maps of several programs on one PID: only the program's own passes, with counters of its own", () => {
  const [first, second] = threePrograms();
  const programs = [first!, { ...second!, mapPid: 0x100 }];
  const mux = new Mux({ programs }, SEED);
  const { out } = filtered(mux, 2);

  const numbers = new Set(sectionsOf(out, 0x100).map((section) => readProgramMap(section)?.programNumber));
  assert.deepEqual([...numbers], [2]);
  assertCounters(byPid(out).get(0x100), "map");
  assert.deepEqual(
    [...byPid(out).keys()].toSorted((a, b) => a - b),
    [PAT_PID, 0x100, 0x201, 0x202],
  );
});

test("a map that spans packets is read and passes bit for bit", () => {
  const streams = Array.from({ length: 40 }, (_, i) => ({
    pid: 0x700 + i,
    type: 0x06,
    descriptors: [{ tag: 0x52, data: Uint8Array.of(i) }],
  }));
  const mux = new Mux({ programs: [{ number: 9, mapPid: 0x100, pcrPid: 0x700, streams }] }, SEED);
  const { sent, out } = filtered(mux, 9);

  assert.ok(sectionsOf(out, 0x100)[0]!.length > 184);
  assert.equal(hash(byPid(out).get(0x100)), hash(byPid(sent).get(0x100)));
  assert.equal(byPid(out).get(0x727)?.length, byPid(sent).get(0x727)?.length);
});

test("tables with a wrong CRC, that are not yet valid, or in packets with transport errors change nothing", () => {
  const mux = new Mux({ programs: threePrograms() }, SEED);
  const rig = new StageRig({ programNumber: 1 });
  rig.feed(mux.packets(700), 500);
  rig.take();
  const tables = mux.packets(70);
  const pat = packetsOf(tables).find((packet) => (packet[1]! & 0x1f) === 0 && packet[2] === 0)!;
  const damage = (change: (packet: Uint8Array) => void): Uint8Array => {
    const packet = pat.slice();
    packet[3] = 0x10 | ((packet[3]! + 3) & 15);
    change(packet);
    return packet;
  };
  rig.feed(damage((packet) => (packet[14] = 0x55)));
  rig.feed(damage((packet) => (packet[1]! |= 0x80)));
  rig.feed(packetizeSection(Uint8Array.of(0, 0xb0, 9, 0, 7, 0xc1, 0, 0, 0, 0, 0, 0), PAT_PID, 0));
  rig.take();

  assert.equal(rig.counts.programAbsent.value, 0);
  rig.feed(mux.packets(700), 500);
  assert.ok((byPid(rig.take()).get(0x101)?.length ?? 0) > 20);
});

test("seven of a program's packets make a unit; an incomplete one leaves short 10 ms after its first packet came", () => {
  const mux = new Mux({ programs: threePrograms() }, SEED);
  const rig = new StageRig({ programNumber: 1 });
  rig.feed(mux.packets(700), 100);
  rig.wait(20_000);
  const sizes = rig.left.splice(0).map(({ bytes }) => bytes.length / 188);
  assert.ok(
    sizes.slice(0, -1).every((size) => size === 7),
    sizes.join(),
  );

  const began = rig.now;
  rig.feed(packetsOf(mux.packets(700)).find((packet) => packet[2] === 0x01 && (packet[1]! & 0x1f) === 1)!);
  rig.wait(9_999);
  assert.equal(rig.left.length, 0);
  rig.wait(1);
  assert.deepEqual(
    rig.left.map(({ at, bytes }) => [at - began, bytes.length]),
    [[10_000, 188]],
  );
});

test("each unit names the unit of the source that its first packet came from", () => {
  const mux = new Mux({ programs: threePrograms(), nulls: 0 }, SEED);
  const rig = new StageRig({ programNumber: 1 });
  const sent = packetsOf(rig.feed(mux.packets(3_500), 500));
  rig.wait(10_000);

  assert.ok(rig.left.length > 100);
  for (const { bytes, origin } of rig.left.filter(({ bytes }) => (bytes[2] ?? 0) !== 0)) {
    const unit = sent.slice(origin * 7, origin * 7 + 7);
    assert.ok(unit.some((packet) => Buffer.compare(packet, bytes.subarray(0, 188)) === 0));
  }
});

test("null packets are no part of a program, even where a map names their PID", () => {
  const programs = [{ ...threePrograms()[0]!, pcrPid: NULL_PID }];
  const { out } = filtered(new Mux({ programs }, SEED), 1);

  assert.equal(byPid(out).has(NULL_PID), false);
  assert.equal(readProgramMap(sectionsOf(out, 0x100)[0]!)?.pcrPid, NULL_PID);
});

test("null packets that stand in for a dead input pass while the program is silent, and only then", () => {
  const mux = new Mux({ programs: threePrograms(), nulls: 0 }, SEED);
  const stuffing = nullPackets(7);
  const rig = new StageRig({ programNumber: 2 });
  rig.feed(stuffing, 300_000);
  assert.equal(rig.take().length, 0, "nothing before the program is known");
  for (let i = 0; i < 200; i++) {
    rig.feed(mux.packets(35), 2_000);
    rig.feed(stuffing, 2_000);
  }
  assert.equal(byPid(rig.take()).get(NULL_PID), undefined, "none beside the program");

  for (let i = 0; i < 4; i++) {
    rig.wait(250_000);
    rig.feed(stuffing);
    assert.deepEqual(rig.take(), stuffing, "a unit of them for each that the flow sends");
  }
  const filteredOut = rig.counts.packetsFilteredOut.value;
  rig.wait(10_000);
  rig.feed(stuffing);
  assert.equal(rig.take().length, 0, "no more often than every 200 ms");
  assert.equal(rig.counts.packetsFilteredOut.value, filteredOut + 7);

  rig.feed(mux.packets(350), 500);
  assert.equal(byPid(rig.take()).get(NULL_PID), undefined, "none once the program is back");
});

test("a program that is absent gets no null packets either", () => {
  const programs = threePrograms();
  const mux = new Mux({ programs, nulls: 0 }, SEED);
  const rig = new StageRig({ programNumber: 2 });
  rig.feed(mux.packets(700), 500);
  mux.made = { programs: programs.slice(0, 1), patVersion: 1 };
  rig.feed(mux.packets(700), 500);
  rig.take();
  assert.equal(rig.counts.programAbsent.value, 1);
  for (let i = 0; i < 4; i++) {
    rig.wait(250_000);
    rig.feed(nullPackets(7));
  }
  assert.equal(rig.take().length, 0);
});

const nullPackets = (count: number): Uint8Array => {
  const bytes = new Uint8Array(count * 188).fill(0xff);
  for (let at = 0; at < bytes.length; at += 188) {
    bytes.set([0x47, 0x1f, 0xff, 0x10], at);
  }
  return bytes;
};
