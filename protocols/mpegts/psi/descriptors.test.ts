import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import {
  readAacDescriptor,
  readAc3Descriptor,
  readEnhancedAc3Descriptor,
  writeAacDescriptor,
  writeAc3Descriptor,
  writeEnhancedAc3Descriptor,
} from "./audio-descriptors.ts";
import { readDescriptors, writeDescriptors, type Descriptor } from "./descriptors.ts";
import { readDvbText, writeDvbText } from "./dvb-text.ts";
import { readServiceDescriptor, readShortEvent, writeServiceDescriptor, writeShortEvent } from "./service-descriptors.ts";
import {
  readCaDescriptor,
  readComponentTag,
  readLanguages,
  readMaximumBitrate,
  readRegistration,
  readSubtitles,
  readTeletextPages,
  writeCaDescriptor,
  writeComponentTag,
  writeLanguages,
  writeMaximumBitrate,
  writeRegistration,
  writeSubtitles,
  writeTeletextPages,
} from "./stream-descriptors.ts";

const none = new Uint8Array(0);

/** What a descriptor says, its bytes with tag and length, and both ways between them. */
type Case = { what: string; value: unknown; hex: string; write: () => Descriptor; read: (data: Uint8Array) => unknown };

const one = <Value>(
  what: string,
  value: Value,
  hex: string,
  write: (value: Value) => Descriptor,
  read: (data: Uint8Array) => unknown,
): Case => ({
  what,
  value,
  hex,
  write: () => write(value),
  read,
});

const CASES: readonly Case[] = [
  one("registration of SCTE 35", { formatIdentifier: "CUEI", additionalInfo: none }, "05 04 43554549", writeRegistration, readRegistration),
  one(
    "registration with more",
    { formatIdentifier: "HDMV", additionalInfo: Uint8Array.of(0xff, 0x1b) },
    "05 06 48444d56ff1b",
    writeRegistration,
    readRegistration,
  ),
  one(
    "two languages",
    [
      { language: "eng", audioType: 0 },
      { language: "deu", audioType: 3 },
    ],
    "0a 08 656e6700 64657503",
    writeLanguages,
    readLanguages,
  ),
  one("maximum bit rate", 15_000_000, "0e 03 c0927c", writeMaximumBitrate, readMaximumBitrate),
  one(
    "conditional access",
    { caSystemId: 0x0b00, caPid: 0x1ff0, privateData: Uint8Array.of(1) },
    "09 05 0b00fff001",
    writeCaDescriptor,
    readCaDescriptor,
  ),
  one("stream identifier", 0x42, "52 01 42", writeComponentTag, readComponentTag),
  one(
    "teletext page 888",
    [{ language: "eng", teletextType: 2, magazine: 0, page: 0x88 }],
    "56 05 656e671088",
    writeTeletextPages,
    readTeletextPages,
  ),
  one(
    "DVB subtitles",
    [{ language: "fra", subtitlingType: 0x10, compositionPageId: 1, ancillaryPageId: 0x0203 }],
    "59 08 667261 10 0001 0203",
    writeSubtitles,
    readSubtitles,
  ),
  one("AC-3 that says nothing", { additionalInfo: none }, "6a 01 00", writeAc3Descriptor, readAc3Descriptor),
  one(
    "AC-3",
    { componentType: 0x44, bsid: 8, asvc: 1, additionalInfo: Uint8Array.of(9) },
    "6a 05 d0 44 08 01 09",
    writeAc3Descriptor,
    readAc3Descriptor,
  ),
  one(
    "E-AC-3",
    { componentType: 0xc4, mixInfoExists: true, substream2: 5, additionalInfo: none },
    "7a 03 8a c4 05",
    writeEnhancedAc3Descriptor,
    readEnhancedAc3Descriptor,
  ),
  one("AAC by its profile", { profileAndLevel: 0x51 }, "7c 01 51", writeAacDescriptor, readAacDescriptor),
  one(
    "AAC",
    { profileAndLevel: 0x58, aacType: 3, saocDe: false, additionalInfo: none },
    "7c 03 58 80 03",
    writeAacDescriptor,
    readAacDescriptor,
  ),
  one(
    "a service",
    { serviceType: 0x19, providerName: "prov", name: "Kanal" },
    "48 0c 19 04 70726f76 05 4b616e616c",
    writeServiceDescriptor,
    readServiceDescriptor,
  ),
  one("an event", { language: "eng", name: "News", text: "now" }, "4d 0c 656e67 04 4e657773 03 6e6f77", writeShortEvent, readShortEvent),
];

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

for (const { what, value, hex, write, read } of CASES) {
  test(`descriptor: ${what}, both ways`, () => {
    const bytes = writeDescriptors([write()]);
    assert.equal(hexOf(bytes), hex.replaceAll(" ", ""));
    assert.deepEqual(read(readDescriptors(bytes, 0, bytes.length)[0]?.data ?? none), value);
  });
}

test("descriptors of any bytes and length neither throw nor read past their end (seed 7)", () => {
  const random = seeded(7);
  for (let i = 0; i < 100_000; i++) {
    const data = Uint8Array.from({ length: integer(random, 24) }, () => integer(random, 256));
    for (const { read } of CASES) {
      read(data);
    }
  }
});

test("a descriptor that is longer than its length can say is refused", () => {
  assert.throws(() => writeDescriptors([{ tag: 0x80, data: new Uint8Array(256) }]), /255 bytes/);
});

const TEXTS: readonly [text: string, hex: string][] = [
  ["BBC ONE", "424243204f4e45"],
  ["Café Zürich Š", "436166c265205ac87572696368 20 cf53"],
  ["Æøß", "e1 f9 fb"],
  ["€ 5", "15 e282ac 20 35"],
  ["Đ", "15 c490"],
  ["Первый", "15 d09fd0b5d180d0b2d18bd0b9"],
  ["日本 😀", "15 e697a5e69cac20f09f9880"],
  ["\u0301alone", "15 cc81616c6f6e65"],
  ["", ""],
];

for (const [text, hex] of TEXTS) {
  test(`DVB text both ways: ${JSON.stringify(text)}`, () => {
    const bytes = writeDvbText(text, 255);
    assert.equal(hexOf(bytes), hex.replaceAll(" ", ""));
    assert.equal(readDvbText(bytes), text);
  });
}

test("a text is cut between its characters, and loses what steers a terminal", () => {
  assert.equal(readDvbText(writeDvbText("Zürich", 2)), "Z");
  assert.equal(readDvbText(writeDvbText("日本", 6)), "日");
  assert.equal(writeDvbText("日本", 3).length, 0);
  assert.equal(writeDvbText("日本", 0).length, 0);
  assert.equal(readDvbText(writeDvbText("a\r\nb\u001b[31m\u0000", 99)), "a b[31m");
  assert.equal(readDvbText(writeDvbText("x\ud800", 99)), "x\ufffd");
  assert.equal(readDvbText(writeDvbText("Zu\u0308rich", 99)), "Zürich");
});

test("every character up to U+FFFF is read as it was written", () => {
  for (let code = 0x20; code < 0x10000; code++) {
    const text = String.fromCharCode(code).normalize("NFC");
    const isKept = !/[\u007f-\u009f\ue080-\ue09f\ud800-\udfff]/.test(text);
    if (isKept) {
      assert.equal(readDvbText(writeDvbText(`a${text}`, 255)), `a${text}`.normalize("NFC"), `U+${code.toString(16)}`);
    }
  }
});

test("names that do not fit a descriptor are cut, the other one first", () => {
  const service = readServiceDescriptor(
    writeServiceDescriptor({ serviceType: 1, providerName: "p".repeat(300), name: "n".repeat(200) }).data,
  );
  assert.deepEqual([service.name.length, service.providerName.length], [200, 52]);
  const event = readShortEvent(writeShortEvent({ language: "eng", name: "n".repeat(300), text: "t" }).data);
  assert.deepEqual([event.name.length, event.text.length], [250, 0]);
});
