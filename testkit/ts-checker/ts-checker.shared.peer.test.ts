import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ffmpegConstantFile, ffmpegFile, ffmpegLiveFile, ffmpegPlayer, framesOf } from "@bilbycast/testkit/peers";
import { sectionCrc } from "@bilbycast/testkit/streams";
import { NO_ERRORS, TsChecker, type CheckReport, type ErrorKind } from "./index.ts";
import { RightSplicer } from "./right-splicer.ts";

const SIZE = 188;
const SECONDS = 6;
const RATE = 5_000_000;
const VIDEO_PID = 0x100;
const PMT_PID = 0x1000;
const NULL_PID = 0x1fff;

const folder = mkdtempSync(join(tmpdir(), "bilbycast-checker-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const live = [0, 1, 2].map((source) => join(folder, `live-${source}.ts`));
const own = join(folder, "own.ts");
const variable = join(folder, "variable.ts");
const constant = join(folder, "constant.ts");

before(async () => {
  for (const [source, file] of live.entries()) {
    await ffmpegLiveFile(file, { source, seconds: SECONDS, rate: RATE, ownPids: false, codecs: "h264-aac" });
  }
  await ffmpegLiveFile(own, { source: 2, seconds: SECONDS, rate: RATE, ownPids: true, codecs: "mpeg2-mp2" });
  await ffmpegFile(variable, SECONDS);
  await ffmpegConstantFile(constant, SECONDS);
});

const packetsOf = (file: string): Uint8Array[] => {
  const bytes = readFileSync(file);
  return Array.from({ length: bytes.length / SIZE }, (_, i) => Uint8Array.from(bytes.subarray(i * SIZE, (i + 1) * SIZE)));
};

const judge = (packets: readonly Uint8Array[]): CheckReport => {
  const checker = new TsChecker({ strictVersions: true, absentAfter: 5_000 });
  packets.forEach((packet) => checker.take(packet));
  return checker.report();
};

for (const [name, file] of [
  ["H.264 and AAC at a constant rate", () => live[0]],
  ["MPEG-2 and MP2 at a constant rate on other PIDs", () => own],
  ["MPEG-2 at a variable rate", () => variable],
  ["MPEG-2 with B-frames", () => constant],
] as const) {
  test(`there is nothing to notice in what ffmpeg writes: ${name}`, () => {
    const report = judge(packetsOf(file() ?? ""));

    assert.deepEqual(report.errors, NO_ERRORS, JSON.stringify(report.first));
    assert.deepEqual([report.duplicates, report.discontinuityCount, report.versionChanges], [0, 0, {}]);
    assert.ok((report.sections["pat"] ?? 0) > SECONDS && report.sections["pmt"] === report.sections["pat"]);
  });
}

const pidOf = (packet: Uint8Array): number => (((packet[1] ?? 0) << 8) | (packet[2] ?? 0)) & 0x1fff;
/** Index of the n-th packet of the PID that has a payload and nothing else. */
const nth = (packets: readonly Uint8Array[], pid: number, n: number): number =>
  packets.flatMap((packet, i) => (pidOf(packet) === pid && ((packet[3] ?? 0) & 0x30) === 0x10 ? [i] : []))[n] ?? -1;
/** Index of the n-th packet with a PCR. */
const nthPcr = (packets: readonly Uint8Array[], n: number): number =>
  packets.flatMap((packet, i) => (((packet[3] ?? 0) & 0x20) !== 0 && (packet[4] ?? 0) > 0 && ((packet[5] ?? 0) & 0x10) !== 0 ? [i] : []))[
    n
  ] ?? -1;
const set = (packet: Uint8Array | undefined, at: number, change: (byte: number) => number): void => {
  packet?.fill(change(packet[at] ?? 0), at, at + 1);
};

/** Changes a byte of a section that begins in the packet and fits into it, and makes its CRC right again. */
const rewrite = (packet: Uint8Array | undefined, at: number, change: (byte: number) => number): void => {
  const section = packet?.subarray(5) ?? new Uint8Array();
  set(section, at, change);
  const end = 3 + ((((section[1] ?? 0) << 8) | (section[2] ?? 0)) & 0x0fff) - 4;
  new DataView(section.buffer, section.byteOffset).setUint32(end, sectionCrc(section.subarray(0, end)));
};

/** Adds an entry to every PAT. */
const rewritePats = (packets: readonly Uint8Array[], entry: readonly number[]): void => {
  for (const packet of packets.filter((each) => pidOf(each) === 0)) {
    const length = (packet[7] ?? 0) + entry.length;
    packet.set(entry, 5 + 3 + (packet[7] ?? 0) - 4);
    packet[7] = length;
    rewrite(packet, 5, (byte) => byte);
  }
};

const FAULTS: [name: string, spoil: (packets: Uint8Array[]) => void, errors: Partial<Record<ErrorKind, number>>][] = [
  ["a packet that is lost", (packets) => packets.splice(nth(packets, VIDEO_PID, 500), 1), { continuity: 1 }],
  [
    "a packet three times",
    (packets) => packets.splice(nth(packets, VIDEO_PID, 500), 0, ...[0, 0].map(() => packets[nth(packets, VIDEO_PID, 500)] as Uint8Array)),
    { continuity: 1 },
  ],
  ["null packets that are lost", (packets) => packets.splice(nth(packets, NULL_PID, 10), 1), {}],
  ["a sync byte that is none", (packets) => set(packets[nth(packets, NULL_PID, 50)], 0, () => 0), { sync: 1 }],
  ["a bit of a PAT that is wrong", (packets) => set(packets[nth(packets, 0, 3)], 12, (byte) => byte ^ 4), { sectionCrc: 1 }],
  ["a bit of an SDT that is wrong", (packets) => set(packets[nth(packets, 0x11, 1)], 30, (byte) => byte ^ 1), { sectionCrc: 1 }],
  ["a map that goes on in no packet", (packets) => set(packets[nth(packets, PMT_PID, 3)], 7, () => 0xff), { brokenSection: 1 }],
  ["a clock that leaps", (packets) => set(packets[nthPcr(packets, 9)], 7, (byte) => byte ^ 0x40), { pcrJump: 2 }],
  [
    "packets under a PID that no map names",
    (packets) =>
      packets
        .filter((packet) => pidOf(packet) === 0x101)
        .slice(0, 16)
        .forEach((packet) => set(packet, 2, () => 0x55)),
    { unmappedPes: 16 },
  ],
  [
    "transport errors",
    (packets) => [20, 40].forEach((n) => set(packets[nth(packets, NULL_PID, n)], 1, (byte) => byte | 0x80)),
    { transportError: 2 },
  ],
  [
    "a map that names another stream for once",
    (packets) => rewrite(packets[nth(packets, PMT_PID, 5)], 12, (byte) => byte ^ 3),
    { version: 2 },
  ],
  ["an SDT that has another version for once", (packets) => rewrite(packets[nth(packets, 0x11, 3)], 5, (byte) => byte ^ 2), { version: 1 }],
  ["a program without its map", (packets) => rewritePats(packets, [0, 2, 0xf0, 0x20]), { absentPmt: 1 }],
  [
    "a map that does not say where it begins",
    (packets) => set(packets[nth(packets, PMT_PID, 6)], 1, (byte) => byte & 0xbf),
    { straySection: 1 },
  ],
  [
    "the reserved adaptation_field_control",
    (packets) => set(packets[nth(packets, NULL_PID, 60)], 3, (byte) => byte & 0xcf),
    { malformed: 1 },
  ],
];

for (const [name, spoil, errors] of FAULTS) {
  test(`${name}: exactly so much is found in what ffmpeg wrote`, () => {
    const packets = packetsOf(live[0] ?? "");
    spoil(packets);

    const report = judge(packets);

    assert.deepEqual(report.errors, { ...NO_ERRORS, ...errors }, JSON.stringify(report.first));
  });
}

test("ffmpeg plays a right splice of its own files from end to end, and the judge has nothing against it", async () => {
  const sources = live.map(packetsOf);
  const length = Math.min(...sources.map((packets) => packets.length));
  const splicer = new RightSplicer();
  const spliced: Uint8Array[] = [];
  for (let i = 0; i < length; i++) {
    spliced.push(...splicer.switchTo(Math.floor((i / length) * 7) % 3));
    sources.forEach((packets, source) => spliced.push(...splicer.take(source, packets[i] ?? new Uint8Array())));
  }
  const file = join(folder, "spliced.ts");
  const checker = judge(spliced);
  writeFileSync(file, Buffer.concat(spliced));

  const player = ffmpegPlayer({ file }, folder);

  assert.equal(await player.exited, 0, player.output());
  assert.deepEqual(checker.errors, NO_ERRORS, JSON.stringify(checker.first));
  assert.equal(checker.discontinuityCount, 6);
  // A picture that a switch cuts may be lost, and the first group of a source may wait for its key frame.
  assert.ok(framesOf(readFileSync(join(folder, "progress"), "utf8")) > SECONDS * 25 * 0.9);
});
