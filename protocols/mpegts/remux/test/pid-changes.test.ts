import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CAT_PID,
  hasPcr,
  PAT_PID,
  pid as pidOf,
  readConditionalAccess,
  readPcr,
  readProgramAssociation,
  readProgramMap,
} from "@bilbycast/protocols/mpegts";
import { forbiddenChanges } from "./allowed-bits.ts";
import { Mux, threePrograms, type MuxContent } from "@bilbycast/testkit/streams";
import { byPid, packetsOf, sectionsOf, StageRig } from "./stage-rig.ts";

const SEED = 42;
const ACCESS = [{ tag: 9, data: Uint8Array.of(0x06, 0x48, 0xe3, 0x60) }];

type Rules = ConstructorParameters<typeof StageRig>[0];

const through = (made: MuxContent, rules: Rules, packets = 7_000): { sent: Uint8Array; out: Uint8Array; rig: StageRig } => {
  const mux = new Mux(made, SEED);
  const rig = new StageRig(rules);
  rig.feed(mux.packets(210), 500);
  rig.take();
  const sent = rig.feed(mux.packets(packets), 500);
  return { sent, out: rig.take(), rig };
};

const associationOf = (out: Uint8Array) => readProgramAssociation(sectionsOf(out, PAT_PID)[0]!)!;
const mapOf = (out: Uint8Array, pid: number) => readProgramMap(sectionsOf(out, pid)[0]!)!;

test(`a mapped PID is renamed in packets, PAT, maps, CA descriptors and CAT of all programs; nothing else changes (seed ${SEED})`, () => {
  const pidMap = new Map([
    [0x100, 0x1100],
    [0x101, 0x1101],
    [0x350, 0x1350],
    [0x360, 0x1360],
    [0x3ff, 0x13ff],
    [0x10, 0x20],
    // Two that change places.
    [0x201, 0x202],
    [0x202, 0x201],
  ]);
  const made = { programs: threePrograms(), access: ACCESS, data: [0x350, 0x351, 0x360, 0x500] };
  const { sent, out } = through(made, { pidMap });

  const table = associationOf(out);
  assert.deepEqual([table.networkPid, table.programs.map(({ programMapPid }) => programMapPid)], [0x20, [0x1100, 0x200, 0x300]]);
  const first = mapOf(out, 0x1100);
  assert.deepEqual([first.pcrPid, first.elementaryStreams.map(({ pid }) => pid)], [0x1101, [0x1101, 0x102, 0x103]]);
  assert.deepEqual(
    mapOf(out, 0x200).elementaryStreams.map(({ pid, streamType }) => [pid, streamType]),
    [
      [0x202, 0x02],
      [0x201, 0x04],
    ],
  );
  const third = mapOf(out, 0x300);
  assert.deepEqual([third.pcrPid, third.programInfo[0]?.data], [0x13ff, Uint8Array.of(0x06, 0x48, 0xf3, 0x50)]);
  assert.deepEqual(
    third.elementaryStreams[0]?.descriptors[0]?.data,
    Uint8Array.of(0x06, 0x48, 0xe3, 0x51),
    "a PID that is not mapped is left",
  );
  assert.deepEqual(readConditionalAccess(sectionsOf(out, CAT_PID)[0]!)?.descriptors[0]?.data, Uint8Array.of(0x06, 0x48, 0xf3, 0x60));
  assert.deepEqual(forbiddenChanges(sent, out, { to: (pid) => pidMap.get(pid) ?? pid, tables: true }), []);
});

test("where all programs pass, each unit leaves at once", () => {
  const { rig, sent } = through({ programs: threePrograms() }, { pidMap: new Map([[0x101, 0x111]]) });
  const mux = new Mux({ programs: threePrograms() }, 7);

  rig.feed(mux.packets(700), 500);

  assert.equal(rig.left.length, 100);
  assert.equal(rig.stage.deadline, Infinity);
  assert.equal(sent.length % 1_316, 0);
});

test("overrides name a program's map, video and sounds; the map of PIDs is applied to what they made", () => {
  const overrides = new Map([[1, { pmtPid: 0x30, videoPid: 0x31, audioPids: [0x32, 0x33], pcrPid: 0x31 }]]);
  const { sent, out } = through({ programs: threePrograms() }, { programNumber: 1, overrides, pidMap: new Map([[0x33, 0x1234]]) });

  assert.deepEqual(associationOf(out).programs, [{ programNumber: 1, programMapPid: 0x30 }]);
  const map = mapOf(out, 0x30);
  assert.deepEqual([map.pcrPid, map.elementaryStreams.map(({ pid }) => pid)], [0x31, [0x31, 0x32, 0x1234]]);
  assert.deepEqual(
    [...byPid(out).keys()].toSorted((a, b) => a - b),
    [PAT_PID, 0x30, 0x31, 0x32, 0x33 + 0x1201],
  );
  const names = new Map([
    [0x100, 0x30],
    [0x101, 0x31],
    [0x102, 0x32],
    [0x103, 0x1234],
  ]);
  const to = (pid: number): number => names.get(pid) ?? (pid === PAT_PID ? pid : -1);
  assert.deepEqual(forbiddenChanges(sent, out, { to, tables: true, madeAssociation: true }), []);
});

test("a PCR that an override wants on another PID is repeated there, next to its packet, in packets that count nothing", () => {
  const overrides = new Map([[3, { videoPid: 0x31, audioPids: [0x32], pcrPid: 0x32 }]]);
  const { sent, out } = through({ programs: threePrograms() }, { programNumber: 3, overrides });

  assert.equal(mapOf(out, 0x300).pcrPid, 0x32);
  const clocks = (bytes: Uint8Array, pid: number) => packetsOf(bytes).filter((packet) => pidOf(packet, 0) === pid && hasPcr(packet, 0));
  const made = clocks(out, 0x32);
  assert.ok(made.length > 10);
  assert.deepEqual(
    made.map((packet) => readPcr(packet, 0)),
    clocks(sent, 0x3ff).map((packet) => readPcr(packet, 0)),
  );
  let last = -1;
  for (const packet of byPid(out).get(0x32) ?? []) {
    const counter = packet[3]! & 15;
    const expected = hasPcr(packet, 0) && (packet[3]! & 0x10) === 0 ? last : (last + 1) & 15;
    assert.ok(last < 0 || counter === expected, `${counter} behind ${last}`);
    last = counter;
  }
});

test("a PID that the source already uses gives way to the one that was given its number, and is counted", () => {
  const { out, rig, sent } = through({ programs: threePrograms() }, { pidMap: new Map([[0x101, 0x201]]) });

  assert.deepEqual(
    mapOf(out, 0x200).elementaryStreams.map(({ pid }) => pid),
    [0x202],
  );
  assert.equal(mapOf(out, 0x200).pcrPid, 0x1fff);
  assert.equal(byPid(out).get(0x201)?.length, byPid(sent).get(0x101)?.length);
  assert.ok(rig.counts.pidConflicts.value >= (byPid(sent).get(0x201)?.length ?? 0));
});

test("a table that is written anew has the source's version at first and another one with each change", () => {
  const programs = threePrograms();
  const rig = new StageRig({ pidMap: new Map([[0x102, 0x1102]]) });
  const mux = new Mux({ programs: programs.map((program) => ({ ...program, version: 30 })) }, SEED);
  const versions = (): number[] => [...new Set(sectionsOf(rig.take(), 0x100).map((section) => readProgramMap(section)!.versionNumber))];
  rig.feed(mux.packets(700), 500);
  assert.deepEqual(versions(), [30]);

  mux.made = { programs: programs.map((program) => ({ ...program, version: 3 })) };
  rig.feed(mux.packets(140), 500);
  rig.take();
  rig.feed(mux.packets(700), 500);
  assert.deepEqual(versions(), [31]);

  mux.made = { programs: programs.map((program) => ({ ...program, version: 3, streams: program.streams.slice(0, 1) })) };
  rig.feed(mux.packets(140), 500);
  rig.take();
  rig.feed(mux.packets(700), 500);
  assert.deepEqual(versions(), [0], "and that also where the source forgot to count");
});

test("an output that takes another's place tells its tables first, with counters and versions that go on, and misses no packet", () => {
  const mux = new Mux({ programs: threePrograms() }, SEED);
  const rig = new StageRig({ programNumber: 1 });
  rig.feed(mux.packets(700), 500);

  rig.replace({
    programNumber: 1,
    pidMap: new Map([
      [0x100, 0x110],
      [0x101, 0x111],
    ]),
  });
  const before = rig.left.splice(0).map(({ bytes }) => bytes);
  const next = rig.bus.head;
  const sent = rig.feed(mux.packets(700), 500);
  const [{ origin, arrival } = { origin: -1, arrival: -1 }] = rig.left;
  assert.deepEqual([origin, arrival], [next, rig.bus.arrival[next & rig.bus.mask]], "the first unit is that of the first packets");
  const after = rig.take();

  const old = Buffer.concat(before);
  const [pat, map] = packetsOf(after);
  assert.deepEqual([pidOf(pat!, 0), pidOf(map!, 0)], [PAT_PID, 0x110]);
  const table = readProgramAssociation(sectionsOf(after, PAT_PID)[0]!)!;
  assert.deepEqual([table.versionNumber, table.programs], [1, [{ programNumber: 1, programMapPid: 0x110 }]]);
  assert.equal(pat![3]! & 15, ((byPid(old).get(PAT_PID)!.at(-1)![3]! & 15) + 1) & 15);
  assert.equal(mapOf(after, 0x110).versionNumber, 1);
  assert.equal(byPid(after).get(0x111)?.length, byPid(sent).get(0x101)?.length);
});
