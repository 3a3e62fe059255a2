import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { TABLES_ALONE } from "@bilbycast/engine/analysis";
import { Arena, Lane, SharedReader } from "@bilbycast/engine/io";
import type { Registry } from "@bilbycast/engine/transport";
import {
  NULL_PID,
  PACKET_SIZE,
  packetizeSection,
  pid as pidOf,
  readPcrTrust,
  PCR_TRUST_PLACES,
  writeHeader,
  writePcr,
  writeProgramAssociation,
  writeProgramMap,
} from "@bilbycast/protocols/mpegts";
import { LaneHost } from "../lane-host.ts";
import type { PartOrder } from "../orders.ts";
import { INPUT_STATS } from "../part-stats.ts";
import type { SwitchOutcome } from "../switch-watch.ts";
import { ScriptedDriver, type ScriptedSocket } from "./scripted-driver.ts";
import { registry as plain } from "./transports.ts";

const module = plain.get("plain");
assert.ok(module);
const registry: Registry = new Map([
  ["stream", { ...module, declaration: { ...module.declaration, kind: "stream", gives: "ts" } } as typeof module],
  ["plain", module],
]);

const VIDEO = 0x101;
const head = { versionNumber: 5, currentNextIndicator: true, sectionNumber: 0, lastSectionNumber: 0 };

/** Datagrams of one source. */
class Source {
  #counter: number;
  readonly #mark: number;

  constructor(mark: number, counter: number) {
    this.#mark = mark;
    this.#counter = counter;
  }

  tables(): Uint8Array {
    const pat = writeProgramAssociation({ ...head, transportStreamId: this.#mark, programs: [{ programNumber: 1, programMapPid: 0x100 }] });
    const elementaryStreams = [{ streamType: 0x1b, pid: VIDEO, descriptors: [] }];
    const pmt = writeProgramMap({ ...head, programNumber: 1, pcrPid: VIDEO, programInfo: [], elementaryStreams });
    return Uint8Array.from([...packetizeSection(pat, 0, 3), ...packetizeSection(pmt, 0x100, 9)]);
  }

  picture(ms: number, isKey = false): Uint8Array {
    const packet = new Uint8Array(PACKET_SIZE).fill(this.#mark);
    writeHeader(packet, 0, { pid: VIDEO, adaptationField: 20, continuityCounter: this.#counter++ & 15 });
    packet[5] = isKey ? 0x50 : 0x10;
    writePcr(packet, 0, ms * 27_000);
    return packet;
  }
}

class Rig {
  readonly driver: ScriptedDriver;
  readonly arena = new Arena(64 * 2 ** 20);
  readonly host: LaneHost;
  readonly meters = new Float64Array(512);
  readonly outcomes: SwitchOutcome[] = [];
  readonly inputs: ScriptedSocket[];
  readonly output: ScriptedSocket;
  readonly trustAt: number;

  constructor(kind = "stream") {
    this.driver = new ScriptedDriver(this.arena);
    const lane = new Lane(this.arena, this.driver, 0, () => {});
    this.host = new LaneHost({
      lane,
      registry,
      meters: this.meters,
      random32: () => 4,
      onFlowDied: (_flow, cause) => assert.fail(String(cause)),
      onMishap: (cause) => assert.fail(String(cause)),
      onSwitched: (_flow, outcome) => this.outcomes.push(outcome),
    });
    lane.run();
    const part = (id: string, meters: number, config: object): PartOrder => ({
      ...{ id, kind: id === "out" ? "plain" : kind, config: config as PartOrder["config"], meters, tag: meters, mirrored: "all" },
    });
    const opened = this.host.execute({
      do: "openFlow",
      tolerant: false,
      flow: {
        ...{ id: "f", serial: 1, bus: { bytes: 2 ** 19, packets: 64 }, queue: 64, active: "a" },
        inputs: [part("a", 16, { bind: "127.0.0.1:1" }), part("b", 64, { bind: "127.0.0.1:2" })],
        outputs: [part("out", 128, { to: "127.0.0.1:9" })],
      },
    });
    assert.ok(!(opened instanceof Promise));
    this.trustAt = opened.parts?.find(({ partId }) => partId === "out")?.pcrTrust ?? 0;
    this.inputs = this.driver.sockets.slice(0, 2);
    this.output = this.driver.sockets[2] as ScriptedSocket;
  }

  feed(input: number, ...datagrams: Uint8Array[]): void {
    this.driver.pass(1_000, this.inputs[input], ...datagrams);
  }

  switch(inputId: string): void {
    void this.host.execute({ do: "switchInput", flowId: "f", inputId, commandedAt: instant(this.driver.time - 40) });
    this.driver.pass();
  }

  /** Packets that left since the last time. */
  take(): Uint8Array[] {
    return this.output.datagrams
      .splice(0)
      .flatMap((unit) =>
        Array.from({ length: unit.length / PACKET_SIZE }, (_, i) => unit.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE)),
      );
  }
}

const seen = (packet: Uint8Array): string =>
  `${pidOf(packet, 0)}/${(packet[3] ?? 0) & 15}${((packet[5] ?? 0) & 0x80) !== 0 && (packet[3] ?? 0) & 0x20 ? "!" : ""}`;

test("at a switch the tables of the new input leave at once, its packets follow in the counters of the old one", () => {
  const rig = new Rig();
  const [a, b] = [new Source(1, 4), new Source(2, 11)];
  rig.feed(0, a.tables(), a.picture(0), a.picture(40));
  rig.feed(1, b.tables(), b.picture(90_000));
  assert.deepEqual(rig.take().map(seen), ["0/3", "256/9", "257/4", "257/5"]);

  rig.switch("b");
  assert.deepEqual(rig.take().map(seen), ["0/4", "256/10"], "before anything came from it");
  rig.feed(1, b.picture(90_040), b.picture(90_080), b.tables());

  assert.deepEqual(rig.take().map(seen), ["257/6!", "257/7", "0/5", "256/11"]);
});

test("a switch is confirmed when a picture to begin with has come and each output has sent; all times are of the lane's clock", () => {
  const rig = new Rig();
  const [a, b] = [new Source(1, 0), new Source(2, 0)];
  rig.feed(0, a.tables(), a.picture(0));
  rig.feed(1, b.tables(), b.picture(0));
  rig.switch("b");
  const switchedAt = rig.driver.time;
  rig.feed(1, b.picture(40));
  assert.deepEqual(rig.outcomes, []);
  rig.feed(1, b.picture(80, true));

  assert.deepEqual(rig.outcomes, [
    {
      inputId: "b",
      commandedAt: switchedAt - 40,
      switchedAt,
      firstPacketAt: switchedAt + 1_000,
      randomAccessAt: switchedAt + 2_000,
      outputs: [{ id: "out", firstDatagramAt: switchedAt + 1_000 }],
      doubts: [],
    },
  ]);
});

test("after two seconds a switch that is not through says what is missing, once", () => {
  const nothing = new Rig();
  nothing.feed(0, new Source(1, 0).tables());
  nothing.switch("b");
  nothing.driver.pass(1_999_999);
  assert.equal(nothing.outcomes.length, 0);
  nothing.driver.pass(1);
  nothing.driver.pass(5_000_000);
  assert.deepEqual(
    nothing.outcomes.map(({ doubts }) => doubts),
    [["no_packet"]],
  );

  const deaf = new Rig();
  const b = new Source(2, 0);
  deaf.switch("b");
  deaf.output.results.push(...Array.from({ length: 10 }, () => -11));
  deaf.feed(1, b.tables(), b.picture(0));
  deaf.driver.pass(2_000_000);
  assert.deepEqual(deaf.outcomes[0]?.doubts, ["no_random_access_point", "output_silent"]);
});

test("a switch that is overtaken by another one says so", () => {
  const rig = new Rig();
  rig.switch("b");
  rig.switch("a");

  assert.deepEqual(
    rig.outcomes.map(({ inputId, doubts }) => [inputId, doubts]),
    [["b", ["superseded"]]],
  );
});

test("while the input on air is silent receivers get a datagram of stuffing every 250 ms, and none before it ever spoke", () => {
  const rig = new Rig();
  rig.driver.pass(1_000_000);
  assert.deepEqual(rig.take(), []);
  const a = new Source(1, 0);
  rig.feed(0, a.tables());
  rig.take();

  rig.driver.pass(249_000);
  assert.deepEqual(rig.take(), []);
  rig.driver.pass(1_000);
  const stuffing = rig.take();
  assert.equal(stuffing.length, 7);
  assert.ok(stuffing.every((packet) => pidOf(packet, 0) === NULL_PID));
  for (let i = 0; i < 4; i++) {
    rig.driver.pass(250_000);
  }
  assert.equal(rig.take().length, 28);
  rig.feed(0, a.picture(0));
  rig.take();
  rig.driver.pass(200_000);
  assert.deepEqual(rig.take(), [], "it speaks again");
});

test("what is no transport stream is left alone, also at a switch", () => {
  const rig = new Rig("plain");
  const letter = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
  rig.feed(0, letter("a"));
  rig.switch("b");
  rig.feed(1, letter("b"));
  rig.driver.pass(1_000_000);

  assert.deepEqual(rig.output.sent, ["a", "b"]);
});

test("an input is counted when its clock jumps", () => {
  const rig = new Rig();
  const a = new Source(1, 0);
  rig.feed(0, a.tables(), a.picture(10_000), a.picture(10_040), a.picture(0));

  assert.equal(rig.meters[16 + Object.keys(INPUT_STATS).indexOf("sourceDiscontinuities")], 1);
});

test("the distance of PCRs as they leave is held against the distance of their values", () => {
  const rig = new Rig();
  const a = new Source(1, 0);
  rig.feed(0, a.tables());
  for (let i = 0; i < 50; i++) {
    rig.driver.pass(40_000 + (i % 2) * 2_000 - 1_000, rig.inputs[0], a.picture(i * 40));
  }
  const figures = readPcrTrust(new Float64Array(rig.arena.memory.buffer, rig.trustAt, PCR_TRUST_PLACES));

  assert.equal(figures?.samples, 49);
  assert.ok(figures.p50Us >= 1_000 && figures.p99Us <= 1_060, JSON.stringify(figures));
  assert.equal(figures.greatestUs, 1_000);
});

test("the analysers' ring has what every input brought, by its number; with less wished, the units with tables alone", () => {
  const rig = new Rig();
  const answer = rig.host.execute({ do: "mirror" });
  assert.ok(!(answer instanceof Promise) && answer.bus !== undefined);
  const reader = new SharedReader(rig.arena.memory.buffer, answer.bus, 64);
  const read = (): [number, number][] => {
    const units: [number, number][] = [];
    reader.read(new Uint8Array(65_536), (_start, length, _arrival, tag) => units.push([tag, length / PACKET_SIZE]));
    return units;
  };
  const [a, b] = [new Source(1, 0), new Source(2, 0)];
  rig.feed(0, a.tables(), a.picture(0));
  rig.feed(1, b.picture(0));
  assert.deepEqual(read(), [
    [16, 2],
    [16, 1],
    [64, 1],
  ]);

  void rig.host.execute({ do: "mirrorInput", flowId: "f", partId: "a", mirrored: "tables" });
  rig.feed(0, a.picture(40), a.tables(), a.picture(80));
  assert.deepEqual(read(), [[16 + TABLES_ALONE, 2]], "and they are told from all others");
});
