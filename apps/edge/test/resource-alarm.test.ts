import assert from "node:assert/strict";
import { test } from "node:test";
import { EDGE_EVENTS } from "@bilbycast/contracts/edge-api";
import { ResourceAlarm } from "../src/resource-alarm.ts";
import type { ResourceLimits } from "../src/resource-limits.ts";

const LIMITS: ResourceLimits = { cpu: { warning: 80, critical: 95 }, ram: { warning: 70, critical: 90 }, action: "alarm", grace: 10_000 };

/** Codes with the second that they come at, for one value of CPU and of RAM in each second. */
const codesOf = (cpu: readonly number[], ram: readonly number[] = [], limits = LIMITS): [number, string][] => {
  const alarm = new ResourceAlarm();
  return cpu.flatMap((cpuPercent, second) =>
    alarm.take({ cpuPercent, ramPercent: ram[second] ?? 0 }, limits, second * 1_000).map(({ code }): [number, string] => {
      assert.ok(code in EDGE_EVENTS, `${code} is declared`);
      return [second, code.replace("system_resources_", "")];
    }),
  );
};

const stay = (seconds: number, value: number): number[] => Array.from({ length: seconds }, () => value);

test("a limit counts once the value has been beyond it for the whole grace time, and not before", () => {
  assert.deepEqual(codesOf(stay(10, 85)), []);
  assert.deepEqual(codesOf(stay(30, 85)), [[10, "cpu_warning"]]);
});

test("a value that dips for a moment begins its grace time anew", () => {
  assert.deepEqual(codesOf([...stay(9, 85), 70, ...stay(10, 85)]), []);
});

test("recovery takes as long as the alarm, and a moment below the limit is none", () => {
  assert.deepEqual(codesOf([...stay(11, 85), ...stay(9, 20), 85, ...stay(11, 20)]), [
    [10, "cpu_warning"],
    [31, "recovered"],
  ]);
});

test("a value that sits on its limit raises one alarm", () => {
  const swing = Array.from({ length: 100 }, (_, second) => (second % 2 === 0 ? 81 : 79));

  assert.deepEqual(codesOf([...stay(11, 81), ...swing]), [[10, "cpu_warning"]]);
});

test("a rise straight to critical is told once, and the way down passes the warning", () => {
  assert.deepEqual(codesOf([...stay(11, 99), ...stay(11, 85), ...stay(11, 10)]), [
    [10, "cpu_critical"],
    [21, "cpu_warning"],
    [32, "recovered"],
  ]);
});

test("processor and memory have alarms of their own, and recovered means both", () => {
  const cpu = [...stay(11, 85), ...stay(40, 10)];
  const ram = [...stay(30, 95), ...stay(21, 10)];

  assert.deepEqual(codesOf(cpu, ram), [
    [10, "cpu_warning"],
    [10, "ram_critical"],
    [40, "recovered"],
  ]);
});

test("without grace a single value counts", () => {
  assert.deepEqual(codesOf([99, 10], [], { ...LIMITS, grace: 0 }), [
    [0, "cpu_critical"],
    [1, "recovered"],
  ]);
});

test("a limit of zero percent can be left behind again", () => {
  const limits = { ...LIMITS, cpu: { warning: 1, critical: 50 }, grace: 0 };

  assert.deepEqual(codesOf([5, 0], [], limits), [
    [0, "cpu_warning"],
    [1, "recovered"],
  ]);
});

test("an alarm says how far the value is beyond which limit", () => {
  const [event] = new ResourceAlarm().take({ cpuPercent: 97.5, ramPercent: 0 }, { ...LIMITS, action: "gate_flows", grace: 0 }, 0);

  assert.equal(event?.severity, "critical");
  assert.equal(event?.category, "system_resources");
  assert.match(event?.message ?? "", /97\.5 %.*95 %.*no flow is started/);
  assert.deepEqual(event?.details, { metric: "cpu", percent: 97.5, threshold: 95, grace_period_secs: 0, action: "gate_flows" });
});
