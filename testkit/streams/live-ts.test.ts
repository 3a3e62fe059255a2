import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_ERRORS, TsChecker } from "@bilbycast/testkit/ts-checker";
import { LIVE_DATAGRAM, LiveTs, liveLayout, sourceOf, type Layout, type LiveTsOptions } from "./index.ts";

const RATE = 20_000_000;
const SECONDS = 3;
const SIZE = 188;
const NULL_PID = 0x1fff;

const made = (options: LiveTsOptions, seconds = SECONDS): Uint8Array => {
  const datagrams = Math.floor((seconds * options.rate) / (LIVE_DATAGRAM * 8));
  const bytes = new Uint8Array(datagrams * LIVE_DATAGRAM);
  const stream = new LiveTs(options);
  for (let i = 0; i < datagrams; i++) {
    stream.next(bytes, i * LIVE_DATAGRAM);
  }
  return bytes;
};

const packetsOf = (bytes: Uint8Array, pid: number): { index: number; packet: Uint8Array }[] =>
  Array.from({ length: bytes.length / SIZE }, (_, index) => ({ index, packet: bytes.subarray(index * SIZE, (index + 1) * SIZE) })).filter(
    ({ packet }) => ((((packet[1] ?? 0) << 8) | (packet[2] ?? 0)) & 0x1fff) === pid,
  );

const flagsOf = (packet: Uint8Array): number => (((packet[3] ?? 0) & 0x20) !== 0 && (packet[4] ?? 0) > 0 ? (packet[5] ?? 0) : 0);
const hasPcr = (packet: Uint8Array): boolean => (flagsOf(packet) & 0x10) !== 0;

const first = liveLayout("clashing", 1, RATE)[1] as LiveTsOptions;

test("the options alone decide the stream", () => {
  const bytes = made(first, 1);

  assert.deepEqual(made(first, 1), bytes);
  assert.notDeepEqual(made({ ...first, seed: first.seed + 1 }, 1), bytes);
});

for (const layout of ["clashing", "different", "crossed"] satisfies Layout[]) {
  test(`each of three ${layout} sources is a right stream in which PES, sound, data and null packets come`, () => {
    for (const options of liveLayout(layout, 1, RATE)) {
      const checker = new TsChecker({ strictVersions: true });
      checker.take(made(options));
      const { errors, packets, packetsByPid, discontinuityCount, sections } = checker.report();

      assert.deepEqual([errors, discontinuityCount], [NO_ERRORS, 0]);
      const share = (packetsByPid[options.videoPid] ?? 0) / packets;
      assert.ok(share > 0.4 && share < 0.7, `the video takes ${share}`);
      assert.ok([options.audioPid, options.dataPid, NULL_PID].every((pid) => (packetsByPid[pid] ?? 0) > SECONDS * 20));
      assert.ok(["pat", "pmt", "sdt", "eit"].every((name) => (sections[name] ?? 0) >= SECONDS * 2));
    }
  });
}

test("clashing sources have the same PIDs, programs and versions and say different things", () => {
  const [one, two, three] = liveLayout("clashing", 1, RATE) as [LiveTsOptions, LiveTsOptions, LiveTsOptions];
  const identifiers = ({ pmtPid, videoPid, audioPid, dataPid, programNumber, versions }: LiveTsOptions): unknown => [
    [pmtPid, videoPid, audioPid, dataPid, programNumber],
    versions,
  ];

  assert.deepEqual(identifiers(one), identifiers(two));
  assert.deepEqual(identifiers(one), identifiers(three));
  const maps = [one, two, three].map((options) => packetsOf(made(options, 1), options.pmtPid)[0]?.packet);
  assert.equal(new Set(maps.map((map) => map?.join())).size, 3);
});

test("PCRs come about every 30 ms at the byte that they tell, with payload and without", () => {
  const pcrs = packetsOf(made(first), first.videoPid).filter(({ packet }) => hasPcr(packet));
  const alone = pcrs.filter(({ packet }) => ((packet[3] ?? 0) & 0x10) === 0).length;

  assert.ok(Math.abs(pcrs.length - (SECONDS * 1_000) / 30) < 3);
  assert.ok(alone > 20 && alone < pcrs.length / 2);
  for (const { index, packet } of pcrs) {
    const view = new DataView(packet.buffer, packet.byteOffset);
    const pcr = (view.getUint32(6) * 2 + (view.getUint16(10) >>> 15)) * 300 + (view.getUint16(10) & 0x1ff);
    assert.equal(pcr, first.clockStart + Math.round((index * SIZE * 8 * 27_000_000) / RATE));
  }
});

test("a picture each 40 ms begins with a delimiter, and each 25th is a random access point", () => {
  const starts = packetsOf(made(first), first.videoPid).filter(({ packet }) => ((packet[1] ?? 0) & 0x40) !== 0);
  const random = starts.map(({ packet }, i) => ((flagsOf(packet) & 0x40) === 0 ? -1 : i)).filter((i) => i >= 0);

  assert.equal(starts.length, SECONDS * 25);
  assert.deepEqual(random, [0, 25, 50]);
  for (const [i, { packet }] of starts.entries()) {
    const bytes = Buffer.from(packet);
    const head = bytes.indexOf(Buffer.of(0, 0, 1, 0xe0));
    assert.equal(bytes.indexOf(Buffer.of(0, 0, 0, 1, 0x09, 0xf0)), head + 19, "behind a PES header with PTS and DTS");
    assert.equal(bytes.includes(Buffer.of(0, 0, 0, 1, 0x65)), i % 25 === 0);
  }
});

test("a packet with room for it says of which source it is", () => {
  const bytes = made(first, 1);
  const marks = packetsOf(bytes, first.videoPid).map(({ index }) => sourceOf(bytes, index * SIZE));

  assert.ok(marks.filter((source) => source === first.source).length > marks.length * 0.95);
  assert.ok(marks.every((source) => source === first.source || source === -1));
});

test("a map with many descriptors takes two packets, with others between them", () => {
  const map = packetsOf(made({ ...first, descriptorBytes: 300 }, 1), first.pmtPid);
  const [start, rest] = map as [(typeof map)[0], (typeof map)[0]];

  assert.deepEqual(
    [start, rest].map(({ packet }) => ((packet[1] ?? 0) & 0x40) !== 0),
    [true, false],
  );
  assert.ok(rest.index > start.index + 1);
});
