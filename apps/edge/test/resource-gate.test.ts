import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Fault } from "@bilbycast/foundation/fault";
import type { EngineEvent } from "@bilbycast/engine/flow";
import { ConfigStore } from "../src/config-store.ts";
import { Control } from "../src/control.ts";
import { statusOf } from "../src/api/fault-status.ts";
import { resourceLimitsOf } from "../src/resource-limits.ts";
import { Sampler } from "../src/sampler.ts";
import { readProcStat, SystemLoadMeter } from "../src/system-load.ts";
import { SystemWatch } from "../src/system-watch.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { declarations, wireInput } from "./test-declarations.ts";

const GIGABYTE = 1e9;

/** A control plane with limits, on a machine whose use of memory the test sets. */
const machine = async (t: TestContext, action: "alarm" | "gate_flows") => {
  const store = await ConfigStore.open(join(temporaryFolder(t), "config.json"), declarations);
  const engine = new MemoryEngine();
  const ram = { used: 0, total: 10 * GIGABYTE };
  const events: EngineEvent[] = [];
  const watch = new SystemWatch({
    limits: () => resourceLimitsOf(store.config),
    record: (event) => {
      if (event.category === "system_resources") {
        events.push(event);
      }
    },
    onTrouble: () => undefined,
    meter: new SystemLoadMeter({ times: () => ({ busy: 0, total: 0 }), ram: () => ram }),
  });
  const control = new Control({ store, engine, declarations, onChange: () => undefined, gate: () => watch.gate() });
  await control.start();
  const inputs = ["a", "b", "c"].map((id, i) => wireInput(id, 5000 + i));
  const flow = (id: string, enabled = true): object => ({ id, name: id, enabled, input_ids: [id], output_ids: [] });
  const limits = { critical_action: action, grace_period_secs: 2 };
  const write = (...flows: object[]): Promise<unknown> =>
    control.replace({ version: 2, resource_limits: limits, inputs, outputs: [], flows });
  await write(flow("a"), flow("b", false));
  const sampler = new Sampler();
  let second = 0;
  const pass = (seconds: number, percent: number): void => {
    ram.used = (percent / 100) * ram.total;
    for (let i = 0; i < seconds; i++) {
      watch.take(sampler.take(engine.snapshot(), second * 1_000));
      second += 1;
    }
  };
  return { control, engine, events, flow, pass, watch, write };
};

const isCritical = (fault: unknown): boolean =>
  fault instanceof Fault && fault.code === "resources_critical" && statusOf(fault.code) === 503;

test("while memory is critical gate_flows refuses what would start a flow, and nothing else", async (t) => {
  const { control, engine, events, flow, pass, write } = await machine(t, "gate_flows");
  pass(5, 97);
  assert.deepEqual(
    events.map(({ code }) => code),
    ["system_resources_ram_critical"],
  );

  await assert.rejects(write(flow("a"), flow("b", false), flow("c")), isCritical);
  await assert.rejects(control.startFlow("b"), isCritical);
  assert.deepEqual(
    engine.flows.map(({ id }) => id),
    ["a"],
    "what ran runs on",
  );
  await control.restartFlow("a");
  await control.stopFlow("a");

  pass(5, 20);
  await control.startFlow("b");
  assert.deepEqual(
    engine.flows.map(({ id }) => id),
    ["b"],
  );
  assert.equal(events.at(-1)?.code, "system_resources_recovered");
});

test("with alarm a critical machine is told of and starts flows all the same", async (t) => {
  const { control, events, pass } = await machine(t, "alarm");
  pass(5, 97);

  await control.startFlow("b");

  assert.equal(events[0]?.code, "system_resources_ram_critical");
});

test("the system's state has the load and whether it is critical, once there is something to compare with", async (t) => {
  const { pass, watch } = await machine(t, "alarm");
  pass(1, 50);
  const before = watch.system;
  pass(1, 50);
  const normal = watch.system;
  pass(4, 99);
  const critical = watch.system;

  assert.equal(before, undefined);
  assert.deepEqual(normal, { cpuPercent: 0, ramPercent: 50, ramUsedBytes: 5 * GIGABYTE, ramTotalBytes: 10 * GIGABYTE, critical: false });
  assert.equal(critical?.critical, true);
});

test("the use of the processors is that between two looks", () => {
  const looks = [
    { busy: 1_000, total: 5_000 },
    { busy: 1_250, total: 6_000 },
    { busy: 1_250, total: 6_000 },
  ];
  const meter = new SystemLoadMeter({ times: () => looks.shift() ?? { busy: 0, total: 0 }, ram: () => ({ used: 1, total: 3 }) });

  assert.equal(meter.take(), undefined);
  assert.deepEqual(meter.take(), { cpuPercent: 25, ramPercent: 33.3, ramUsedBytes: 1, ramTotalBytes: 3 });
  assert.equal(meter.take()?.cpuPercent, 0);
});

test("the line of /proc/stat is read without idle time, waiting for disks and guests", () => {
  assert.deepEqual(readProcStat("cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1 1 1 1\n"), { busy: 81, total: 531 });
  assert.equal(readProcStat("intr 1 2 3"), undefined);
});

test("this machine's own load is within its bounds", () => {
  const meter = new SystemLoadMeter();
  meter.take();
  const load = meter.take();

  assert.ok(load !== undefined);
  assert.ok(load.cpuPercent >= 0 && load.cpuPercent <= 100);
  assert.ok(load.ramUsedBytes > 0 && load.ramUsedBytes < load.ramTotalBytes);
});
