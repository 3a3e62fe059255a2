import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, type Config } from "@bilbycast/contracts/config";
import { flowStatsSchema } from "@bilbycast/contracts/edge-api";
import type { EngineSnapshot, FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";
import { allFlowStats } from "../src/flow-stats.ts";
import { partKey, Sampler } from "../src/sampler.ts";
import { declarations, wireInput, wireOutput } from "./test-declarations.ts";

const config = (): Config => {
  const { config: checked, problems } = checkConfig(
    {
      version: 2,
      inputs: [wireInput("a", 5000), wireInput("b", 5001, { active: false })],
      outputs: [wireOutput("o")],
      flows: [{ id: "f", name: "F", input_ids: ["a", "b"], output_ids: ["o"] }],
    },
    declarations,
  );
  assert.ok(checked !== undefined, JSON.stringify(problems));
  return checked;
};

const part = (id: string, counters: Record<string, number>, more: Partial<PartSnapshot> = {}): PartSnapshot => ({
  id,
  kind: "wire",
  state: "running",
  counters,
  ...more,
});

type Traffic = { received?: number; sent?: number; lost?: number; dropped?: number };

const snapshot = (traffic: Traffic, more: Partial<FlowSnapshot> = {}): EngineSnapshot => ({
  lanes: [],
  flows: [
    {
      id: "f",
      state: "running",
      startedAtMs: 10_000,
      lane: 0,
      activeInputId: "a",
      inputs: [
        part("a", {
          packetsReceived: traffic.received ?? 0,
          bytesReceived: (traffic.received ?? 0) * 1316,
          packetsLost: traffic.lost ?? 0,
          lastReceivedUs: 7,
        }),
        part("b", { packetsReceived: 0, bytesReceived: 0 }),
      ],
      outputs: [
        part("o", {
          packetsSent: traffic.sent ?? 0,
          bytesSent: (traffic.sent ?? 0) * 1316,
          packetsDropped: traffic.dropped ?? 0,
          sendBlocked: 3,
        }),
      ],
      ...more,
    },
  ],
});

/** The stats after a series of snapshots, one second apart. */
const after = (...snapshots: EngineSnapshot[]) => {
  const sampler = new Sampler();
  const samples = snapshots.map((taken, second) => sampler.take(taken, second * 1_000));
  const last = samples.at(-1);
  assert.ok(last !== undefined);
  const [stats] = allFlowStats(config(), last, 15_500);
  assert.ok(stats !== undefined);
  return flowStatsSchema.parse(stats);
};

test("a flow that carries is running and healthy, with rates of the last second", () => {
  const stats = after(snapshot({ received: 100, sent: 100 }), snapshot({ received: 1_100, sent: 1_090 }));

  assert.equal(stats.state, "running");
  assert.equal(stats.health, "Healthy");
  assert.equal(stats.uptime_secs, 5);
  assert.equal(stats.input?.bitrate_bps, 1_000 * 1316 * 8);
  assert.equal(stats.input?.state, "receiving");
  assert.equal(stats.inputs_live[1]?.state, "waiting");
  assert.equal(stats.outputs[0]?.bitrate_bps, 990 * 1316 * 8);
  assert.equal(stats.outputs[0]?.["send_blocked"], 3);
  assert.equal(stats.outputs[0]?.["dest_addr"], "127.0.0.1:6000");
  assert.equal(stats.input?.["last_received_us"], undefined);
});

test("inputs and outputs are told by the names that people gave them", () => {
  const named = config();
  Object.assign(named.inputs[0] ?? {}, { name: "Camera 1" });
  Object.assign(named.outputs[0] ?? {}, { name: "Studio over RTP" });
  const [stats] = allFlowStats(named, new Sampler().take(snapshot({}), 0), 0);

  assert.deepEqual([stats?.input?.input_name, stats?.inputs_live[0]?.input_name], ["Camera 1", "Camera 1"]);
  assert.equal(stats?.outputs[0]?.output_name, "Studio over RTP");
});

test("the pace and the jitter of the active input are the flow's", () => {
  const jittery = (received: number): EngineSnapshot => {
    const whole = snapshot({ received });
    Object.assign(whole.flows[0]?.inputs[0]?.counters ?? {}, { interarrivalJitterUs: 412.4, shortestGapUs: 0, longestGapUs: 40_000 });
    return whole;
  };
  const stats = after(jittery(100), jittery(600));

  assert.deepEqual(stats.iat, { min_us: 0, max_us: 40_000, avg_us: 2_000 });
  assert.equal(stats.pdv_jitter_us, 412);
  assert.deepEqual(after(snapshot({}), snapshot({ received: 4 })).iat, { avg_us: 250_000 });
  assert.deepEqual(after(snapshot({}), snapshot({})).iat, undefined);
});

test("a flow above its bandwidth limit says so, and one that is blocked is degraded", () => {
  const exceeded = after(snapshot({}), snapshot({ received: 9, sent: 9 }, { bandwidth: "exceeded" }));
  const blocked = after(snapshot({}), snapshot({ received: 9 }, { bandwidth: "blocked" }));

  assert.deepEqual([exceeded.bandwidth_exceeded, exceeded.bandwidth_blocked, exceeded.state], [true, undefined, "running"]);
  assert.deepEqual([exceeded.health, exceeded.health_reasons[0]?.code], ["Warning", "bandwidth_exceeded"]);
  assert.deepEqual([blocked.bandwidth_exceeded, blocked.bandwidth_blocked, blocked.state], [true, true, "degraded"]);
  assert.deepEqual([blocked.health, blocked.health_reasons[0]?.code], ["Error", "bandwidth_blocked"]);
});

test("reasons stand worst first", () => {
  const parts = { outputs: [part("o", {}, { state: "failed" })], bandwidth: "exceeded" as const };
  const stats = after(snapshot({ received: 5 }), snapshot({ received: 5, lost: 3 }, parts));

  assert.deepEqual(
    stats.health_reasons.map(({ severity }) => severity),
    ["Critical", "Error", "Warning", "Warning"],
  );
  assert.equal(stats.health, "Critical");
});

test("ids that run into each other are still two parts", () => {
  assert.notEqual(partKey("ab", "input", "c"), partKey("a", "input", "bc"));
  assert.notEqual(partKey("a", "input", "2 b"), partKey("a2 ", "input", "b"));
  assert.notEqual(partKey("a", "input", "b"), partKey("a", "output", "b"));
});

test("a flow that the engine does not run is stopped, with its parts idle", () => {
  const stats = after({ lanes: [], flows: [] });

  assert.deepEqual([stats.state, stats.health, stats.active_input_id, stats.outputs[0]?.state], ["stopped", "Healthy", "a", "idle"]);
});

/** The state and the first reason for the second of two snapshots. */
const states: [name: string, first: EngineSnapshot, second: EngineSnapshot, state: string, reason: string | undefined][] = [
  ["nothing that comes in", snapshot({ received: 5 }), snapshot({ received: 5 }), "stalled", "no_data"],
  ["no active input", inactive(), inactive(), "stalled", "no_input"],
  ["a flow that is not open yet", snapshot({}), snapshot({ received: 9 }, { state: "starting" }), "starting", undefined],
  ["a flow that could not open", snapshot({}), snapshot({ received: 9 }, { state: "failed" }), "failed", "flow_failed"],
  [
    "an output that is not open",
    snapshot({}),
    snapshot({ received: 9 }, { outputs: [part("o", {}, { state: "failed" })] }),
    "degraded",
    "output_failed",
  ],
  ["lost packets", snapshot({ received: 1 }), snapshot({ received: 9, lost: 1 }), "degraded", "packet_loss"],
  ["many lost packets", snapshot({ received: 1 }), snapshot({ received: 9, lost: 101 }), "degraded", "packet_loss_high"],
  ["an output that drops", snapshot({ received: 1 }), snapshot({ received: 9, dropped: 4 }), "degraded", "output_dropping"],
];

for (const [name, first, second, state, reason] of states) {
  test(`${name}: the flow is ${state}`, () => {
    const stats = after(first, second);

    assert.equal(stats.state, state);
    assert.equal(stats.health_reasons[0]?.code, reason);
  });
}

test("a loss is forgotten after a minute", () => {
  const sampler = new Sampler();
  sampler.take(snapshot({ received: 1 }), 0);
  const soon = sampler.take(snapshot({ received: 2, lost: 7 }), 1_000).lossByFlow.get("f");
  const late = sampler.take(snapshot({ received: 3, lost: 7 }), 61_001).lossByFlow.get("f");

  assert.deepEqual(soon, { lost: 7, dropped: 0 });
  assert.deepEqual(late, { lost: 0, dropped: 0 });
});

test("a reading within the second keeps the rates and brings the counters", () => {
  const sampler = new Sampler();
  sampler.take(snapshot({ received: 0 }), 0);
  sampler.take(snapshot({ received: 1_000 }), 1_000);

  const [stats] = allFlowStats(config(), sampler.take(snapshot({ received: 1_001 }), 1_010), 15_000);

  assert.equal(stats?.input?.bitrate_bps, 1_000 * 1316 * 8);
  assert.equal(stats?.input?.packets_received, 1_001);
});

test("a part that was opened anew counts from 0 and never shows a negative rate", () => {
  const stats = after(snapshot({ received: 1_000, lost: 50 }), snapshot({ received: 10, lost: 0 }));

  assert.equal(stats.input?.bitrate_bps, 0);
  assert.equal(stats.state, "running");
});

function inactive(): EngineSnapshot {
  const whole = snapshot({ received: 1 });
  const [flow] = whole.flows;
  assert.ok(flow !== undefined);
  const { activeInputId: _, ...rest } = flow;
  return { ...whole, flows: [rest] };
}
