import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { COMMANDS, readAction, type CommandName } from "@bilbycast/contracts/node-link";
import type { ManagerSession } from "@bilbycast/testkit/manager";
import { breachesOf, connected, FLOWS, NODE_ID, type LinkStage } from "./link-stage.ts";
import { wireInput, wireOutput } from "./test-declarations.ts";

type Stage = LinkStage & { session: ManagerSession };
type Ack = Record<string, unknown> & { success?: boolean; data?: Record<string, unknown>; error_code?: string };
type Step = { command: Record<string, unknown>; ack: Ack };

const EXCHANGES = new URL("../../../contracts/node-link/fixtures/exchanges/", import.meta.url);

/** What is of this run alone: times, and the schema, which has a page of its own. */
const masked = (ack: Ack): Ack =>
  JSON.parse(
    JSON.stringify(ack, (key, value: unknown) => {
      const isOfRun =
        key === "until_unix_ms" || key === "modified_unix" || key === "command_id" || key === "version" || key === "config_schema";
      return isOfRun ? `<${key}>` : value;
    }),
  ) as Ack;

/** Each command that worked, and one that was refused, with the ack of each: what a manager may count on. */
const CASES: Record<
  CommandName,
  { right: [Record<string, unknown>, ...Record<string, unknown>[]]; wrong: Record<string, unknown>; code: string }
> = {
  get_config: { right: [{}], wrong: { type: 7 }, code: "missing_field" },
  get_schema: { right: [{}], wrong: { known: 7 }, code: "invalid_field" },
  update_config: {
    right: [{ config: { version: 2, ...FLOWS, flows: FLOWS.flows.slice(0, 1), flow_groups: [] } }],
    wrong: { config: { version: 2, inputs: [{ type: "wire" }] } },
    code: "validation_error",
  },
  rotate_secret: { right: [{ new_secret: "s2" }], wrong: {}, code: "missing_field" },
  watch_pictures: {
    right: [
      { flow_id: "f1", input_id: "b", seconds: 3 },
      { flow_id: "f1", input_id: "b", seconds: 0 },
    ],
    wrong: { flow_id: "f9" },
    code: "unknown_flow",
  },
  create_flow: {
    right: [{ flow: { id: "f3", name: "New", input: wireInput("d", 5_200), outputs: [wireOutput("z", { dest_addr: "127.0.0.1:6100" })] } }],
    wrong: { flow: { id: "f1", name: "Again" } },
    code: "flow_exists",
  },
  update_flow: {
    right: [{ flow_id: "f1", flow: { id: "f1", name: "Renamed", input_ids: ["a", "b"], output_ids: ["x"] } }],
    wrong: { flow_id: "f9", flow: { name: "x" } },
    code: "unknown_flow",
  },
  delete_flow: { right: [{ flow_id: "f2" }], wrong: { flow_id: "f9" }, code: "unknown_flow" },
  stop_flow: { right: [{ flow_id: "f1" }], wrong: { flow_id: "f9" }, code: "unknown_flow" },
  start_flow: { right: [{ type: "stop_flow", flow_id: "f1" }, { flow_id: "f1" }], wrong: { flow_id: "f1" }, code: "flow_already_running" },
  restart_flow: { right: [{ flow_id: "f1" }], wrong: { flow_id: "f9" }, code: "unknown_flow" },
  add_input: {
    right: [{ flow_id: "f1", input: wireInput("d", 5_200) }],
    wrong: { flow_id: "f1", input: wireInput("a", 5_201) },
    code: "input_exists",
  },
  remove_input: { right: [{ flow_id: "f1", input_id: "a" }], wrong: { flow_id: "f1", input_id: "c" }, code: "unknown_input" },
  add_output: {
    right: [{ flow_id: "f1", output: wireOutput("z", { dest_addr: "127.0.0.1:6100" }) }],
    wrong: { flow_id: "f1", output: wireOutput("y") },
    code: "output_exists",
  },
  remove_output: { right: [{ flow_id: "f1", output_id: "x" }], wrong: { flow_id: "f1", output_id: "y" }, code: "unknown_output" },
  activate_input: {
    right: [
      { flow_id: "f1", input_id: "b" },
      { flow_id: "f1", input_id: "a", splice_mode_override: "pes_aligned" },
    ],
    wrong: { flow_id: "f1", input_id: "c" },
    code: "unknown_input",
  },
  activate_output: {
    right: [{ flow_id: "f1", output_id: "x", active: false }],
    wrong: { flow_id: "f1", output_id: "y", active: false },
    code: "unknown_output",
  },
  create_input: { right: [{ input: wireInput("d", 5_200) }], wrong: { input: wireInput("e", 5_200) }, code: "port_conflict" },
  update_input: {
    right: [{ input_id: "b", input: wireInput("b", 5_201) }],
    wrong: { input_id: "q", input: wireInput("q", 1) },
    code: "unknown_input",
  },
  delete_input: {
    right: [{ type: "create_input", input: wireInput("d", 5_200) }, { input_id: "d" }],
    wrong: { input_id: "a" },
    code: "input_in_use",
  },
  create_output: {
    right: [{ output: wireOutput("z", { dest_addr: "127.0.0.1:6100" }) }],
    wrong: { output: wireOutput("x") },
    code: "output_exists",
  },
  update_output: {
    right: [{ output_id: "x", output: wireOutput("x", { dscp: 60 }) }],
    wrong: { output_id: "q", output: wireOutput("q") },
    code: "unknown_output",
  },
  delete_output: {
    right: [{ type: "create_output", output: wireOutput("z", { dest_addr: "127.0.0.1:6100" }) }, { output_id: "z" }],
    wrong: { output_id: "x" },
    code: "output_in_use",
  },
  test_input: { right: [{ input_id: "a" }], wrong: { input_id: "q" }, code: "unknown_input" },
  test_output: { right: [{ output_id: "x" }], wrong: { output_id: "q" }, code: "unknown_output" },
  stop_flow_group: { right: [{ flow_group_id: "g" }], wrong: { flow_group_id: "q" }, code: "unknown_flow_group" },
  start_flow_group: {
    right: [{ type: "stop_flow_group", flow_group_id: "g" }, { flow_group_id: "g" }],
    wrong: { flow_group_id: "g" },
    code: "flow_already_running",
  },
  add_flow_group: {
    right: [{ flow_group: { id: "h", name: "Second", flow_ids: [] } }],
    wrong: { flow_group: { id: "g", name: "Again" } },
    code: "flow_group_exists",
  },
  update_flow_group: {
    right: [{ flow_group_id: "g", flow_group: { name: "Renamed", flow_ids: ["f1"] } }],
    wrong: { flow_group_id: "q", flow_group: {} },
    code: "unknown_flow_group",
  },
  remove_flow_group: { right: [{ flow_group_id: "g" }], wrong: { flow_group_id: "q" }, code: "unknown_flow_group" },
  remove_essence_flow: {
    right: [{ flow_group_id: "g", flow_id: "f2" }],
    wrong: { flow_group_id: "g", flow_id: "q" },
    code: "unknown_flow",
  },
  add_essence_flow: {
    right: [
      { type: "remove_essence_flow", flow_group_id: "g", flow_id: "f2" },
      { flow_group_id: "g", flow_id: "f2" },
    ],
    wrong: { flow_group_id: "g", flow_id: "q" },
    code: "unknown_flow",
  },
  upload_media_chunk: {
    right: [{ name: "slate.bin", chunk_index: 0, total_chunks: 1, total_bytes: 4, data_b64: "AAECAw==" }],
    wrong: { name: "../slate", chunk_index: 0, total_chunks: 1, total_bytes: 4, data_b64: "AAECAw==" },
    code: "media_name_invalid",
  },
  list_media: { right: [{}], wrong: { type: [] }, code: "missing_field" },
  scan_media: { right: [{ name: "absent.ts" }], wrong: { name: "a/b" }, code: "media_name_invalid" },
  delete_media: { right: [{ name: "absent.ts" }], wrong: { name: ".hidden" }, code: "media_name_invalid" },
};

const exchange = async ({ session }: Stage, name: CommandName): Promise<Step[]> => {
  const steps: Step[] = [];
  for (const given of [...CASES[name].right, CASES[name].wrong]) {
    const command = { type: name, ...given };
    steps.push({ command, ack: await session.command(command) });
  }
  return steps;
};

for (const name of Object.keys(COMMANDS) as CommandName[]) {
  test(`${name} is acked as recorded, right and wrong`, async (t: TestContext) => {
    const stage = await connected(t);

    const steps = await exchange(stage, name);

    for (const { command, ack } of steps.slice(0, -1)) {
      assert.equal(ack.success, true, JSON.stringify({ command, ack }));
    }
    const last = steps.at(-2);
    const read = readAction(last?.command ?? {});
    assert.ok(read.kind === "action" && COMMANDS[read.action.type].data.safeParse(last?.ack.data).success, "data is not as declared");
    assert.deepEqual([steps.at(-1)?.ack.success, steps.at(-1)?.ack.error_code], [false, CASES[name].code]);
    assert.deepEqual(breachesOf(stage.session.heard), []);
    const text = `${JSON.stringify(
      steps.map(({ command, ack }) => ({ command, ack: masked(ack) })),
      null,
      2,
    )}\n`;
    const file = new URL(`${name.replaceAll("_", "-")}.json`, EXCHANGES);
    if (process.env["RECORD_EXCHANGES"] === "1") {
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, "utf8"));
  });
}

test("get_config answers an ack, then the bare configuration, without credentials of the infrastructure and with those of flows", async (t) => {
  const { session } = await connected(t, { config: { outputs: [wireOutput("x", { key: "flow-level" }), wireOutput("y")] } });

  await session.command({ type: "get_config" });
  const { payload } = await session.next("config_response");

  const types = session.heard.map(({ type }) => type);
  assert.equal(types.indexOf("config_response"), types.indexOf("command_ack") + 1);
  assert.equal((payload["outputs"] as { key?: string }[])[0]?.key, "flow-level");
  assert.deepEqual(Object.keys(payload["manager"] as object).includes("node_secret"), false);
  assert.equal((payload["manager"] as { node_id: string }).node_id, NODE_ID);
});

test("the schema marks what is secret, and is left out for who has it", async (t) => {
  const { session } = await connected(t);

  const ack = (await session.command({ type: "get_schema" })) as Ack;
  const again = (await session.command({ type: "get_schema", known: ack.data?.["version"] })) as Ack;

  const text = JSON.stringify(ack.data?.["config_schema"]);
  assert.match(text, /"key":\{[^}]*"secret":true/);
  assert.match(text, /"title":"Datagrams, output"/);
  assert.deepEqual(again.data, { version: ack.data?.["version"] });
});

test("a push leaves on air what is on air, and this machine's own sections and credentials as they are", async (t) => {
  const auth = {
    enabled: true,
    jwt_secret: "a-signing-secret-that-is-long-enough",
    clients: [{ client_id: "ops", client_secret: "ops-secret", role: "admin" }],
  };
  const { session, edge } = await connected(t, { config: { server: { auth }, resource_limits: { cpu_warning_percent: 70 } } });
  await session.command({ type: "activate_input", flow_id: "f1", input_id: "b" });
  const applied = edge.engine.applied.length;

  const pushed = { version: 2, ...FLOWS, server: { auth: null, tls: { cert_path: "/x", key_path: "/y" } }, manager: { node_secret: null } };
  const ack = await session.command({ type: "update_config", config: pushed });

  assert.equal(ack["success"], true, JSON.stringify(ack));
  const { config } = edge.store;
  assert.deepEqual(
    config.inputs.map(({ id, active }) => [id, active]),
    [
      ["a", false],
      ["b", true],
      ["c", true],
    ],
  );
  assert.equal(config.server.auth?.clients[0]?.client_secret, "ops-secret");
  assert.equal(config.server.tls, undefined);
  assert.equal(config.resource_limits?.cpu_warning_percent, 70);
  assert.deepEqual([config.manager?.enabled, config.manager?.urls.length, typeof config.manager?.node_secret], [true, 1, "string"]);
  assert.equal(edge.engine.applied.length, applied + 1);
  assert.equal(edge.engine.flows.find(({ id }) => id === "f1")?.active, "b");
});

test("an input on air that a push takes away is followed by another one", async (t) => {
  const { session, edge } = await connected(t);

  await session.command({ type: "remove_input", flow_id: "f1", input_id: "a" });

  assert.deepEqual(
    edge.store.config.inputs.map(({ id, active }) => [id, active]),
    [
      ["b", true],
      ["c", true],
    ],
  );
});

test("a flow that does not get its port is not made, and its ack says why", async (t) => {
  const { session, edge } = await connected(t);
  edge.engine.refuse = "d";

  const ack = (await session.command({
    type: "create_flow",
    flow: { id: "f3", name: "N", input: wireInput("d", 5_200), outputs: [] },
  })) as Ack;

  assert.deepEqual([ack.success, ack.error_code], [false, "bind_failed"]);
  assert.equal(edge.store.config.flows.length, 2);
});

test("a port that is found taken after the flow was made takes the flow back, with the parts that came in it", async (t) => {
  const { session, edge, record } = await connected(t);
  const apply = edge.engine.apply.bind(edge.engine);
  edge.engine.apply = async (flows, options) => {
    await apply(flows, options);
    if (flows.length === 3) {
      const details = { addr: "127.0.0.1:5200", protocol: "tcp" };
      record({ severity: "critical", category: "port_conflict", code: "rtmp_bind_failed", message: "EADDRINUSE", flowId: "f3", details });
    }
  };

  const flow = { id: "f3", name: "N", input: wireInput("d", 5_200), outputs: [] };
  const ack = (await session.command({ type: "create_flow", flow })) as Ack & { details?: Record<string, unknown> };

  assert.deepEqual([ack.success, ack.error_code, ack.details?.["addr"]], [false, "port_conflict", "127.0.0.1:5200"]);
  assert.deepEqual([edge.store.config.flows.length, edge.store.config.inputs.length], [2, 3]);
});

test("acks come in the order in which the commands took effect", async (t) => {
  const { session } = await connected(t);
  const order = Array.from({ length: 40 }, (_, i) =>
    session.order({ type: "activate_input", flow_id: "f1", input_id: i % 2 === 0 ? "b" : "a" }),
  );

  await session.ack(order.at(-1) ?? "");

  assert.deepEqual(
    session.all("command_ack").map(({ payload }) => payload["command_id"]),
    order,
  );
});

test("a command that takes long keeps no other one from its ack", async (t) => {
  const { session, edge } = await connected(t);
  const started = Promise.withResolvers<void>();
  const apply = edge.engine.apply.bind(edge.engine);
  edge.engine.apply = async (...args) => {
    await started.promise;
    await apply(...args);
  };
  const slow = session.order({ type: "delete_flow", flow_id: "f2" });

  const quick = await session.command({ type: "list_media" });
  session.send("ping");
  await session.next("pong");

  assert.equal(quick["success"], true);
  assert.equal(session.all("command_ack").length, 1);
  started.resolve();
  assert.equal((await session.ack(slow))["success"], true);
});

test("what is looked at comes faster, and says so", async (t) => {
  const { session, edge, link } = await connected(t);
  const picture = { jpeg: Uint8Array.of(0xff, 0xd8, 0xff), takenAtMs: 1_000, width: 1_920, height: 1_080, luma: 90, number: 1 };

  link.show("f1", "a", picture, true);
  const plain = await session.next("thumbnail");
  await session.command({ type: "watch_pictures", flow_id: "f1", seconds: 30 });
  link.show("f1", "a", { ...picture, number: 2 }, true);
  const live = await session.next("thumbnail");
  link.show("f1", "b", picture, false);
  const other = await session.next("thumbnail");

  assert.deepEqual(plain.payload, { flow_id: "f1", active_input_id: "a", data: "/9j/", width: 320, height: 180, taken_unix_ms: 1_000 });
  assert.equal(live.payload["live"], true);
  assert.deepEqual([other.payload["input_id"], other.payload["live"]], ["b", undefined]);
  assert.deepEqual(edge.engine.looked, ["f1/"]);
});
