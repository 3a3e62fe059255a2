import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { test, type TestContext } from "node:test";
import { testApi, type TestApi } from "./test-api.ts";

const FLOWS = ["f1", "f2", "f3"];

/** Three flows of two inputs each. `changes`: how often a configuration was written. */
const open = async (t: TestContext): Promise<{ api: TestApi; changes: () => number }> => {
  let count = 0;
  const inputs = FLOWS.flatMap((flow, i) =>
    ["a", "b"].map((name, j) => ({
      type: "wire",
      id: `${flow}-${name}`,
      name,
      active: j === 0,
      bind_addr: `127.0.0.1:${5_000 + 2 * i + j}`,
    })),
  );
  const flows = FLOWS.map((id) => ({ id, name: id, input_ids: [`${id}-a`, `${id}-b`], output_ids: [] }));
  const api = await testApi(t, { config: { inputs, outputs: [], flows }, onChange: () => (count += 1) });
  return { api, changes: () => count };
};

const activeIn = ({ store }: TestApi): string[] => store.config.inputs.filter(({ active }) => active).map(({ id }) => id);

test("switches that come together are made together, and written once", async (t) => {
  const { api, changes } = await open(t);
  // Something else has its turn, so that they wait for theirs.
  const before = api.control.restartFlow("f1");

  const made = await Promise.all(FLOWS.map((flow) => api.control.activateInput(flow, `${flow}-b`)));
  await before;

  assert.deepEqual(made, [true, true, true]);
  assert.deepEqual(api.engine.switched, [
    ["f1", "f1-b"],
    ["f2", "f2-b"],
    ["f3", "f3-b"],
  ]);
  assert.equal(changes(), 1);
  assert.deepEqual(activeIn(api), ["f1-b", "f2-b", "f3-b"]);
});

test("so are those that come one message after the other in the same moment, while nothing else is done", async (t) => {
  const { api, changes } = await open(t);

  const made: Promise<boolean>[] = [];
  for (const flow of FLOWS) {
    made.push(api.control.activateInput(flow, `${flow}-b`));
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }

  assert.deepEqual(await Promise.all(made), [true, true, true]);
  assert.equal(changes(), 1);
});

test("two switches of one flow are made one after the other", async (t) => {
  const { api, changes } = await open(t);

  const made = await Promise.all([
    api.control.activateInput("f1", "f1-b"),
    api.control.activateInput("f2", "f2-b"),
    api.control.activateInput("f1", "f1-a"),
    api.control.activateInput("f1", "f1-a"),
  ]);

  assert.deepEqual(made, [true, true, true, false]);
  assert.deepEqual(
    api.engine.switched.filter(([flow]) => flow === "f1").map(([, input]) => input),
    ["f1-b", "f1-a"],
  );
  assert.equal(changes(), 2);
  assert.deepEqual(activeIn(api), ["f1-a", "f2-b", "f3-a"]);
});

test("one that cannot be made leaves the others as they are", async (t) => {
  const { api, changes } = await open(t);

  const made = await Promise.allSettled([
    api.control.activateInput("f1", "f2-b"),
    api.control.activateInput("f2", "f2-b"),
    api.control.activateInput("none", "f2-b"),
    api.control.activateInput("f3", "f3-a"),
  ]);

  assert.deepEqual(
    made.map((each) => (each.status === "fulfilled" ? each.value : (each.reason as { code: string }).code)),
    ["input_not_on_flow", true, "flow_not_found", false],
  );
  assert.equal(changes(), 1);
});

test("a switch stays behind a change that was asked for before it", async (t) => {
  const { api } = await open(t);

  const first = api.control.activateInput("f1", "f1-b");
  const stopped = api.control.stopFlow("f2");
  const late = api.control.activateInput("f2", "f2-b").catch((error: unknown) => (error as { code: string }).code);

  assert.equal(await first, true);
  await stopped;
  assert.equal(await late, "flow_not_running");
});

test("where the disk takes nothing all of them are taken back", async (t) => {
  const { api } = await open(t);
  rmSync(dirname(api.path), { recursive: true });

  const made = await Promise.allSettled(FLOWS.slice(0, 2).map((flow) => api.control.activateInput(flow, `${flow}-b`)));

  assert.deepEqual(
    made.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.deepEqual(
    api.engine.flows.map(({ active }) => active),
    ["f1-a", "f2-a", "f3-a"],
  );
});
