import assert from "node:assert/strict";
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

export const EAGAIN = 11;

/** `legs`: senders that share the stage. */
type Config = Parameters<typeof tsStageOf>[0] & { delay?: number; legs?: number };

export const stageStats = {
  ...tallies("packetsFilteredOut", "pidConflicts", "nullsInserted", "padOverrun"),
  programAbsent: new GaugeTally(),
};

const openStaged = (config: Config, context: OutputContext<never>): unknown => {
  const parts = partsOf(config, context.memory);
  return Array.from({ length: config.legs ?? 1 }, () =>
    context.send({ to: "127.0.0.1:9", dscp: 0, trains: true, fault: "plain_refused", ...parts }, new DatagramPacketizer()),
  );
};

const partsOf = ({ delay, legs: _legs, ...config }: Config, memory: Memory): { stage?: EgressStage; pacer?: DelayPacer } => ({
  ...tsStageOf(config, { memory, stats: stageStats }, delay),
  ...(delay === undefined ? {} : { pacer: new DelayPacer(delay) }),
});

const module = plain.get("plain");
assert.ok(module?.runsOn === "lane");
const registry: Registry = new Map([...plain, ["staged", { ...module, openOutput: openStaged as never }]]);

/** A lane of scripted sockets with one flow, whose output has a stage. */
export class StagedRig {
  readonly arena = new Arena(8 * 2 ** 20);
  readonly driver = new ScriptedDriver(this.arena);
  readonly lane = new Lane(this.arena, this.driver, 0, () => {});
  readonly meters = new Float64Array(512);
  readonly died: unknown[] = [];
  readonly host: LaneHost;
  readonly mux = new Mux({ programs: threePrograms(), nulls: 0 }, 5);
  input: ScriptedSocket | undefined;
  /** The sockets of the output that was opened first. */
  legs: ScriptedSocket[] = [];

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
    const [input, ...legs] = this.driver.sockets.slice(-1 - (config.legs ?? 1)) as [ScriptedSocket, ScriptedSocket];
    this.input = input;
    this.legs = legs;
    return legs[0];
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
export const mediaOf = (parts: readonly Uint8Array[]): string[] =>
  parts.flatMap((bytes) =>
    Array.from({ length: bytes.length / PACKET_SIZE }, (_, i) => bytes.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE))
      .filter((packet) => PROGRAM_1.has(pidOf(packet, 0)))
      .map((packet) => Buffer.from(packet).toString("base64")),
  );

/** Feeds until both tables of the program were heard. */
export const settle = (rig: StagedRig): void => {
  for (let i = 0; i < 20; i++) {
    rig.pass(1_000, 2);
  }
  rig.pass(10_000);
  for (const { datagrams } of rig.legs) {
    datagrams.length = 0;
  }
};
