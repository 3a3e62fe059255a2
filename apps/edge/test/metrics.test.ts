import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { checkConfig, type Config } from "@bilbycast/contracts/config";
import { METRICS, METRIC_PREFIX, statFamilies } from "@bilbycast/contracts/edge-api";
import { INPUT_STATS, LANE_STATS, OUTPUT_STATS, type EngineSnapshot } from "@bilbycast/engine/flow";
import { counter, declare, gauge } from "@bilbycast/engine/transport/declare";
import { declarations as transports } from "@bilbycast/transports/declarations";
import { MetricsText } from "../src/metrics-text.ts";
import { renderMetrics, type MetricsContext } from "../src/metrics.ts";
import { Sampler } from "../src/sampler.ts";
import { parseMetrics, partSnapshot } from "./metrics-page.ts";
import { declarations, wireInput, wireOutput } from "./test-declarations.ts";

const NASTY = [`quote " backslash \\ end\\`, "line\nfeed\r\n", `<script>alert("x")</script>`, `} 1\nfake_metric{a="b"} 2`, "Ünïcode 📺"];

const configOf = (flowId: string): Config => {
  const { config, problems } = checkConfig(
    {
      version: 2,
      inputs: [wireInput("a", 5000), wireInput("b", 5001, { active: false })],
      outputs: [wireOutput("o")],
      flows: [
        { id: flowId, name: "F", input_ids: ["a", "b"], output_ids: ["o"], bandwidth_limit: { max_bitrate_mbps: 12.5, action: "alarm" } },
        { id: "stopped", name: "S", enabled: false, input_ids: [], output_ids: [] },
      ],
    },
    declarations,
  );
  assert.ok(config !== undefined, JSON.stringify(problems));
  return config;
};

/** The first declaration of the tests with stats of its own. */
const withStats = declarations.map((declaration) =>
  declare({
    ...declaration,
    stats: {
      packetsLost: counter("packets", "Lost.", "input"),
      interarrivalJitterUs: gauge("microseconds", "Jitter.", "input"),
      framesSent: counter("frames", "Sent.", "output"),
    },
  }),
);

const snapshot = (flowId: string, packets: number): EngineSnapshot => ({
  lanes: [{ lane: 0, backend: "memory", capabilities: {}, tick: 0, counters: { passes: 9, arenaUsed: 1e10 } }],
  flows: [
    {
      id: flowId,
      state: "running",
      startedAtMs: 0,
      lane: 0,
      activeInputId: "a",
      bandwidth: "blocked",
      inputs: [
        partSnapshot("a", {
          packetsReceived: packets,
          bytesReceived: packets * 1000,
          packetsLost: 7,
          interarrivalJitterUs: 250,
          lastReceivedUs: 5,
        }),
        partSnapshot("b", { packetsReceived: 0 }),
      ],
      outputs: [partSnapshot("o", { packetsSent: packets, bytesSent: packets * 1000, packetsDropped: 3, framesSent: 4 })],
    },
  ],
});

const context: MetricsContext = {
  version: "1.2.3",
  totalFlows: 2,
  uptimeSecs: 60,
  nowMs: 0,
  declarations: withStats,
  events: { info: 4, warning: 1, critical: 0 },
  system: { cpuPercent: 12.5, ramPercent: 40, ramUsedBytes: 4e9, ramTotalBytes: 1e10, critical: true },
};

const pageOf = (flowId: string) => {
  const sampler = new Sampler();
  sampler.take(snapshot(flowId, 0), 0);
  return parseMetrics(renderMetrics(sampler.take(snapshot(flowId, 2_000), 1_000), configOf(flowId), context));
};

test("a page of a running flow says what the flow does, in the names that the product has", () => {
  const page = pageOf("f");
  const value = (name: string): number | undefined => page.get(`${METRIC_PREFIX}${name}`)?.samples[0]?.value;

  assert.deepEqual(page.get("bilbycast_edge_info")?.samples, [{ name: "bilbycast_edge_info", labels: { version: "1.2.3" }, value: 1 }]);
  assert.deepEqual([value("flows_total"), value("flows_active"), value("uptime_seconds")], [2, 1, 60]);
  assert.deepEqual([value("system_cpu_percent"), value("system_ram_total_bytes"), value("system_resources_critical")], [12.5, 1e10, 1]);
  assert.deepEqual([value("flow_input_packets_total"), value("flow_input_bitrate_bps")], [2_000, 16_000_000]);
  assert.deepEqual([value("flow_input_packets_lost"), value("flow_pdv_jitter_us"), value("flow_iat_avg_us")], [7, 250, 500]);
  assert.deepEqual([value("flow_bandwidth_exceeded"), value("flow_bandwidth_blocked"), value("flow_bandwidth_limit_mbps")], [1, 1, 12.5]);
  assert.deepEqual(page.get("bilbycast_edge_flow_output_packets_dropped")?.samples[0]?.labels, { flow_id: "f", output_id: "o" });
  assert.deepEqual([value("wire_input_packets_lost_total"), value("wire_output_frames_sent_total")], [7, 4]);
  assert.deepEqual([value("lane_passes_total"), value("input_packets_received_total")], [9, 2_000]);
  assert.equal(page.get("bilbycast_edge_input_packets_received_total")?.samples.length, 2, "inputs on standby are shown too");
  assert.ok(![...page.keys()].some((name) => name.includes("last_received")), "a lane's own clock is not shown");
});

test("only running flows are on the page", () => {
  const page = pageOf("f");

  const flows = new Set([...page.values()].flatMap(({ samples }) => samples.flatMap(({ labels }) => labels["flow_id"] ?? [])));
  assert.deepEqual([...flows], ["f"]);
});

for (const id of NASTY) {
  test(`an id such as ${JSON.stringify(id)} is a label and nothing else`, () => {
    const page = pageOf(id);

    const [sample] = page.get("bilbycast_edge_flow_health")?.samples ?? [];
    assert.equal(sample?.labels["flow_id"], id.replaceAll("\r", "\\x0d"));
    assert.deepEqual([...page.keys()].toSorted(), [...pageOf("f").keys()].toSorted(), "no family was made up");
  });
}

test("control characters of a label are shown and not obeyed", () => {
  const text = new MetricsText();
  text.sample({ name: "x", type: "gauge", help: "back\\slash\nline", labels: ["id"] }, ["\u001b[31mred\u009b\ud800"], Number.NaN);

  assert.equal(
    text.text(),
    '# HELP bilbycast_edge_x back\\\\slash\\nline\n# TYPE bilbycast_edge_x gauge\nbilbycast_edge_x{id="\\\\x1b[31mred\\\\x9b\ufffd"} NaN\n',
  );
});

test("infinities and fractions are written as the format has them", () => {
  const text = new MetricsText();
  for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.25, -3, 2 ** 53, 1e-9]) {
    text.sample({ name: "x", type: "gauge", help: "", labels: ["n"] }, [String(value)], value);
  }

  const values = parseMetrics(text.text().replace("HELP bilbycast_edge_x \n", "HELP bilbycast_edge_x h\n")).get(
    "bilbycast_edge_x",
  )?.samples;
  assert.deepEqual(
    values?.map(({ value }) => value),
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.25, -3, 2 ** 53, 1e-9],
  );
});

test("a sample without a value for each label is a bug of ours", () => {
  assert.throws(() => new MetricsText().sample({ name: "x", type: "gauge", help: "", labels: ["id"] }, [], 1), CheckFailed);
});

test("no two families of the product have one name, and every declared stat has a family", () => {
  const names = [
    ...Object.keys(METRICS),
    ...[...statFamilies({ side: "lane" }, LANE_STATS).values()].map(({ name }) => name),
    ...[...statFamilies({ side: "input" }, INPUT_STATS).values()].map(({ name }) => name),
    ...[...statFamilies({ side: "output" }, OUTPUT_STATS).values()].map(({ name }) => name),
    ...transports.flatMap(({ kind, stats }) =>
      (["input", "output"] as const).flatMap((side) => [...statFamilies({ side, kind }, stats).values()].map(({ name }) => name)),
    ),
  ];

  assert.ok(names.length > 80);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) {
    assert.match(name, /^[a-z][a-z0-9_]*$/);
  }
});
