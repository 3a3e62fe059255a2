import assert from "node:assert/strict";
import { test } from "node:test";
import type { EgressStage, Memory } from "@bilbycast/foundation/packets";
import { Arena, Lane } from "@bilbycast/engine/io";
import { tsStageOf, type OutputContext, type Registry } from "@bilbycast/engine/transport";
import { DatagramPacketizer } from "@bilbycast/protocols/datagram";
import { DelayPacer } from "@bilbycast/protocols/pacing";
import { PACKET_SIZE, pid as pidOf, UNIT_SIZE } from "@bilbycast/protocols/mpegts";
import { GaugeTally, tallies } from "@bilbycast/testkit/tally";
import { Mux, threePrograms } from "@bilbycast/testkit/streams";
import { ScriptedDriver, type ScriptedSocket } from "./scripted-driver.ts";
import { LaneHost } from "../lane-host.ts";
import { OUTPUT_STATS } from "../part-stats.ts";
import { registry as plain } from "./transports.ts";

const EAGAIN = 11;

type Config = Parameters<typeof tsStageOf>[0] & { delay?: number };

const stats = {
  ...tallies("packetsFilteredOut", "pidConflicts", "nullsInserted", "padOverrun"),
  programAbsent: new GaugeTally(),
};

const openStaged = (config: Config, context: OutputContext<never>): unknown =>
  context.send(
    { to: "127.0.0.1:9", dscp: 0, trains: true, fault: "plain_refused", ...partsOf(config, context.memory) },
    new DatagramPacketizer(),
  );

const partsOf = ({ delay, ...config }: Config, memory: Memory): { stage?: EgressStage; pacer?: DelayPacer } => ({
  ...tsStageOf(config, { memory, stats }, delay),
  ...(delay === undefined ? {} : { pacer: new DelayPacer(delay) }),
});

const module = plain.get("plain");
assert.ok(module?.runsOn === "lane");
const registry: Registry = new Map([...plain, ["staged", { ...module, openOutput: openStaged as never }]]);

class Rig {
  readonly arena = new Arena(8 * 2 ** 20);
  readonly driver = new ScriptedDriver(this.arena);
  readonly lane = new Lane(this.arena, this.driver, 0, () => {});
  readonly meters = new Float64Array(512);
  readonly died: unknown[] = [];
  readonly host: LaneHost;
  readonly mux = new Mux({ programs: threePrograms(), nulls: 0 }, 5);
  input: ScriptedSocket | undefined;

  constructor() {
    this.host = new LaneHost({
      lane: this.lane,
      registry,
      meters: this.meters,
      random32: () => 4,
      onFlowDied: (_flow, cause) => this.died.push(cause),
      onMishap: (cause) => assert.fail(String(cause)),
    });
    this.lane.run();
  }

  open(config: Config, queue = 64): ScriptedSocket {
    const inputs = [{ id: "in", kind: "plain", config: { bind: "127.0.0.1:1" }, meters: 16, tag: 1, mirrored: "all" as const }];
    const outputs = [{ id: "out", kind: "staged", config, meters: 64, tag: 1, mirrored: "all" as const }];
    void this.host.execute({
      do: "openFlow",
      flow: { id: "f", serial: 1, bus: { bytes: 2 ** 19, packets: 512 }, queue, inputs, active: "in", outputs },
      tolerant: false,
    });
    const [input, output] = this.driver.sockets.slice(-2) as [ScriptedSocket, ScriptedSocket];
    this.input = input;
    return output;
  }

  replace(config: Config): ScriptedSocket {
    const part = { id: "new", kind: "staged", config, meters: 128, tag: 1, mirrored: "all" as const };
    void this.host.execute({ do: "addOutput", flowId: "f", part, replaces: "out" });
    return this.driver.sockets.at(-1) as ScriptedSocket;
  }

  /** A pass that brings some units, which are returned as one. */
  pass(later: number, units = 0): Uint8Array {
    const bytes = this.mux.packets(units * 7);
    const datagrams = Array.from({ length: units }, (_, i) => bytes.subarray(i * UNIT_SIZE, (i + 1) * UNIT_SIZE));
    this.driver.pass(later, units === 0 ? undefined : this.input, ...datagrams);
    return bytes;
  }

  count(name: keyof typeof OUTPUT_STATS): number {
    return this.meters[64 + Object.keys(OUTPUT_STATS).indexOf(name)] ?? 0;
  }
}

const PROGRAM_1 = new Set([0x101, 0x102, 0x103]);

/** The packets of the streams of program 1, as text, so that they compare. */
const mediaOf = (parts: readonly Uint8Array[]): string[] =>
  parts.flatMap((bytes) =>
    Array.from({ length: bytes.length / PACKET_SIZE }, (_, i) => bytes.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE))
      .filter((packet) => PROGRAM_1.has(pidOf(packet, 0)))
      .map((packet) => Buffer.from(packet).toString("base64")),
  );

/** Feeds until both tables of the program were heard. */
const settle = (rig: Rig, output: ScriptedSocket): void => {
  for (let i = 0; i < 20; i++) {
    rig.pass(1_000, 2);
  }
  rig.pass(10_000);
  output.datagrams.length = 0;
};

test("what belongs to the program leaves in units of seven, and an incomplete one after 10 ms although nothing more comes", () => {
  const rig = new Rig();
  const output = rig.open({ program_number: 1 });
  settle(rig, output);
  const sent = Array.from({ length: 37 }, () => rig.pass(100, 1));

  assert.ok(output.datagrams.every(({ length }) => length === UNIT_SIZE));
  assert.ok(mediaOf(output.datagrams).length < mediaOf(sent).length, "the last ones wait");
  assert.ok(rig.lane.deadline() <= rig.lane.now + 10_000);
  rig.pass(10_000);

  assert.deepEqual(mediaOf(output.datagrams), mediaOf(sent));
  assert.equal(rig.lane.deadline(), Infinity);
  assert.deepEqual(rig.died, []);
});

test("while the socket has no room packets wait in the stage's ring and on the bus; then each leaves once, in order", () => {
  const rig = new Rig();
  const output = rig.open({ pid_map: { "258": 4_000 } });
  settle(rig, output);
  output.results.push(3, ...Array.from({ length: 30 }, () => -EAGAIN));
  const sent = Array.from({ length: 20 }, () => rig.pass(100, 3));
  const few = output.datagrams.length;
  output.results.length = 0;
  rig.pass(1_000);

  assert.ok(few <= 3);
  const isMedia = (pid: number): boolean => pid === 0x101 || pid === 0x103;
  const pick = (parts: readonly Uint8Array[]): string[] => mediaOf(parts).filter((text) => isMedia(pidOf(Buffer.from(text, "base64"), 0)));
  assert.deepEqual(pick(output.datagrams), pick(sent));
  assert.equal(rig.count("packetsDropped"), 0);
  assert.ok(rig.count("sendBlocked") > 0);
});

test("a socket that stays full costs the output its oldest packets, counted, and the bus nothing", () => {
  const rig = new Rig();
  const output = rig.open({ program_number: 1 }, 16);
  settle(rig, output);
  output.results.push(...Array.from({ length: 2_000 }, () => -EAGAIN));
  for (let i = 0; i < 400; i++) {
    rig.pass(100, 2);
  }

  assert.equal(output.datagrams.length, 0);
  assert.ok(rig.count("packetsDropped") > 100);
  assert.deepEqual(rig.died, []);
});

test("between an output and the one that takes its place no packet of the program is lost or sent twice", () => {
  const rig = new Rig();
  const old = rig.open({ program_number: 1 });
  settle(rig, old);
  const sent = Array.from({ length: 31 }, () => rig.pass(100, 1));
  const young = rig.replace({ program_number: 1, dscp: 10 } as Config);
  assert.equal(old.closed, true);
  sent.push(...Array.from({ length: 31 }, () => rig.pass(100, 1)));
  rig.pass(10_000);

  assert.ok(mediaOf(young.datagrams).length > 20);
  assert.deepEqual([...mediaOf(old.datagrams), ...mediaOf(young.datagrams)], mediaOf(sent));
  assert.deepEqual([pidOf(young.datagrams[0] ?? new Uint8Array(3), 0)], [0], "its first packet is the PAT");
});

test("an output with a stage takes the place of one without, and the other way round", () => {
  const rig = new Rig();
  const plain = rig.open({});
  settle(rig, plain);
  const sent = Array.from({ length: 10 }, () => rig.pass(100, 1));
  const mapped = rig.replace({ pid_map: { "512": 4_000 } });
  sent.push(...Array.from({ length: 10 }, () => rig.pass(100, 1)));

  assert.deepEqual([...mediaOf(plain.datagrams), ...mediaOf(mapped.datagrams)], mediaOf(sent));
});

test("a constant rate wakes the lane for each unit, at its time", () => {
  const rig = new Rig();
  // 7 packets in 2 ms.
  const output = rig.open({ cbr_pad_to_kbps: 5_264 });
  rig.pass(0, 1);
  const start = rig.lane.now;
  const times: number[] = [];
  for (let i = 1; i <= 20; i++) {
    times.push(rig.lane.deadline() - start);
    rig.pass(rig.lane.deadline() - rig.lane.now);
  }

  assert.deepEqual(
    times,
    Array.from({ length: 20 }, (_, i) => (i + 1) * 2_000),
  );
  assert.equal(output.datagrams.length, 21);
  assert.ok(output.datagrams.every(({ length }) => length === UNIT_SIZE));
});

test("a delay comes first: packets wait on the bus for it, and their program is taken out when they leave", () => {
  const rig = new Rig();
  const output = rig.open({ program_number: 1, delay: 20_000 });
  settle(rig, output);
  rig.pass(30_000);
  rig.pass(10_000);
  output.datagrams.length = 0;
  const sent = rig.pass(0, 30);
  rig.pass(19_999);
  assert.equal(output.datagrams.length, 0);
  assert.equal(rig.lane.deadline(), rig.lane.now + 1);

  rig.pass(1);
  assert.ok(mediaOf(output.datagrams).length > 20);
  rig.pass(10_000);
  assert.deepEqual(mediaOf(output.datagrams), mediaOf([sent]));
});

test("a constant rate behind a delay takes nobody for late", () => {
  const rig = new Rig();
  const output = rig.open({ cbr_pad_to_kbps: 5_264, delay: 60_000 });
  for (let i = 0; i < 60; i++) {
    rig.pass(2_500, 1);
  }

  assert.ok(output.datagrams.length > 40);
  assert.equal(stats.padOverrun.value, 0);
});

test("closing an output gives back what its stage reserved", () => {
  const rig = new Rig();
  const before = rig.arena.used;
  rig.open({ program_number: 1, cbr_pad_to_kbps: 1_000 });
  rig.pass(0, 3);
  void rig.host.execute({ do: "closeFlow", flowId: "f" });

  assert.equal(rig.arena.used, before);
  rig.pass(100_000);
  assert.equal(rig.lane.deadline(), Infinity);
});
