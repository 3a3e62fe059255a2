import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { PACKET_SIZE, pid as pidOf } from "../packet.ts";
import { readDvbText } from "./dvb-text.ts";
import { SectionAssembler } from "./section-assembler.ts";
import { writeSection } from "./section.ts";
import { readEventInformation } from "./event-information.ts";
import { readNetworkInformation } from "./network-information.ts";
import { readServiceDescription } from "./service-description.ts";
import { SDT_PID } from "./service-information.ts";
import { readTime } from "./time-tables.ts";

const bytes = (...parts: (number | string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part)));

const section = (tableId: number, body: Uint8Array): Uint8Array =>
  writeSection({
    tableId,
    tableIdExtension: 0x0102,
    versionNumber: 3,
    currentNextIndicator: true,
    sectionNumber: 0,
    lastSectionNumber: 0,
    body,
  });

const texts: [string, Uint8Array, string][] = [
  ["plain letters", bytes("BBC ONE"), "BBC ONE"],
  ["accents before their letters, ISO/IEC 6937", bytes("Caf", 0xc2, "e Z", 0xc8, "urich ", 0xcf, "S"), "Café Zürich Š"],
  ["the euro sign and letters of their own", bytes(0xa4, " ", 0xe1, 0xf9, 0xfb), "€ Æøß"],
  ["ISO/IEC 8859-5", bytes(0x01, 0xbf, 0xd5, 0xe0, 0xd2, 0xeb, 0xd9), "Первый"],
  ["ISO/IEC 8859-7", bytes(0x03, 0xc5, 0xd1, 0xd4), "ΕΡΤ"],
  ["ISO/IEC 8859-9", bytes(0x05, "TRT T", 0xdc, "RK", 0xde), "TRT TÜRKŞ"],
  ["ISO/IEC 8859-2 by its number", bytes(0x10, 0, 2, 0xc8, "esk", 0xe1), "Česká"],
  ["UTF-8", bytes(0x15, [...Buffer.from("日本 😀")]), "日本 😀"],
  ["UTF-16", bytes(0x11, 0x4e, 0x2d, 0x65, 0x87), "中文"],
  ["a line break and emphasis", bytes("one", 0x8a, 0x86, "two", 0x87), "one two"],
  ["what could forge a line of a log", bytes("a\r\n\u001b[31mb\u0000"), "a[31mb"],
  ["a table that is not known", bytes(0x0a, "A", 0xe4), "A\ufffd"],
  ["nothing", bytes(), ""],
];

for (const [what, field, text] of texts) {
  test(`DVB text: ${what}`, () => {
    assert.equal(readDvbText(field), text);
  });
}

test("services are read with their names", () => {
  const service = bytes(0x48, 3 + 4 + 5, 0x19, 4, "prov", 5, "Kanal");
  const body = bytes(
    0x20,
    0x01,
    0xff,
    [0x00, 0x07, 0xfc, 0x80 | (service.length >> 8), service.length],
    [...service],
    [0x00, 0x08, 0xfc, 0x30, 0],
  );

  const table = readServiceDescription(section(0x42, body));

  const noEvents = { hasSchedule: false, hasPresentFollowing: false, descriptors: [] };
  assert.deepEqual(table?.services, [
    { serviceId: 7, runningStatus: 4, isScrambled: false, ...noEvents, serviceType: 0x19, providerName: "prov", name: "Kanal" },
    { serviceId: 8, runningStatus: 1, isScrambled: true, ...noEvents },
  ]);
  assert.deepEqual([table?.transportStreamId, table?.originalNetworkId, table?.isActual], [0x0102, 0x2001, true]);
});

test("the present event is read with its time, duration and name", () => {
  const short = bytes(0x4d, 5 + 4 + 3, "eng", 4, "News", 3, "now");
  // 1993-10-13 12:45:00, the example of EN 300 468 annex C; 1 h 45 min 30 s.
  const event = bytes(0x00, 0x2a, [0xc0, 0x79, 0x12, 0x45, 0x00], [0x01, 0x45, 0x30], 0x80 | (short.length >> 8), short.length);
  const table = readEventInformation(section(0x4e, bytes([0, 1, 0, 2, 0, 0x4e], [...event], [...short])));

  assert.deepEqual(table?.events, [
    {
      eventId: 42,
      startsAt: Date.UTC(1993, 9, 13, 12, 45) / 1_000,
      duration: 6_330,
      runningStatus: 4,
      isScrambled: false,
      language: "eng",
      name: "News",
      text: "now",
      descriptors: [],
    },
  ]);
});

test("an event whose time is not known has none", () => {
  const event = bytes(0, 1, [0xff, 0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff], 0, 0);
  const [found] = readEventInformation(section(0x4e, bytes([0, 1, 0, 2, 0, 0x4e], [...event])))?.events ?? [];
  assert.deepEqual(found, { eventId: 1, runningStatus: 0, isScrambled: false, descriptors: [] });
});

test("a network is read with its name and its transport streams", () => {
  const name = bytes(0x40, 3, "Net");
  const table = readNetworkInformation(section(0x40, bytes(0xf0, name.length, [...name], 0xf0, 6, [0, 9, 0, 1, 0xf0, 0])));
  assert.deepEqual(
    [table?.networkId, table?.name, table?.transportStreams],
    [0x0102, "Net", [{ transportStreamId: 9, originalNetworkId: 1, descriptors: [] }]],
  );
});

test("the time table tells the time", () => {
  assert.equal(readTime(bytes(0x70, 0x70, 5, [0xc0, 0x79, 0x12, 0x45, 0x00])), Date.UTC(1993, 9, 13, 12, 45) / 1_000);
  assert.equal(readTime(bytes(0x71, 0x70, 5, [0xc0, 0x79, 0x12, 0x45, 0x00])), undefined);
});

test("the service that another program named is found", () => {
  const file = readFileSync(new URL("../../../apps/edge/demo/bilbycast-sample.m2t", import.meta.url));
  const names: (string | undefined)[] = [];
  const assembler = new SectionAssembler((found) => names.push(...(readServiceDescription(found)?.services ?? []).map(({ name }) => name)));
  for (let at = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE) {
    if (pidOf(file, at) === SDT_PID) {
      assembler.push(file, at);
    }
  }
  assert.ok(names.length > 3);
  assert.equal(new Set(names).size, 1);
  assert.ok((names[0] ?? "").length > 0);
});

test("right CRCs around rubbish neither throw nor run out of bounds", () => {
  const random = seeded(468);
  for (let i = 0; i < 20_000; i++) {
    const body = Uint8Array.from({ length: integer(random, 80) }, () => integer(random, 256));
    for (const tableId of [0x40, 0x42, 0x46, 0x4e]) {
      const whole = section(tableId, body);
      readServiceDescription(whole);
      readNetworkInformation(whole);
      readEventInformation(whole);
    }
    assert.equal(typeof readDvbText(body), "string");
  }
});
