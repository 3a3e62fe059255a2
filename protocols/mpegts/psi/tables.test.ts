import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded, type Random } from "@bilbycast/testkit/random";
import type { Descriptor } from "./descriptors.ts";
import { readEventInformation, writePresentFollowing, type EventInformation, type ServiceEvent } from "./event-information.ts";
import { readNetworkInformation, writeNetworkInformationTable } from "./network-information.ts";
import {
  readConditionalAccess,
  readProgramAssociation,
  writeConditionalAccessTable,
  writeProgramAssociationTable,
} from "./program-tables.ts";
import { SectionAssembler } from "./section-assembler.ts";
import { packetizeSection } from "./section-packetizer.ts";
import { LONGEST_PSI_SECTION } from "./section-table.ts";
import { crc32, setU32 } from "@bilbycast/foundation/bytes";
import { LONGEST_SECTION, type SectionHead } from "./section.ts";
import { readServiceDescription, writeServiceDescriptionTable, type Service } from "./service-description.ts";
import { readLocalTimes, readTime, readTimeOffset, writeLocalTimes, writeTime, writeTimeOffset } from "./time-tables.ts";

const SEEDS = 200;
/** Tags that no reader here takes for its own. */
const FOREIGN_TAG = 0x80;
const NAMES = ["", "BBC ONE", "Čeština", "Télé Zürich Ø", "Первый канал", "日本放送 😀", "x".repeat(300), "ß".repeat(200)];

const flag = (random: Random): boolean => random() < 0.5;
const pick = <Value>(random: Random, values: readonly Value[]): Value => values[integer(random, values.length)]!;
const list = <Value>(random: Random, most: number, make: () => Value): Value[] => Array.from({ length: integer(random, most + 1) }, make);
const octets = (random: Random, most: number): Uint8Array => Uint8Array.from(list(random, most, () => integer(random, 256)));

const foreign = (random: Random): Descriptor => ({ tag: FOREIGN_TAG + integer(random, 64), data: octets(random, 255) });

const head = (random: Random): Pick<SectionHead, "versionNumber" | "currentNextIndicator"> => ({
  versionNumber: integer(random, 32),
  currentNextIndicator: flag(random),
});

const status = (random: Random): { runningStatus: number; isScrambled: boolean } => ({
  runningStatus: integer(random, 6),
  isScrambled: flag(random),
});

/** A second between 1970 and 2038. */
const second = (random: Random): number => integer(random, 2_147_483_647);

const service = (random: Random): Service => ({
  serviceId: integer(random, 65_536),
  hasSchedule: flag(random),
  hasPresentFollowing: flag(random),
  ...status(random),
  ...(flag(random)
    ? { serviceType: integer(random, 256), providerName: pick(random, NAMES.slice(0, 6)), name: pick(random, NAMES.slice(0, 6)) }
    : {}),
  descriptors: list(random, 2, () => foreign(random)),
});

const event = (random: Random): ServiceEvent => ({
  eventId: integer(random, 65_536),
  ...(flag(random) ? { startsAt: second(random) } : {}),
  ...(flag(random) ? { duration: integer(random, 86_400) } : {}),
  ...status(random),
  ...(flag(random) ? { language: "deu", name: pick(random, NAMES.slice(0, 6)), text: pick(random, NAMES.slice(0, 6)) } : {}),
  descriptors: list(random, 10, () => foreign(random)),
});

/** What a table of several sections says as a whole; checks that they are numbered from 0 on. */
const whole = <Part extends SectionHead>(parts: readonly (Part | undefined)[], join: (parts: Part[]) => object): object => {
  const found = parts.filter((part) => part !== undefined);
  assert.equal(found.length, parts.length);
  for (const [i, { sectionNumber, lastSectionNumber }] of found.entries()) {
    assert.deepEqual([sectionNumber, lastSectionNumber], [i, found.length - 1]);
  }
  const { sectionNumber: _, lastSectionNumber: __, ...table } = { ...found[0], ...join(found) } as Part;
  return table;
};

/** A table, its sections, and what the reader makes of them. */
type Round = { table: object; sections: Uint8Array[]; read: object; longest: number };

const TABLES: readonly [name: string, round: (random: Random) => Round][] = [
  [
    "PAT",
    (random) => {
      const programs = list(random, 1_000, () => ({ programNumber: 1 + integer(random, 65_535), programMapPid: integer(random, 8_191) }));
      const table = {
        ...head(random),
        transportStreamId: integer(random, 65_536),
        programs,
        ...(flag(random) ? { networkPid: 0x10 } : {}),
      };
      const sections = writeProgramAssociationTable(table);
      const join = (parts: { programs: object[] }[]): object => ({ programs: parts.flatMap((part) => part.programs) });
      return { table, sections, read: whole(sections.map(readProgramAssociation), join), longest: LONGEST_PSI_SECTION };
    },
  ],
  [
    "CAT",
    (random) => {
      const table = { ...head(random), descriptors: list(random, 40, () => foreign(random)) };
      const sections = writeConditionalAccessTable(table);
      const join = (parts: { descriptors: object[] }[]): object => ({ descriptors: parts.flatMap((part) => part.descriptors) });
      return { table, sections, read: whole(sections.map(readConditionalAccess), join), longest: LONGEST_PSI_SECTION };
    },
  ],
  [
    "NIT",
    (random) => {
      const transportStreams = list(random, 60, () => ({
        transportStreamId: integer(random, 65_536),
        originalNetworkId: integer(random, 65_536),
        descriptors: list(random, 3, () => foreign(random)),
      }));
      const descriptors = list(random, 12, () => foreign(random));
      const ids = { networkId: integer(random, 65_536), isActual: flag(random) };
      const table = {
        ...head(random),
        ...ids,
        ...(flag(random) ? { name: pick(random, NAMES.slice(0, 6)) } : {}),
        descriptors,
        transportStreams,
      };
      const sections = writeNetworkInformationTable(table);
      const join = (parts: { descriptors: object[]; transportStreams: object[] }[]): object => ({
        descriptors: parts.flatMap((part) => part.descriptors),
        transportStreams: parts.flatMap((part) => part.transportStreams),
      });
      return { table, sections, read: whole(sections.map(readNetworkInformation), join), longest: LONGEST_PSI_SECTION };
    },
  ],
  [
    "SDT",
    (random) => {
      const services = list(random, 60, () => service(random));
      const ids = { transportStreamId: integer(random, 65_536), originalNetworkId: integer(random, 65_536), isActual: flag(random) };
      const table = { ...head(random), ...ids, services };
      const sections = writeServiceDescriptionTable(table);
      const join = (parts: { services: object[] }[]): object => ({ services: parts.flatMap((part) => part.services) });
      return { table, sections, read: whole(sections.map(readServiceDescription), join), longest: LONGEST_PSI_SECTION };
    },
  ],
  [
    "EIT",
    (random) => {
      const ids = {
        serviceId: integer(random, 65_536),
        transportStreamId: integer(random, 65_536),
        originalNetworkId: integer(random, 65_536),
      };
      const both = { ...(flag(random) ? { present: event(random) } : {}), ...(flag(random) ? { following: event(random) } : {}) };
      const table = { ...head(random), ...ids, isActual: flag(random), ...both };
      const sections = writePresentFollowing(table);
      const join = ([first, second]: EventInformation[]): object => ({
        events: undefined,
        ...named("present", first),
        ...named("following", second),
      });
      const { events: _, ...read } = whole(sections.map(readEventInformation), join) as { events: undefined };
      return { table, sections, read, longest: LONGEST_SECTION };
    },
  ],
  [
    "TDT",
    (random) => {
      const table = { time: second(random) };
      const section = writeTime(table.time);
      return { table, sections: [section], read: { time: readTime(section) }, longest: 8 };
    },
  ],
  [
    "TOT",
    (random) => {
      const side = flag(random) ? 1 : -1;
      const minutes = (): number => (side > 0 ? integer(random, 780) : 0 - integer(random, 780));
      const countries = list(random, 19, () => ({
        ...{ countryCode: pick(random, ["DEU", "GBR", "AUS"]), regionId: integer(random, 64) },
        ...{ offset: minutes(), changesAt: second(random), nextOffset: minutes() },
      })).map((each) => (each.offset === 0 && each.nextOffset === 0 ? { ...each, regionId: 0 } : each));
      const descriptors = [writeLocalTimes(countries), ...list(random, 2, () => foreign(random))];
      const table = { time: second(random), descriptors };
      const section = writeTimeOffset(table);
      const read = readTimeOffset(section);
      assert.deepEqual(readLocalTimes(read?.descriptors ?? []), countries);
      assert.equal(readTime(section), table.time);
      return { table, sections: [section], read: read ?? {}, longest: LONGEST_PSI_SECTION };
    },
  ],
];

const named = (name: string, part: EventInformation | undefined): object => {
  const [only] = part?.events ?? [];
  return only === undefined ? {} : { [name]: only };
};

for (const [name, round] of TABLES) {
  test(`a ${name} is read as it was written, in sections of the length it may have (seeds 0 to ${SEEDS - 1})`, () => {
    let longestTable = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const { table, sections, read, longest } = round(seeded(seed));
      assert.deepEqual(read, table, `seed ${seed}`);
      assert.ok(
        sections.every((section) => section.length <= longest),
        `seed ${seed}`,
      );
      longestTable = Math.max(longestTable, sections.length);
    }
    assert.ok(["TDT", "TOT"].includes(name) || longestTable > 1, "some tables take several sections");
  });

  test(`the sections of a ${name} survive their packets`, () => {
    const { sections } = round(seeded(7));
    const found: Uint8Array[] = [];
    const assembler = new SectionAssembler((section) => found.push(section.slice()));
    let counter = 0;
    for (const section of sections) {
      const packets = packetizeSection(section, 0x30, counter);
      counter += packets.length / 188;
      for (let at = 0; at < packets.length; at += 188) {
        assembler.push(packets, at);
      }
    }
    assert.deepEqual(found, sections);
  });
}

test("a table that is empty has one section, and one that would have more than 256 is refused", () => {
  const table = { versionNumber: 0, currentNextIndicator: true, transportStreamId: 1 };
  const program = { programNumber: 1, programMapPid: 0x100 };
  assert.equal(writeProgramAssociationTable({ ...table, programs: [] }).length, 1);
  assert.equal(writeProgramAssociationTable({ ...table, programs: Array.from({ length: 253 }, () => program) }).length, 1);
  assert.equal(writeProgramAssociationTable({ ...table, programs: Array.from({ length: 254 }, () => program) }).length, 2);
  assert.throws(
    () => writeProgramAssociationTable({ ...table, programs: Array.from({ length: 256 * 253 + 1 }, () => program) }),
    /256 sections/,
  );
});

test("100 000 tables with wrong bytes under a right CRC, cut anywhere, neither throw nor run out of bounds", () => {
  const random = seeded(100_000);
  const readers = [
    readProgramAssociation,
    readConditionalAccess,
    readNetworkInformation,
    readServiceDescription,
    readEventInformation,
    readTime,
    readTimeOffset,
  ];
  const originals = TABLES.flatMap(([, round]) => [1, 2, 3].flatMap((seed) => round(seeded(seed)).sections.slice(0, 2)));
  let believed = 0;
  for (let i = 0; i < 100_000; i++) {
    const mutated = mutate(pick(random, originals), random);
    const read = readers.map((each) => each(mutated)).filter((each) => each !== undefined);
    believed += read.length > 0 ? 1 : 0;
    for (const each of read) {
      const services = typeof each === "object" && "services" in each ? each.services : [];
      assert.ok(services.every(({ name = "" }) => name.length <= 255));
    }
  }
  assert.ok(believed > 10_000, `${believed}`);
});

const mutate = (original: Uint8Array, random: Random): Uint8Array => {
  const bytes = original.slice(0, random() < 0.2 ? integer(random, original.length + 1) : original.length);
  for (let changes = 1 + integer(random, 4); changes > 0 && bytes.length > 0; changes--) {
    bytes[integer(random, bytes.length)] = pick(random, [0, 0xff, integer(random, 256)]);
  }
  if (bytes.length > 12 && random() < 0.9) {
    setU32(bytes, bytes.length - 4, crc32(bytes, 0, bytes.length - 4));
  }
  return bytes;
};
