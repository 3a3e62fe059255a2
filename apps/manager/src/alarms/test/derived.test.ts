import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowSummary, NodeSummary } from "../../drivers/driver.ts";
import { ownDraft, type EventDraft } from "../../events/event-draft.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";
import { NodeConditions } from "../conditions.ts";
import { NodeWatch, type Standing } from "../derived/node-watch.ts";

const flow = (fields: Partial<FlowSummary> = {}): FlowSummary => ({
  flow_id: "f",
  name: "Flow",
  state: "running",
  health: "Healthy",
  bitrate_in_bps: 8_000_000,
  bitrate_out_bps: 8_000_000,
  packets_received: null,
  packets_lost: null,
  rtt_ms: null,
  active_input_id: "cam",
  ...fields,
});

const summary = (flows: FlowSummary[], cpu = 10, ram = 10): NodeSummary => ({
  uptime_secs: 1,
  cpu_percent: cpu,
  ram_percent: ram,
  active_flows: flows.length,
  total_flows: flows.length,
  flows,
  metrics: [],
});

/** A watch on a clock of its own: a second of statistics at a time, and what was found with its second. */
const watching = (standing: Standing[] = []) => {
  const watch = new NodeWatch(standing, 0);
  let second = 0;
  const found: string[] = [];
  const note = (findings: ReturnType<NodeWatch["take"]>): void =>
    findings.forEach(({ flowId, is, rule }) => found.push(`${second} ${is === "raise" ? rule.raises : rule.clears} ${flowId ?? "-"}`));
  return {
    found,
    says: (seconds: number, of: (second: number) => NodeSummary) => {
      for (const end = second + seconds; second < end;) {
        second += 1;
        note(watch.take(of(second), second * 1_000));
        note(watch.wait(second * 1_000));
      }
    },
    isSilent: (seconds: number) => {
      for (const end = second + seconds; second < end;) {
        second += 1;
        note(watch.wait(second * 1_000));
      }
    },
  };
};

test("a flow that loses its signal raises after ten seconds and clears after five good ones; one that never had any waits in peace", () => {
  const { found, says } = watching();
  says(30, () => summary([flow({ flow_id: "new", bitrate_in_bps: 0 }), flow()]));
  says(9, () => summary([flow({ bitrate_in_bps: 0 })]));
  says(1, () => summary([flow()]));
  says(12, () => summary([flow({ bitrate_in_bps: 0 })]));
  says(3, () => summary([flow()]));
  says(1, () => summary([flow({ bitrate_in_bps: 0 })]));
  says(10, () => summary([flow()]));

  assert.deepEqual(found, ["51 flow_no_signal f", "62 flow_signal_returned f"]);
});

test("a flow that is stopped, and one that is gone, miss nothing any more", () => {
  const { found, says } = watching();
  says(1, () => summary([flow(), flow({ flow_id: "g" })]));
  says(12, () => summary([flow({ bitrate_in_bps: 0 }), flow({ flow_id: "g", bitrate_in_bps: 0 })]));
  says(1, () => summary([flow({ bitrate_in_bps: 0, state: "stopped" })]));
  says(60, () => summary([flow({ bitrate_in_bps: 0 })]));

  assert.deepEqual(found, ["12 flow_no_signal f", "12 flow_no_signal g", "14 flow_signal_returned f", "14 flow_signal_returned g"]);
});

test("loss over a per cent in ten seconds raises, between the limits nothing happens, and thirty good seconds clear", () => {
  const { found, says } = watching();
  let [received, lost] = [0, 0];
  const losing = (perMille: number) => () => {
    received += 1_000 - perMille;
    lost += perMille;
    return summary([flow({ packets_received: received, packets_lost: lost })]);
  };
  says(21, losing(9));
  says(10, losing(20));
  says(40, losing(5));
  says(40, losing(1));
  received = 0;
  lost = 0;
  says(12, losing(0));

  assert.deepEqual(found, ["31 flow_loss_high f", "101 flow_loss_normal f"]);
});

test("processors and memory have a limit for the worse and one for the better, each for thirty seconds", () => {
  const { found, says } = watching();
  says(29, () => summary([], 95, 97));
  says(1, () => summary([], 85, 92));
  says(32, () => summary([], 95, 97));
  says(60, () => summary([], 85, 92));
  says(31, () => summary([], 70, 80));

  assert.deepEqual(found, ["61 node_cpu_high -", "61 node_memory_high -", "153 node_cpu_normal -", "153 node_memory_normal -"]);
});

test("a node that is connected and says nothing is silent after fifteen seconds", () => {
  const { found, isSilent, says } = watching();
  says(5, () => summary([]));
  isSilent(20);
  says(10, () => summary([]));

  assert.deepEqual(found, ["20 node_silent -", "29 node_speaks -"]);
});

test("what stood when the watch began is not raised a second time, and ends", () => {
  const standing = [
    { code: "flow_no_signal", flowId: "f" },
    { code: "flow_no_signal", flowId: "gone" },
    { code: "node_cpu_high", flowId: null },
  ];
  const { found, says } = watching(standing);
  says(1, () => summary([flow({ bitrate_in_bps: 0 })], 95));
  says(60, () => summary([flow({ bitrate_in_bps: 0 })], 95));
  says(31, () => summary([flow()], 10));

  assert.deepEqual(found, ["1 flow_signal_returned gone", "67 flow_signal_returned f", "92 node_cpu_normal -"]);
});

test("what the node itself has told is not told again, and what it tells later takes the place", () => {
  const own = (code: string, flowId: string): EventDraft =>
    ownDraft(
      { nodeId: "n", epoch: 1n },
      { severity: "critical", category: "flow", message: code, flowId, details: { error_code: code } },
      1,
    );
  const told = (code: string, flowId: string): EventDraft => ({ ...own(code, flowId), isOwn: false, inputId: "cam" });
  const conditions = new NodeConditions([]);
  conditions.take(told("input_lost", "f"), 1);

  assert.equal(conditions.isToldAlready(own("flow_no_signal", "f")), true);
  assert.equal(conditions.isToldAlready(own("flow_no_signal", "g")), false);
  conditions.take(own("flow_no_signal", "g"), 1);
  conditions.take(told("input_lost", "g"), 2);
  assert.deepEqual(
    [...conditions.changed].map(({ errorCode, flowId, isRaised }) => `${errorCode} ${flowId} ${isRaised}`),
    ["input_lost f true", "flow_no_signal g false", "input_lost g true"],
  );
});

test("a node of the real door that loses its signal without a word has an alarm, and one that told of it has no second one", async () => {
  const manager = await testManager();
  await addPerson(manager.database, "root", {}, "super_admin");
  const root = await TestClient.loggedIn(manager, "root");
  const known = await addNode(manager, "DARK-1");
  const node = await TestNode.connect(manager, known);
  let bitrate = 5_000_000;
  const say = (): void =>
    node.stats(["f", "g"].map((id) => ({ flow_id: id, flow_name: id, state: "running", input: { bitrate_bps: bitrate } })));
  const timer = setInterval(say, 500);
  const codes = async (): Promise<string[]> =>
    ((await root.get(`/alarms?node_id=${known.id}`)).body["alarms"] as { error_code: string; flow_id: string; is_raised: boolean }[])
      .filter(({ is_raised: isRaised }) => isRaised)
      .map(({ error_code: code, flow_id: id }) => `${code} ${id}`);
  try {
    // Until it is watched, which takes a second.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    bitrate = 0;
    node.event("input_lost", "critical", { flow_id: "g", input_id: "cam" });
    await eventually(async () => (await codes()).length === 2, 30);
    assert.deepEqual((await codes()).toSorted(), ["flow_no_signal f", "input_lost g"]);
    bitrate = 5_000_000;
    node.event("input_regained", "info", { flow_id: "g", input_id: "cam" });
    await eventually(async () => (await codes()).length === 0, 30);
  } finally {
    clearInterval(timer);
  }
  const events = (await root.get("/events?limit=50")).body["entries"] as { error_code: string; flow_id: string | null }[];
  assert.deepEqual(
    events.filter(({ error_code: code }) => code.startsWith("flow_")).map(({ error_code: code, flow_id: id }) => `${code} ${id}`),
    ["flow_signal_returned f", "flow_no_signal f"],
  );
  await node.close();
});
