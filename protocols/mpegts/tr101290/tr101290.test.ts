import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { integer, seeded } from "@bilbycast/testkit/random";
import { hasPcr, PCR_HZ, readPcr, writePcr, writeStamp } from "../media-time.ts";
import { PACKET_SIZE, pid as pidOf, setContinuityCounter, setDiscontinuityIndicator, writeHeader } from "../packet.ts";
import { writeProgramAssociation, writeProgramMap } from "../psi/program-tables.ts";
import { packetizeSection } from "../psi/section-packetizer.ts";
import { writeSection } from "../psi/section.ts";
import { CHECK_NAMES, type Check } from "./checks.ts";
import { Tr101290 } from "./tr101290.ts";

const MAP_PID = 0x100;
const VIDEO_PID = 0x101;

const pat = writeProgramAssociation({
  transportStreamId: 1,
  versionNumber: 0,
  currentNextIndicator: true,
  sectionNumber: 0,
  lastSectionNumber: 0,
  programs: [{ programNumber: 1, programMapPid: MAP_PID }],
});
const pmt = writeProgramMap({
  programNumber: 1,
  versionNumber: 0,
  currentNextIndicator: true,
  pcrPid: VIDEO_PID,
  programInfo: [],
  elementaryStreams: [{ streamType: 0x1b, pid: VIDEO_PID, descriptors: [] }],
});

/** A right stream of one program, made packet by packet; each test breaks one thing. Time in milliseconds. */
class Stream {
  readonly check = new Tr101290();
  now = 0;
  /** Added to every PCR, in 27 MHz ticks. */
  pcrShift = 0;
  /** Called with each packet before it is looked at. */
  spoil: (packet: Uint8Array) => void = () => {};
  omit: (what: "pat" | "pmt" | "video" | "pts" | "pcr") => boolean = () => false;
  readonly #counters = new Map<number, number>();

  /** Plays on for so long: PAT and PMT every 100 ms, a picture with PTS and PCR every 40 ms. */
  play(ms: number): this {
    for (const end = this.now + ms; this.now < end; this.now += 20) {
      if (this.now % 100 === 0) {
        this.#section("pat", 0, pat);
        this.#section("pmt", MAP_PID, pmt);
      }
      if (this.now % 40 === 0 && !this.omit("video")) {
        this.picture();
      }
      this.check.expire(instant(this.now * 1_000));
    }
    return this;
  }

  picture(): void {
    const packet = new Uint8Array(PACKET_SIZE).fill(0);
    writeHeader(packet, 0, { pid: VIDEO_PID, payloadUnitStart: true, adaptationField: 7 });
    if (!this.omit("pcr")) {
      packet[5] = 0x10;
      writePcr(packet, 0, this.now * (PCR_HZ / 1_000) + this.pcrShift);
    }
    packet.set([0, 0, 1, 0xe0, 0, 0, 0x80, this.omit("pts") ? 0 : 0x80, 5], 12);
    writeStamp(packet, 21, this.now * 90);
    packet[21] = (packet[21] ?? 0) | 0x21;
    this.send(packet);
  }

  send(packet: Uint8Array): void {
    const pid = pidOf(packet, 0);
    const counter = this.#counters.get(pid) ?? 0;
    this.#counters.set(pid, counter + 1);
    setContinuityCounter(packet, 0, counter);
    this.spoil(packet);
    this.check.push(packet, 0, instant(this.now * 1_000));
  }

  errors(): Partial<Record<Check, number>> {
    return Object.fromEntries(CHECK_NAMES.map((name) => [name, this.check.count(name)] as const).filter(([, count]) => count > 0));
  }

  #section(what: "pat" | "pmt", pid: number, section: Uint8Array): void {
    if (!this.omit(what)) {
      this.sendSection(pid, section);
    }
  }

  sendSection(pid: number, section: Uint8Array): void {
    const packets = packetizeSection(section, pid, 0);
    for (let at = 0; at < packets.length; at += PACKET_SIZE) {
      this.send(packets.slice(at, at + PACKET_SIZE));
    }
  }
}

const once = (spoil: (packet: Uint8Array) => void, pid: number): ((packet: Uint8Array) => void) => {
  let isDone = false;
  return (packet) => {
    if (!isDone && pidOf(packet, 0) === pid) {
      isDone = true;
      spoil(packet);
    }
  };
};

test("a right stream has no error", () => {
  assert.deepEqual(new Stream().play(20_000).errors(), {});
});

const spoiled: [string, number, (packet: Uint8Array) => void, Partial<Record<Check, number>>][] = [
  ["a byte that is no sync byte", VIDEO_PID, (p) => (p[0] = 0x48), { syncByte: 1, continuityCounter: 1 }],
  ["a packet that somebody could not correct", VIDEO_PID, (p) => (p[1] = (p[1] ?? 0) | 0x80), { transport: 1, continuityCounter: 1 }],
  ["a counter that is out of order", VIDEO_PID, (p) => (p[3] = (p[3] ?? 0) ^ 8), { continuityCounter: 2 }],
  ["a wrong bit in the PAT", 0, (p) => (p[8] = (p[8] ?? 0) ^ 1), { crc: 1 }],
  ["a wrong bit in the map", MAP_PID, (p) => (p[12] = (p[12] ?? 0) ^ 1), { crc: 1 }],
  ["a PAT that is scrambled", 0, (p) => (p[3] = (p[3] ?? 0) | 0x80), { pat: 1 }],
  ["a map that is scrambled", MAP_PID, (p) => (p[3] = (p[3] ?? 0) | 0x80), { pmt: 1 }],
  ["a picture that is scrambled, without a CAT", VIDEO_PID, (p) => (p[3] = (p[3] ?? 0) | 0x80), { cat: 1 }],
];

for (const [what, pid, spoil, errors] of spoiled) {
  test(`${what} is found, and its packet kept`, () => {
    const stream = new Stream().play(1_000);
    let bad = new Uint8Array();
    stream.spoil = once((packet) => {
      spoil(packet);
      bad = packet.slice();
    }, pid);
    stream.play(1_000);

    assert.deepEqual(stream.errors(), errors);
    const [first] = Object.keys(errors) as Check[];
    assert.ok(first);
    assert.deepEqual(stream.check.evidence(first)?.packet, bad);
  });
}

const absent: [string, "pat" | "pmt" | "video" | "pts", number, Partial<Record<Check, number>>][] = [
  ["no PAT for 500 ms", "pat", 600, { pat: 1 }],
  ["no PAT for 490 ms", "pat", 400, {}],
  ["no map for 1.2 s", "pmt", 1_200, { pmt: 2 }],
  ["no PTS for 800 ms", "pts", 800, { pts: 1 }],
];

for (const [what, gone, ms, errors] of absent) {
  test(`${what}: ${JSON.stringify(errors)}`, () => {
    const stream = new Stream().play(1_000);
    stream.omit = (one) => one === gone;
    stream.play(ms);
    stream.omit = () => false;
    stream.play(1_000);
    assert.deepEqual(stream.errors(), errors);
  });
}

test("a PID that a program names and that stays away for 5 s is missed, once for every 5 s", () => {
  const stream = new Stream().play(1_000);
  stream.omit = (one) => one === "video";
  stream.play(11_000);
  assert.equal(stream.errors().pid, 2);
  stream.omit = () => false;
  const before = stream.errors();
  stream.play(4_000);
  assert.equal(stream.errors().pid, before.pid);
});

test("PCRs that are too far apart, that jump and that lie off the line are told apart", () => {
  const late = new Stream().play(1_000);
  late.omit = (one) => one === "pcr";
  late.play(160);
  late.omit = () => false;
  assert.deepEqual(late.play(1_000).errors(), { pcrRepetition: 1 });

  const jumping = new Stream().play(1_000);
  jumping.pcrShift = 5 * PCR_HZ;
  assert.deepEqual(jumping.play(1_000).errors(), { pcrDiscontinuity: 1 });

  const announced = new Stream().play(1_000);
  announced.pcrShift = -5 * PCR_HZ;
  announced.spoil = once((packet) => setDiscontinuityIndicator(packet, 0), VIDEO_PID);
  assert.deepEqual(announced.play(1_000).errors(), {});
});

test("one duplicate is allowed, a second one is not", () => {
  const stream = new Stream().play(1_000);
  const packet = new Uint8Array(PACKET_SIZE);
  writeHeader(packet, 0, { pid: VIDEO_PID, continuityCounter: 9 });
  setDiscontinuityIndicator(packet, 0);
  let kept = new Uint8Array();
  stream.spoil = once((one) => (kept = one.slice()), VIDEO_PID);
  stream.play(40);
  stream.check.push(kept, 0, instant(stream.now * 1_000));
  assert.deepEqual(stream.errors(), {});
  stream.check.push(kept, 0, instant(stream.now * 1_000));
  assert.deepEqual(stream.errors(), { continuityCounter: 1 });
});

test("a PID that nobody names is a stranger after 500 ms, and not before there are tables", () => {
  const stream = new Stream();
  stream.omit = (one) => one === "pat" || one === "pmt";
  stream.play(400);
  stream.omit = () => false;
  stream.play(600);
  const stranger = (): void => {
    const packet = new Uint8Array(PACKET_SIZE);
    writeHeader(packet, 0, { pid: 0x1abc });
    stream.send(packet);
  };
  for (let i = 0; i < 20; i++) {
    stranger();
    stream.play(20);
  }
  assert.equal(stream.errors().unreferencedPid, undefined);
  for (let i = 0; i < 20; i++) {
    stranger();
    stream.play(20);
  }
  assert.equal(stream.errors().unreferencedPid, 1);
});

test("service information is missed when it was there, must be of its kind, and not come too often", () => {
  const sdt = (tableId: number): Uint8Array =>
    writeSection({
      tableId,
      tableIdExtension: 1,
      versionNumber: 0,
      currentNextIndicator: true,
      sectionNumber: 0,
      lastSectionNumber: 0,
      body: Uint8Array.of(0, 1, 0xff),
    });
  const stream = new Stream().play(1_000);
  stream.sendSection(0x11, sdt(0x42));
  stream.play(1_900);
  assert.deepEqual(stream.errors(), {});
  stream.play(300);
  assert.deepEqual(stream.errors(), { sdt: 1 });
  stream.sendSection(0x11, sdt(0x42));
  stream.sendSection(0x11, sdt(0x42));
  stream.sendSection(0x11, sdt(0x40));
  stream.sendSection(0x13, sdt(0x42));
  assert.deepEqual(stream.errors(), { sdt: 2, siRepetition: 1, rst: 1 });
});

test("the window counts anew, the sum goes on", () => {
  const stream = new Stream().play(1_000);
  stream.check.syncLost(instant(1_000_000));
  stream.check.closeWindow();
  stream.check.syncLost(instant(1_000_000));
  assert.deepEqual([stream.check.count("syncLoss"), stream.check.windowCount("syncLoss")], [2, 1]);
});

test("a file that another program made has no error of priority 1 or 2 when it comes at its own pace", () => {
  const file = readFileSync(new URL("../../../apps/edge/demo/bilbycast-sample.m2t", import.meta.url));
  const check = new Tr101290();
  let clock = 0;
  let ticksPerPacket = 0;
  let last = { pcr: -1, packet: 0 };
  for (let at = 0, n = 0; at + PACKET_SIZE <= file.length; at += PACKET_SIZE, n++) {
    if (hasPcr(file, at)) {
      const pcr = readPcr(file, at);
      ticksPerPacket = last.pcr < 0 ? 0 : (pcr - last.pcr) / (n - last.packet);
      clock = last.pcr < 0 ? pcr : clock;
      last = { pcr, packet: n };
    }
    clock += ticksPerPacket;
    const now = instant(Math.round((clock / PCR_HZ) * 1e6));
    check.push(file, at, now);
    if (n % 50 === 0) {
      check.expire(now);
    }
  }
  const wrong = CHECK_NAMES.filter((name) => check.count(name) > 0);
  assert.deepEqual(
    wrong.filter((name) => !["nit", "sdt", "eit", "tdt", "siRepetition", "unreferencedPid"].includes(name)),
    [],
  );
});

test("rubbish is counted and nothing is thrown", () => {
  const random = seeded(101_290);
  const stream = new Stream().play(200);
  const packet = new Uint8Array(PACKET_SIZE);
  for (let i = 0; i < 100_000; i++) {
    for (let at = 0; at < 24; at++) {
      packet[at] = integer(random, 256);
    }
    packet[0] = integer(random, 4) === 0 ? (packet[0] ?? 0) : 0x47;
    stream.check.push(packet, 0, instant(200_000 + i * 10));
    if (i % 5_000 === 0) {
      stream.check.expire(instant(200_000 + i * 10));
    }
  }
  const errors = stream.errors();
  assert.ok((errors.syncByte ?? 0) > 0 && (errors.transport ?? 0) > 0 && (errors.continuityCounter ?? 0) > 0);
});
