import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";
import { EdgeProcess } from "./edge-process.ts";
import { parseMetrics } from "./metrics-page.ts";

const NAME = 'a "quoted" flow\nwith <b>markup</b> \\ and more';

const udpFlow = (id: string, bind: string): object => ({
  version: 2,
  inputs: [{ type: "udp", id: "in", name: "in", bind_addr: bind }],
  outputs: [{ type: "udp", id: "out", name: "out", dest_addr: "127.0.0.1:9" }],
  flows: [{ id, name: id, input_ids: ["in"], output_ids: ["out"] }],
});

/** The first answer that is one; the test's own limit ends the waiting. */
const eventually = async <T>(ask: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    await sleep(100);
  }
};

const eventsOf = async (edge: EdgeProcess): Promise<EdgeEventRecord[]> =>
  ((await edge.call("GET", "/api/v1/events")).body["data"] as { events: EdgeEventRecord[] }).events;

test("an edge serves a page that a strict reader takes, with its machine, its lanes and its flows", { timeout: 50_000 }, async (t) => {
  const edge = await EdgeProcess.start(t, udpFlow(NAME, "127.0.0.1:0"));
  const { address } = await edge.running(1);

  const page = await eventually(async () => {
    const response = await fetch(`${address}/metrics`);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const families = parseMetrics(await response.text());
    return families.has("bilbycast_edge_system_ram_percent") ? families : undefined;
  });

  assert.deepEqual(page.get("bilbycast_edge_flow_output_packets_total")?.samples[0]?.labels, { flow_id: NAME, output_id: "out" });
  assert.equal(page.get("bilbycast_edge_flows_active")?.samples[0]?.value, 1);
  assert.ok((page.get("bilbycast_edge_lane_passes_total")?.samples[0]?.value ?? 0) > 0);
  const { system_resources: system } = (await edge.call("GET", "/health")).body as { system_resources?: Record<string, unknown> };
  assert.deepEqual(Object.keys(system ?? {}).toSorted(), ["cpu_percent", "critical", "ram_percent", "ram_total_bytes", "ram_used_bytes"]);
  assert.equal(system?.["critical"], false);
  assert.ok((page.get("bilbycast_edge_system_ram_total_bytes")?.samples[0]?.value ?? 0) > 1e6);
});

test("an input that nobody feeds is an event after a while, and the first datagram ends it", { timeout: 50_000 }, async (t) => {
  const edge = await EdgeProcess.start(t, udpFlow("f", "127.0.0.1:0"));
  const lost = await eventually(async () => (await eventsOf(edge)).find(({ details }) => details.error_code === "input_lost"));

  const stats = (await edge.call("GET", "/api/v1/stats/f")).body["data"] as { input: { local_addr: string } };
  const sender = createSocket("udp4");
  t.after(() => sender.close());
  const unit = Buffer.alloc(188 * 7, 0xff);
  for (let packet = 0; packet < 7; packet++) {
    unit[packet * 188] = 0x47;
  }
  sender.send(unit, Number(stats.input.local_addr.split(":").at(-1)), "127.0.0.1");
  const regained = await eventually(async () => (await eventsOf(edge)).find(({ details }) => details.error_code === "input_regained"));

  assert.deepEqual([lost.severity, lost.category, lost.flow_id, lost.input_id], ["critical", "flow", "f", "in"]);
  assert.deepEqual([regained.severity, regained.flow_id, regained.input_id], ["info", "f", "in"]);
});

test("a port that another program holds is a port conflict that names it", { timeout: 50_000 }, async (t) => {
  const holder = createSocket("udp4");
  t.after(() => holder.close());
  holder.bind(0, "127.0.0.1");
  await once(holder, "listening");
  const addr = `127.0.0.1:${holder.address().port}`;
  const edge = await EdgeProcess.start(t, udpFlow("f", addr));

  const conflict = await eventually(async () => (await eventsOf(edge)).find(({ category }) => category === "port_conflict"));

  const { details } = conflict;
  assert.deepEqual([conflict.flow_id, conflict.input_id, conflict.severity], ["f", "in", "critical"]);
  assert.deepEqual(
    [details.error_code, details["component"], details["addr"], details["protocol"]],
    ["udp_bind_failed", "udp input", addr, "udp"],
  );
  assert.match(String(details["error"]), /in/);
});
