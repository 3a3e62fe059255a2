import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { PACKET_SIZE, pid as pidOf } from "../packet.ts";
import { crc32 } from "@bilbycast/foundation/bytes";
import { formatIdentifier, languageOf, readDescriptors } from "./descriptors.ts";
import {
  PAT_PID,
  readConditionalAccess,
  readProgramAssociation,
  readProgramMap,
  writeProgramAssociation,
  writeProgramMap,
  type ProgramAssociation,
  type ProgramMap,
} from "./program-tables.ts";
import { SectionAssembler } from "./section-assembler.ts";
import { packetizeSection, packetsOfSection } from "./section-packetizer.ts";
import { LONGEST_SECTION, readSection, writeSection } from "./section.ts";

const SAMPLE = new URL("../../../apps/edge/demo/bilbycast-sample.m2t", import.meta.url);

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const pat: ProgramAssociation = {
  transportStreamId: 0x1234,
  versionNumber: 7,
  currentNextIndicator: true,
  sectionNumber: 0,
  lastSectionNumber: 0,
  programs: [
    { programNumber: 1, programMapPid: 0x1000 },
    { programNumber: 65_535, programMapPid: 0x1ffe },
  ],
  networkPid: 0x10,
};

const pmt: ProgramMap = {
  programNumber: 1,
  versionNumber: 31,
  currentNextIndicator: false,
  pcrPid: 0x100,
  programInfo: [{ tag: 0x05, data: ascii("CUEI") }],
  elementaryStreams: [
    { streamType: 0x1b, pid: 0x100, descriptors: [] },
    { streamType: 0x0f, pid: 0x101, descriptors: [{ tag: 0x0a, data: Uint8Array.of(...ascii("eng"), 0) }] },
    { streamType: 0x06, pid: 0x102, descriptors: [{ tag: 0x05, data: ascii("BSSD") }] },
  ],
};

/** What an assembler makes of packets. */
const assemble = (packets: Uint8Array): { sections: Uint8Array[]; broken: number } => {
  const sections: Uint8Array[] = [];
  const assembler = new SectionAssembler((section) => sections.push(section.slice()));
  for (let at = 0; at < packets.length; at += PACKET_SIZE) {
    assembler.push(packets, at);
  }
  return { sections, broken: assembler.broken };
};

const section = (size: number, tableIdExtension = 1): Uint8Array => {
  const random = seeded(size);
  const body = Uint8Array.from({ length: size - 12 }, () => integer(random, 256));
  return writeSection({
    tableId: 0xc0,
    tableIdExtension,
    versionNumber: 1,
    currentNextIndicator: true,
    sectionNumber: 0,
    lastSectionNumber: 0,
    body,
  });
};

test("the CRC is that of annex A", () => {
  // The check value of CRC-32/MPEG-2.
  assert.equal(crc32(ascii("123456789"), 0, 9), 0x0376e6e7);
});

test("a program association is read as it was written", () => {
  assert.deepEqual(readProgramAssociation(writeProgramAssociation(pat)), pat);
});

test("a program map is read as it was written", () => {
  assert.deepEqual(readProgramMap(writeProgramMap(pmt)), pmt);
});

test("registrations and languages are found in descriptors, and what is cut short is left out", () => {
  const [, audio, bssd] = pmt.elementaryStreams;
  assert.equal(formatIdentifier(pmt.programInfo), "CUEI");
  assert.equal(languageOf(audio?.descriptors ?? []), "eng");
  assert.equal(formatIdentifier(bssd?.descriptors ?? []), "BSSD");
  assert.equal(languageOf(pmt.programInfo), undefined);
  assert.deepEqual(
    readDescriptors(Uint8Array.of(0x0a, 1, 7, 0x05, 9, 1), 0, 6).map(({ tag }) => tag),
    [0x0a],
  );
});

test("one wrong bit anywhere makes a section nothing", () => {
  const right = writeProgramMap(pmt);
  for (let bit = 0; bit < right.length * 8; bit++) {
    const wrong = right.slice();
    wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(readProgramMap(wrong), undefined);
  }
});

test("tables are not taken for one another", () => {
  assert.equal(readProgramMap(writeProgramAssociation(pat)), undefined);
  assert.equal(readProgramAssociation(writeProgramMap(pmt)), undefined);
  assert.equal(readConditionalAccess(writeProgramMap(pmt)), undefined);
  assert.equal(readSection(new Uint8Array(3)), undefined);
});

for (const size of [12, 183, 184, 185, 367, 1_024, LONGEST_SECTION]) {
  test(`a section of ${size} bytes survives its packets`, () => {
    const original = section(size);
    const packets = packetizeSection(original, 0x123, 14);

    assert.equal(packets.length, packetsOfSection(original) * PACKET_SIZE);
    assert.ok(
      Array.from({ length: packets.length / PACKET_SIZE }, (_, i) => pidOf(packets, i * PACKET_SIZE)).every((pid) => pid === 0x123),
    );
    assert.deepEqual(assemble(packets), { sections: [original], broken: 0 });
  });
}

test("several sections in a packet, and one that ends where the next begins, all arrive", () => {
  const three = [section(60, 1), section(90, 2), section(300, 3)];
  const stream = Uint8Array.from(three.flatMap((one) => [...one]));
  const first = new Uint8Array(PACKET_SIZE).fill(0xff);
  first.set([0x47, 0x40, 0x20, 0x10, 0]);
  first.set(stream.subarray(0, 183), 5);
  const second = new Uint8Array(PACKET_SIZE).fill(0xff);
  const rest = stream.subarray(183);
  const fourth = section(40, 4);
  const head = Math.min(rest.length, 183);
  const third = new Uint8Array(PACKET_SIZE).fill(0xff);
  second.set([0x47, 0x00, 0x20, 0x11]);
  second.set(rest.subarray(0, 184), 4);
  const tail = rest.subarray(184);
  third.set([0x47, 0x40, 0x20, 0x12, tail.length]);
  third.set(tail, 5);
  third.set(fourth, 5 + tail.length);

  assert.ok(head > 0);
  assert.deepEqual(assemble(Uint8Array.of(...first, ...second, ...third)), { sections: [...three, fourth], broken: 0 });
});

test("a lost packet costs the section that it belonged to and no other", () => {
  const packets = [section(400, 1), section(400, 2), section(400, 3)].map((one, i) => packetizeSection(one, 0x20, i * 3));
  const stream = Uint8Array.from(packets.flatMap((three) => [...three]));
  const lost = Uint8Array.from([...stream.subarray(0, 4 * PACKET_SIZE), ...stream.subarray(5 * PACKET_SIZE)]);

  const { sections, broken } = assemble(lost);

  assert.deepEqual(
    sections.map((one) => readSection(one)?.tableIdExtension),
    [1, 3],
  );
  assert.equal(broken, 1);
});

test("a packet that comes twice is taken once", () => {
  const packets = packetizeSection(section(300), 0x20, 0);
  const doubled = Uint8Array.from([0, 0, 1, 1].flatMap((i) => [...packets.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE)]));

  assert.equal(assemble(doubled).sections.length, 1);
});

test("rubbish neither throws nor gives a section that is believed", () => {
  const random = seeded(20_261);
  const assembler = new SectionAssembler((found) => assert.equal(readSection(found), undefined));
  const packet = new Uint8Array(PACKET_SIZE);
  for (let i = 0; i < 50_000; i++) {
    for (let at = 0; at < PACKET_SIZE; at++) {
      packet[at] = integer(random, 256);
    }
    assembler.push(packet, 0);
  }
  assert.ok(assembler.broken > 0);
});

test("the tables of a file that another program made are read", () => {
  const file = readFileSync(SAMPLE);
  const programs: ProgramAssociation[] = [];
  const maps: ProgramMap[] = [];
  const association = new SectionAssembler((bytes) => programs.push(...[readProgramAssociation(bytes)].filter((one) => one !== undefined)));
  const map = new SectionAssembler((bytes) => maps.push(...[readProgramMap(bytes)].filter((one) => one !== undefined)));
  for (let at = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE) {
    const pid = pidOf(file, at);
    if (pid === PAT_PID) {
      association.push(file, at);
    } else if (pid === programs[0]?.programs[0]?.programMapPid) {
      map.push(file, at);
    }
  }

  assert.ok(programs.length > 50 && maps.length > 50);
  assert.equal(association.broken + map.broken, 0);
  const [found] = maps;
  assert.equal(found?.programNumber, programs[0]?.programs[0]?.programNumber);
  assert.deepEqual(
    found?.elementaryStreams.map(({ streamType }) => streamType),
    [0x1b, 0x03],
  );
  assert.ok(found?.elementaryStreams.some(({ pid }) => pid === found.pcrPid));
});
