import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { EdgeProcess } from "./edge-process.ts";

const FLOWS = 200;

/** Milliseconds until what the start needed has been given back. */
const SETTLE = 4_000;

const idleFlows = (count: number): object => {
  const flows = Array.from({ length: count }, (_, flow) => flow);
  return {
    version: 2,
    inputs: flows.map((flow) => ({ type: "udp", id: `i${flow}`, name: `i${flow}`, bind_addr: "127.0.0.1:0" })),
    outputs: flows.map((flow) => ({ type: "udp", id: `o${flow}`, name: `o${flow}`, dest_addr: "127.0.0.1:9" })),
    flows: flows.map((flow) => ({ id: `f${flow}`, name: `f${flow}`, input_ids: [`i${flow}`], output_ids: [`o${flow}`] })),
  };
};

/** Kilobytes that an edge with so many idle flows holds, after all of them are open. */
const residentOf = async (t: TestContext, flows: number): Promise<number> => {
  const edge = await EdgeProcess.start(t, idleFlows(flows));
  const { pid } = await edge.running(1);
  const { data } = (await edge.call("GET", "/api/v1/stats")).body as { data: { flows: FlowStats[] } };
  assert.equal(data.flows.filter(({ error, outputs }) => error === undefined && outputs[0]?.error === undefined).length, flows);
  await sleep(SETTLE);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
};

test(`an edge at rest holds less than 240 MB, and each of ${FLOWS} idle flows less than 320 kB more`, { timeout: 55_000 }, async (t) => {
  // The first flow starts the threads that all of them share.
  const [empty, one, full] = await Promise.all([residentOf(t, 0), residentOf(t, 1), residentOf(t, 1 + FLOWS)]);

  const each = (full - one) / FLOWS;
  t.diagnostic(`at rest ${Math.round(empty / 1024)} MB, with one flow ${Math.round(one / 1024)} MB, ${Math.round(each)} kB each flow more`);
  assert.ok(empty > 0 && empty < 240 * 1024, `${empty} kB at rest`);
  assert.ok(each < 320, `${each} kB a flow`);
});
