import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EXIT_CONFIG, EXIT_USAGE } from "../src/exit-codes.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** The settings of the unit's service, each with the last value that is given. */
const settings = new Map(
  [...read("deploy/bilbycast-edge.service").matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key ?? "", value ?? ""]),
);

test("the systemd unit starts the program that the package installs, and does not repeat what trying again cannot mend", () => {
  const { bin } = JSON.parse(read("apps/edge/package.json")) as { bin: Record<string, string> };

  const program = settings.get("ExecStart")?.split(" ")[0] ?? "";

  assert.ok(
    Object.keys(bin).some((name) => program.endsWith(`/node_modules/.bin/${name}`)),
    program,
  );
  assert.equal(settings.get("RestartPreventExitStatus"), `${EXIT_USAGE} ${EXIT_CONFIG}`);
});

test("systemd waits for the end longer than the launcher does, and leaves JavaScript's compiler alone", () => {
  const patience = Number(/STOP_PATIENCE = ([\d_]+)/.exec(read("service/launch/launch.cjs"))?.[1]?.replaceAll("_", "")) / 1_000;

  assert.ok(patience > 0 && Number(settings.get("TimeoutStopSec")) > patience);
  assert.equal(settings.has("MemoryDenyWriteExecute"), false);
});
