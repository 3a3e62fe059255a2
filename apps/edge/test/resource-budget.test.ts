import assert from "node:assert/strict";
import { test } from "node:test";
import { healthSchema } from "@bilbycast/contracts/edge-api";
import type { EngineSnapshot, MediaSnapshot } from "@bilbycast/engine/flow";
import { cpuFacts, readCpu, resourceBudget, unitsTotal } from "../src/resource-budget.ts";

const flow = (id: string): EngineSnapshot["flows"][number] => ({ id, state: "running", startedAtMs: 0, lane: 0, inputs: [], outputs: [] });

const lane = { lane: 0, backend: "memory", capabilities: {}, tick: 0, counters: {} };

const hostEnds = { crashed: 0, hung: 0, memory: 0, protocol: 0, not_started: 0, recycled: 0 };

const IDLE: MediaSnapshot = { state: "idle", hosts: [], hostEnds, unitsUsed: 0, unitsTotal: unitsTotal() };

const budgetOf = (more: Partial<EngineSnapshot>) => resourceBudget({ flows: [], lanes: [lane], media: IDLE, ...more });

const resourceBudgetSchema = healthSchema.shape.resource_budget.unwrap();

test("a node that does nothing says what it could do, and of what it has not that it has not", () => {
  const { cpu, ...budget } = resourceBudgetSchema.parse(budgetOf({}));
  const none = Object.fromEntries(
    ["nvenc", "qsv", "videotoolbox", "amf", "vaapi", "rkmpp"].flatMap((kind) => [
      [`h264_${kind}`, false],
      [`hevc_${kind}`, false],
    ]),
  );

  assert.deepEqual(cpu, cpuFacts());
  assert.deepEqual(budget, {
    hw_encoders: none,
    hw_decoders: none,
    hw_session_usage: { nvenc_in_use: 0, qsv_in_use: 0, videotoolbox_in_use: 0, amf_in_use: 0 },
    sw_capacity: {
      x264_720p30_streams: cpu.physical_cores,
      x265_720p30_streams: Math.floor(cpu.physical_cores / 2),
      aac_encode_streams: 50 * cpu.physical_cores,
    },
    units_total: 1_000 + 200 * cpu.physical_cores,
    units_used: 0,
    live: null,
    threads: { codec_pool_count: 0, lanes: 1 },
    media: { state: "idle" },
    hosts: [],
  });
});

test("flows and codecs take of it, and each codec is a thread of its host", () => {
  const host = { pid: 7, state: "ready" as const, jobs: ["f/a", "f/b"], cpu_percent: 3, rss_bytes: 9e7 };
  const media: MediaSnapshot = {
    state: "running",
    backend: { name: "node-av", version: "8.1" },
    hosts: [host, { ...host, pid: 8, jobs: ["g/a"] }],
    hostEnds,
    unitsUsed: 204,
    unitsTotal: 1_400,
  };

  const budget = resourceBudgetSchema.parse(budgetOf({ flows: [flow("f"), flow("g")], lanes: [lane, { ...lane, lane: 1 }], media }));

  assert.deepEqual([budget.units_total, budget.units_used, budget.sw_capacity.x264_720p30_streams], [1_400, 206, 2]);
  assert.deepEqual(budget.threads, { codec_pool_count: 3, lanes: 2 });
  assert.deepEqual(budget.media, { state: "running", backend: "node-av", version: "8.1" });
  assert.deepEqual(
    budget.hosts.map(({ pid, state, jobs }) => [pid, state, jobs]),
    [
      [7, "ready", ["f/a", "f/b"]],
      [8, "ready", ["g/a"]],
    ],
  );
});

test("an engine without codecs has no budget", () => {
  assert.equal(resourceBudget({ flows: [], lanes: [lane] }), undefined);
});

test("cores are counted once however many threads they have", () => {
  const block = (processor: number, physical: number, core: number): string =>
    `processor\t: ${processor}\nphysical id\t: ${physical}\ncore id\t\t: ${core}\nflags\t\t: fpu avx avx2\n`;
  const text = [block(0, 0, 0), block(1, 0, 1), block(2, 0, 0), block(3, 0, 1), block(4, 1, 0)].join("\n");

  assert.deepEqual(readCpu(text, 5, " A CPU "), { brand: "A CPU", physical_cores: 3, logical_cores: 5, avx_class: "avx2" });
  assert.deepEqual(readCpu("", 4, "x"), { brand: "x", physical_cores: 4, logical_cores: 4, avx_class: "none" });
});
