import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { effective } from "@bilbycast/contracts/config";
import { isFault, type Fault } from "@bilbycast/foundation/fault";
import { ConfigStore } from "../src/config-store.ts";
import { Control } from "../src/control.ts";
import { createFlow, deleteFlow } from "../src/flow-edits.ts";
import { createPart, replacePart } from "../src/part-edits.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { declarations, wireInput, wireOutput } from "./test-declarations.ts";

type Fields = Record<string, unknown>;
type Running = { path: string; store: ConfigStore; control: Control; engine: MemoryEngine };

const flow = (id: string, more: Fields = {}): Fields => ({ id, name: id, ...more });

const started = async (t: TestContext, document: Fields): Promise<Running> => {
  const path = join(temporaryFolder(t), "config.json");
  writeFileSync(path, JSON.stringify({ version: 2, ...document }));
  const store = await ConfigStore.open(path, declarations);
  const engine = new MemoryEngine();
  const control = new Control({ store, engine, declarations, onChange: () => undefined });
  await control.start();
  return { path, store, control, engine };
};
const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(isFault(error), `no Fault: ${String(error)}`);
  return error;
};
const running = ({ engine }: Running): string[] =>
  engine.flows.map((spec) => [spec.id, ...spec.inputs.map(({ id }) => id), ...spec.outputs.map(({ id }) => id)].join(" "));

const BROKEN = {
  inputs: [
    wireInput("bad", 1, { bind_addr: "nowhere" }),
    wireInput("good", 5000),
    { type: "hologram", id: "later", name: "Later", depth: 3 },
  ],
  outputs: [wireOutput("o"), wireOutput("wrong", { dscp: 64 })],
  flows: [
    flow("broken", { clock_domain: 128 }),
    flow("half", { input_ids: ["bad"], output_ids: ["o", "wrong"] }),
    flow("whole", { input_ids: ["good"], flow_group_id: "g" }),
  ],
  flow_groups: [{ id: "g", name: "G", flow_ids: ["broken", "whole"] }],
};

test("what is invalid at start is left in the file and not run, and everything else runs", async (t) => {
  const edge = await started(t, BROKEN);

  assert.deepEqual(running(edge), ["half o", "whole good"]);
  assert.deepEqual(
    edge.store.broken.map(({ kind, id, path, problems }) => [kind, id, path, problems[0]?.path, problems[0]?.code]),
    [
      ["input", "bad", "inputs[0]", "inputs[0].bind_addr", "field_value"],
      ["input", "later", "inputs[2]", "inputs[2].type", "type_unknown"],
      ["output", "wrong", "outputs[1]", "outputs[1].dscp", "field_range"],
      ["flow", "broken", "flows[0]", "flows[0].clock_domain", "field_range"],
    ],
  );
  assert.deepEqual(edge.store.document["inputs"], BROKEN.inputs);
});

test("a change of something else leaves the broken entries as they are, on the disk too", async (t) => {
  const edge = await started(t, BROKEN);

  await edge.control.change((draft) => createPart(draft, "input", wireInput("new", 5001)));
  const again = await ConfigStore.open(edge.path, declarations);

  assert.equal(edge.store.broken.length, 4);
  assert.deepEqual(again.document["flows"], BROKEN.flows);
  assert.deepEqual(again.document["inputs"], [...BROKEN.inputs, wireInput("new", 5001)]);
});

test("a change that breaks an entry is refused whole, and names its own problems alone", async (t) => {
  const edge = await started(t, BROKEN);
  const before = readFileSync(edge.path, "utf8");

  const fault = await faultOf(
    edge.control.change((draft) => {
      createFlow(draft, flow("fine"));
      createPart(draft, "input", wireInput("new", 99_999));
    }),
  );

  assert.equal(fault.code, "config_invalid");
  assert.deepEqual(
    (fault.details["problems"] as Fields[]).map(({ path, field }) => [path, field]),
    [["inputs[3].bind_addr", "bind_addr"]],
  );
  assert.equal(readFileSync(edge.path, "utf8"), before);
  assert.deepEqual(running(edge), ["half o", "whole good"]);
});

test("a broken entry that is mended runs, one that is mended badly is refused, and one that is deleted is gone", async (t) => {
  const edge = await started(t, BROKEN);

  await edge.control.change((draft) => replacePart(draft, "input", "bad", wireInput("bad", 5001)));
  const fault = await faultOf(edge.control.change((draft) => replacePart(draft, "output", "wrong", wireOutput("wrong", { dscp: 65 }))));
  await edge.control.change((draft) => deleteFlow(draft, "broken"));

  assert.equal(fault.code, "config_invalid");
  assert.deepEqual(running(edge), ["half bad o", "whole good"]);
  assert.deepEqual(
    edge.store.broken.map(({ id }) => id),
    ["later", "wrong"],
  );
  assert.deepEqual(edge.store.config.flow_groups?.[0]?.flow_ids, ["whole"]);
});

test("a fault outside of flows and parts refuses the start", async (t) => {
  const path = join(temporaryFolder(t), "config.json");
  writeFileSync(path, JSON.stringify({ ...BROKEN, version: 2, server: { listen_port: 0 } }));

  const fault = await faultOf(ConfigStore.open(path, declarations));

  assert.equal(fault.code, "config_invalid");
  assert.ok((fault.details["problems"] as Fields[]).some(({ path: at }) => at === "server.listen_port"));
  assert.ok(
    (fault.details["problems"] as Fields[]).some(({ path: at }) => at === "inputs[0].bind_addr"),
    "every problem is told",
  );
});

test("what is in force shows broken entries in their places", async (t) => {
  const { store } = await started(t, BROKEN);

  const shown = effective(store.document, store.config) as { inputs: Fields[]; flows: Fields[] };

  assert.deepEqual(
    shown.inputs.map(({ id, active }) => [id, active]),
    [
      ["bad", undefined],
      ["good", true],
      ["later", undefined],
    ],
  );
  assert.deepEqual(shown.flows[1]?.["input_ids"], ["bad"]);
});

const GROUP = {
  inputs: [wireInput("a", 5000), wireInput("b", 5001), wireInput("c", 5002)],
  flows: [
    flow("video", { input_ids: ["a"], enabled: false }),
    flow("sound", { input_ids: ["b"], enabled: false }),
    flow("other", { input_ids: ["c"] }),
  ],
  flow_groups: [{ id: "studio", name: "Studio", clock_domain: 0, flows: ["video", "sound"] }],
};

test("the flows of a group start and stop in one step", async (t) => {
  const edge = await started(t, GROUP);
  const steps = edge.engine.applied.length;

  await edge.control.startGroup("studio");
  assert.deepEqual(running(edge), ["video a", "sound b", "other c"]);
  assert.equal((await faultOf(edge.control.startGroup("studio"))).code, "flow_already_running");
  await edge.control.stopGroup("studio");

  assert.deepEqual(running(edge), ["other c"]);
  assert.equal(edge.engine.applied.length, steps + 2);
  assert.equal((await faultOf(edge.control.stopGroup("studio"))).code, "flow_not_running");
  assert.equal((await faultOf(edge.control.startGroup("none"))).code, "flow_group_not_found");
});

test("a group of which one flow cannot open starts none, and says which part refused", async (t) => {
  const edge = await started(t, GROUP);
  edge.engine.refuse = "b";

  const fault = await faultOf(edge.control.startGroup("studio"));

  assert.equal(fault.code, "wire_bind_failed");
  assert.equal(fault.details["field"], "inputs[1].bind_addr");
  assert.deepEqual(running(edge), ["other c"]);
});

test("a group is read with flows or flow_ids, and written with flow_ids", async (t) => {
  const edge = await started(t, GROUP);

  await edge.control.change((draft) => (draft.document["device_name"] = "A"));

  const written = JSON.parse(readFileSync(edge.path, "utf8")) as { flow_groups: Fields[] };
  assert.deepEqual(written.flow_groups, [{ id: "studio", name: "Studio", clock_domain: 0, flow_ids: ["video", "sound"] }]);
});
