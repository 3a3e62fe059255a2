import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { integer, seeded } from "@bilbycast/testkit/random";
import { audioPid, conditionalAccess, ecmPid, mapPid, programMap, subtitlePid, videoPid } from "@bilbycast/testkit/streams";
import { PACKET_SIZE } from "../packet.ts";
import { writeProgramAssociation, writeProgramMap, type ProgramAssociation, type ProgramMap } from "../psi/program-tables.ts";
import { packetizeSection } from "../psi/section-packetizer.ts";
import { PsiCatalogue } from "./psi-catalogue.ts";

/** A stream of tables whose continuity counters go on. */
class Tables {
  readonly catalogue: PsiCatalogue;
  readonly wrong: number[] = [];
  readonly #counters = new Map<number, number>();
  #now = 0;

  constructor() {
    this.catalogue = new PsiCatalogue((pid, _section, isRight) => (isRight ? undefined : this.wrong.push(pid)));
  }

  send(pid: number, section: Uint8Array): void {
    const counter = this.#counters.get(pid) ?? 0;
    const packets = packetizeSection(section, pid, counter);
    this.#counters.set(pid, counter + packets.length / PACKET_SIZE);
    for (let at = 0; at < packets.length; at += PACKET_SIZE) {
      this.catalogue.push(packets, at, instant(this.#now++));
    }
  }
}

const pat = (versionNumber: number, programs: [number, number][], section: [number, number] = [0, 0]): Uint8Array => {
  const [sectionNumber, lastSectionNumber] = section;
  const table: ProgramAssociation = {
    transportStreamId: 1,
    versionNumber,
    currentNextIndicator: true,
    sectionNumber,
    lastSectionNumber,
    programs: programs.map(([programNumber, programMapPid]) => ({ programNumber, programMapPid })),
  };
  return writeProgramAssociation(table);
};

const pmt = (programNumber: number, versionNumber: number, pids: number[], currentNextIndicator = true): Uint8Array => {
  const map: ProgramMap = {
    programNumber,
    versionNumber,
    currentNextIndicator,
    pcrPid: pids[0] ?? 0x1fff,
    programInfo: [],
    elementaryStreams: pids.map((pid) => ({ streamType: 0x1b, pid, descriptors: [{ tag: 0x05, data: Uint8Array.of(72, 69, 86, 67) }] })),
  };
  return writeProgramMap(map);
};

const shape = (catalogue: PsiCatalogue): unknown =>
  catalogue
    .programs()
    .map(({ programNumber, programMapPid, versionNumber, elementaryStreams }) => [
      programNumber,
      programMapPid,
      versionNumber,
      elementaryStreams.map(({ pid }) => pid),
    ]);

test("programs appear with their maps, in the order of their numbers", () => {
  const tables = new Tables();
  tables.send(0x200, pmt(2, 0, [0x201]));
  tables.send(
    0,
    pat(0, [
      [2, 0x200],
      [1, 0x100],
    ]),
  );
  assert.deepEqual(shape(tables.catalogue), []);

  tables.send(0x200, pmt(2, 0, [0x201]));
  tables.send(0x100, pmt(1, 4, [0x101, 0x102]));

  assert.deepEqual(shape(tables.catalogue), [
    [1, 0x100, 4, [0x101, 0x102]],
    [2, 0x200, 0, [0x201]],
  ]);
});

test("repetitions change nothing, new versions do", () => {
  const tables = new Tables();
  tables.send(0, pat(0, [[1, 0x100]]));
  tables.send(0x100, pmt(1, 0, [0x101]));
  const { revision } = tables.catalogue;
  for (let i = 0; i < 10; i++) {
    tables.send(0, pat(0, [[1, 0x100]]));
    tables.send(0x100, pmt(1, 0, [0x101]));
  }
  assert.equal(tables.catalogue.revision, revision);

  tables.send(0x100, pmt(1, 1, [0x109]));

  assert.equal(tables.catalogue.revision, revision + 1);
  assert.deepEqual(shape(tables.catalogue), [[1, 0x100, 1, [0x109]]]);
});

test("a map that is sent ahead waits until it is the current one", () => {
  const tables = new Tables();
  tables.send(0, pat(0, [[1, 0x100]]));
  tables.send(0x100, pmt(1, 0, [0x101]));
  tables.send(0x100, pmt(1, 1, [0x102], false));
  assert.deepEqual(shape(tables.catalogue), [[1, 0x100, 0, [0x101]]]);

  tables.send(0x100, pmt(1, 1, [0x102]));
  assert.deepEqual(shape(tables.catalogue), [[1, 0x100, 1, [0x102]]]);
});

test("a program that leaves the PAT is gone, and one whose map moves is read there", () => {
  const tables = new Tables();
  tables.send(
    0,
    pat(0, [
      [1, 0x100],
      [2, 0x200],
    ]),
  );
  tables.send(0x100, pmt(1, 0, [0x101]));
  tables.send(0x200, pmt(2, 0, [0x201]));

  tables.send(0, pat(1, [[2, 0x300]]));
  assert.deepEqual([...tables.catalogue.programMapPids()], [[2, 0x300]]);
  tables.send(0x200, pmt(2, 3, [0x209]));
  tables.send(0x300, pmt(2, 1, [0x301]));

  assert.deepEqual(shape(tables.catalogue), [[2, 0x300, 1, [0x301]]]);
});

test("a PAT of several sections, and several maps on one PID, are put together", () => {
  const tables = new Tables();
  tables.send(0, pat(5, [[1, 0x100]], [0, 1]));
  tables.send(0, pat(5, [[2, 0x100]], [1, 1]));
  tables.send(0x100, pmt(1, 0, [0x101]));
  tables.send(0x100, pmt(2, 0, [0x102]));

  assert.deepEqual(shape(tables.catalogue), [
    [1, 0x100, 0, [0x101]],
    [2, 0x100, 0, [0x102]],
  ]);
});

test("a section with a wrong CRC is told of and believed by nobody", () => {
  const tables = new Tables();
  const wrong = pat(0, [[1, 0x100]]);
  wrong[10] = (wrong[10] ?? 0) ^ 1;
  tables.send(0, wrong);
  assert.deepEqual([tables.wrong, shape(tables.catalogue), tables.catalogue.revision], [[0], [], 0]);
});

test("a stream that names programs without end, and rubbish, find bounds", () => {
  const random = seeded(512);
  const tables = new Tables();
  for (let round = 0; round < 300; round++) {
    const programs = Array.from({ length: 200 }, (): [number, number] => [1 + integer(random, 65_535), 0x20 + integer(random, 8_000)]);
    tables.send(0, pat(round % 32, programs, [integer(random, 8), 7]));
    for (const [programNumber, pid] of programs.slice(0, 20)) {
      tables.send(pid, pmt(programNumber, round % 32, [pid]));
    }
  }
  assert.ok(tables.catalogue.programMapPids().size <= 512);
  const packet = new Uint8Array(PACKET_SIZE);
  for (let i = 0; i < 50_000; i++) {
    for (let at = 1; at < PACKET_SIZE; at++) {
      packet[at] = integer(random, 256);
    }
    tables.catalogue.push(packet, 0, instant(i));
  }
});

test("a program that leaves the PAT and comes back has its map again, though the map never changed", () => {
  const tables = new Tables();
  const map = pmt(1, 0, [0x101]);
  tables.send(0, pat(0, [[1, 0x100]]));
  tables.send(0x100, map);
  tables.send(0, pat(1, [[2, 0x200]]));
  tables.send(0, pat(2, [[1, 0x100]]));
  assert.deepEqual(shape(tables.catalogue), []);

  tables.send(0x100, map);
  assert.deepEqual(shape(tables.catalogue), [[1, 0x100, 0, [0x101]]]);
});

test("several maps on one PID that do not change are no news", () => {
  const tables = new Tables();
  tables.send(
    0,
    pat(0, [
      [1, 0x100],
      [2, 0x100],
    ]),
  );
  for (let i = 0; i < 10; i++) {
    tables.send(0x100, pmt(1, 0, [0x101]));
    tables.send(0x100, pmt(2, 0, [0x102]));
  }
  assert.equal(tables.catalogue.revision, 3);
});

test("streams of entitlement messages are named by CAT and maps", () => {
  const tables = new Tables();
  tables.send(0, pat(0, [[1, mapPid(0)]]));
  tables.send(mapPid(0), programMap(0, true));
  tables.send(1, conditionalAccess());

  const named = new Map<number, string>();
  tables.catalogue.visitReferences(({ kind, pid }) => named.set(pid, `${named.get(pid) ?? ""} ${kind}`.trim()));

  assert.deepEqual(Object.fromEntries(named), {
    [videoPid(0)]: "pcr stream",
    [audioPid(0)]: "stream",
    [subtitlePid(0)]: "stream",
    [ecmPid(0)]: "access",
    [0x1ff0]: "access",
  });
});

test("audio in private PES packets is known by its descriptors, subtitles are none", () => {
  const tables = new Tables();
  const stream = (pid: number, tag: number, data: number[]) => ({
    streamType: 0x06,
    pid,
    descriptors: [{ tag, data: Uint8Array.from(data) }],
  });
  const map = writeProgramMap({
    programNumber: 1,
    versionNumber: 0,
    currentNextIndicator: true,
    pcrPid: 0x1fff,
    programInfo: [],
    elementaryStreams: [
      stream(0x101, 0x6a, [0]),
      stream(0x102, 0x05, [...Buffer.from("BSSD")]),
      stream(0x103, 0x05, [...Buffer.from("CUEI")]),
      stream(0x104, 0x59, []),
    ],
  });
  tables.send(0, pat(0, [[1, 0x100]]));
  tables.send(0x100, map);

  const sounds: number[] = [];
  tables.catalogue.visitReferences((one) => (one.kind === "stream" && one.isAudioOrVideo ? sounds.push(one.pid) : undefined));

  assert.deepEqual(sounds, [0x101, 0x102]);
});

test("a section that claims more than 4096 bytes is dropped, and the next one is read", () => {
  const tables = new Tables();
  const packets = packetizeSection(new Uint8Array(4_096), 0, 0);
  packets.set([0x00, 0xbf, 0xff], 5);
  for (let at = 0; at < packets.length; at += PACKET_SIZE) {
    tables.catalogue.push(packets, at, instant(0));
  }
  tables.send(0, pat(0, [[1, 0x100]]));

  assert.deepEqual([tables.wrong, [...tables.catalogue.programMapPids()]], [[], [[1, 0x100]]]);
});

test("after a reset nothing of the former stream is left", () => {
  const tables = new Tables();
  tables.send(0, pat(0, [[1, 0x100]]));
  tables.send(0x100, pmt(1, 0, [0x101]));
  const { revision } = tables.catalogue;

  tables.catalogue.reset();

  assert.deepEqual([shape(tables.catalogue), tables.catalogue.hasPrograms, tables.catalogue.transportStreamId], [[], false, undefined]);
  assert.ok(tables.catalogue.revision > revision);
  tables.send(0, pat(0, [[1, 0x100]]));
  tables.send(0x100, pmt(1, 0, [0x101]));
  assert.deepEqual(shape(tables.catalogue), [[1, 0x100, 0, [0x101]]]);
});

test("the catalogue of a file that another program made names its service and its streams", () => {
  const file = readFileSync(new URL("../../../apps/edge/demo/bilbycast-sample.m2t", import.meta.url));
  const catalogue = new PsiCatalogue();
  for (let at = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE) {
    catalogue.push(file, at, instant(at));
  }
  const [program] = catalogue.programs();
  assert.ok((program?.service?.name ?? "").length > 0);
  assert.equal(program?.elementaryStreams.length, 2);
  assert.ok(catalogue.revision <= 4, "repetitions are no news");
});
