import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { isFault, type Fault } from "@bilbycast/foundation/fault";
import { ConfigStore } from "../src/config-store.ts";
import { Control } from "../src/control.ts";
import { createPart } from "../src/part-edits.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { declarations, wireInput, wireOutput } from "./test-declarations.ts";

const NODE_ID = "6f1c2c1e-6f0b-4f0c-9b51-0d4f3c6f6b6a";

const fileIn = (t: TestContext, content?: unknown): string => {
  const path = join(temporaryFolder(t), "config.json");
  if (content !== undefined) {
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  return path;
};
const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
const controlOf = (store: ConfigStore, engine: MemoryEngine): Control =>
  new Control({ store, engine, declarations, onChange: () => undefined });
const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(isFault(error), `no Fault: ${String(error)}`);
  return error;
};

test("a missing file is an empty configuration on loopback", async (t) => {
  const path = fileIn(t);

  const store = await ConfigStore.open(path, declarations);

  assert.deepEqual(store.config.server, { listen_addr: "127.0.0.1", listen_port: 8080 });
  assert.deepEqual(store.config.flows, []);
  assert.equal(existsSync(path), false);
});

test("the identity that is made at the first start is the same at the next", async (t) => {
  const path = fileIn(t);

  const first = await ConfigStore.open(path, declarations);
  await first.keepIdentity();
  const second = await ConfigStore.open(path, declarations);

  assert.match(first.config.node_id ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(second.config.node_id, first.config.node_id);
});

test("what this version does not know survives a change of something else, at every level", async (t) => {
  const written = {
    version: 2,
    node_id: NODE_ID,
    server: { listen_addr: "127.0.0.1", listen_port: 8080, later: 1, tls: { cert_path: "c", key_path: "k", later: [1] } },
    cellular_uplinks: [{ id: "t", extra: null }],
    inputs: [wireInput("a", 5000, { redundancy: { bind_addr: "x", deep: { er: 1 } } })],
    outputs: [wireOutput("o", { fec_encode: { columns: 10 } })],
    flows: [{ id: "f", name: "F", input_ids: ["a"], output_ids: ["o"], recording: { enabled: true }, thumbnail_program_number: null }],
  };
  const path = fileIn(t, written);
  const store = await ConfigStore.open(path, declarations);

  await controlOf(store, new MemoryEngine()).change((draft) => createPart(draft, "input", wireInput("b", 5001)));

  const { generation, ...document } = read(path);
  const { tls, ...server } = written.server;
  assert.deepEqual(document, { ...written, server, inputs: [...written.inputs, wireInput("b", 5001)] });
  assert.equal(generation, 1, "no secret changed since the first save");
  assert.deepEqual((await ConfigStore.open(path, declarations)).document["server"], { ...server, tls });
});

test("a file of version 1 is read, replaced by version 2 at the first change, and kept beside it", async (t) => {
  const written = { version: 1, flows: [{ id: "f", name: "F", input: { type: "wire", bind_addr: "127.0.0.1:1" }, outputs: [] }] };
  const path = fileIn(t, written);
  const store = await ConfigStore.open(path, declarations);
  assert.deepEqual(read(path), written);

  await controlOf(store, new MemoryEngine()).change((draft) => createPart(draft, "input", wireInput("b", 5001)));

  assert.equal(read(path)["version"], 2);
  assert.deepEqual(read(join(dirname(path), "config.v1.json")), written);
  assert.deepEqual((await ConfigStore.open(path, declarations)).config.flows[0]?.input_ids, ["f-in"]);
});

test("a file of a newer version is refused and not touched", async (t) => {
  const text = '{ "version": 3,\n "flows": {} }';
  const path = fileIn(t, text);

  const fault = await faultOf(ConfigStore.open(path, declarations));

  assert.equal(fault.code, "config_invalid");
  assert.match(fault.message, /newer/);
  assert.equal(readFileSync(path, "utf8"), text);
});

test("a file that is cut off is refused with the reason and not touched", async (t) => {
  const path = fileIn(t, '{"version": 2, "flows": [');

  const fault = await faultOf(ConfigStore.open(path, declarations));

  assert.equal(fault.code, "config_unreadable");
  assert.match(fault.toJSON().message, /JSON/);
});

test("a crash between the temporary file and the rename leaves the old file, and the next change works", async (t) => {
  const path = fileIn(t, { version: 2, node_id: NODE_ID });
  writeFileSync(`${path}.tmp`, '{"version": 2, "inp');

  const store = await ConfigStore.open(path, declarations);
  await controlOf(store, new MemoryEngine()).change((draft) => createPart(draft, "input", wireInput("b", 5001)));

  assert.equal((read(path)["inputs"] as unknown[]).length, 1);
  assert.deepEqual(readdirSync(dirname(path)).toSorted(), ["config.json", "secrets.json", "secrets.key"]);
});

test("a disk that refuses takes the engine back to where it was", async (t) => {
  const path = fileIn(t, {
    version: 2,
    node_id: NODE_ID,
    inputs: [wireInput("a", 5000)],
    flows: [{ id: "f", name: "F", input_ids: ["a"] }],
  });
  const store = await ConfigStore.open(path, declarations);
  const engine = new MemoryEngine();
  const control = controlOf(store, engine);
  await control.start();
  const [flows, document] = [engine.flows, store.document];
  // A folder where the temporary file belongs: nobody, not even root, can write there.
  mkdirSync(join(`${path}.tmp`, "full"), { recursive: true });

  const fault = await faultOf(
    control.change((draft) => {
      createPart(draft, "input", wireInput("b", 5001));
      draft.list("flows").push({ id: "g", name: "G", input_ids: ["b"] });
    }),
  );

  assert.equal(fault.code, "config_persist_failed");
  assert.deepEqual(engine.flows, flows);
  assert.deepEqual(engine.applied.at(-1), { ids: ["f"], tolerant: true });
  assert.equal(store.document, document);
});

test("a reload takes what was put on the disk into effect, and a wrong file changes nothing", async (t) => {
  const path = fileIn(t, { version: 2, node_id: NODE_ID });
  const store = await ConfigStore.open(path, declarations);
  const engine = new MemoryEngine();
  const control = controlOf(store, engine);

  writeFileSync(path, JSON.stringify({ version: 2, inputs: [wireInput("a", 1)], flows: [{ id: "f", name: "F", input_ids: ["a"] }] }));
  await control.reload();
  writeFileSync(path, JSON.stringify({ version: 2, flows: [{ id: "f" }] }));
  const fault = await faultOf(control.reload());

  assert.equal(fault.code, "config_invalid");
  assert.deepEqual(
    engine.flows.map((flow) => flow.id),
    ["f"],
  );
  assert.equal(store.config.node_id, NODE_ID);
});
