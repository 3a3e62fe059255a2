import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { breachesOf, connected, KNOWN, linkStage, NODE_ID, SECRET, TOKEN } from "./link-stage.ts";

const filesOf = (path: string): string =>
  ["config.json", "secrets.json"].map((name) => readFileSync(join(path, "..", name), "utf8")).join();

test("a token becomes an identity: the id in the configuration, the secret sealed, the token gone", async (t) => {
  const { manager, edge, log, link } = await linkStage(t, { settings: { registration_token: TOKEN } });
  const session = await manager.session();

  const shown = await session.register(NODE_ID, SECRET);

  assert.deepEqual(Object.keys(shown).toSorted(), ["protocol_version", "registration_token", "software_version"]);
  assert.equal(shown["registration_token"], TOKEN);
  await session.next("health");
  const { manager: kept } = edge.store.config;
  assert.deepEqual([kept?.node_id, kept?.node_secret, kept?.registration_token], [NODE_ID, SECRET, undefined]);
  const files = filesOf(edge.path);
  assert.ok(files.includes(NODE_ID) && !files.includes(SECRET) && !files.includes(TOKEN), "a credential lies open on the disk");
  assert.ok(!log.join().includes(SECRET) && !log.join().includes(TOKEN), "a credential is in the log");
  assert.equal(session.path, "/ws/node");
  assert.equal(link.state?.state, "connected");
});

test("an identity proves itself again on the next connection, and the token is not needed", async (t) => {
  const { manager } = await linkStage(t, { settings: { registration_token: TOKEN } });
  const first = await manager.session();
  await first.register(NODE_ID, SECRET);
  await first.next("health");

  first.kill();
  const second = await manager.session();

  assert.deepEqual(
    { ...(await second.accept()), software_version: "" },
    { node_id: NODE_ID, node_secret: SECRET, software_version: "", protocol_version: 4 },
  );
});

test("health comes at once, stats each second also without a flow, and all is as the contract has it", async (t) => {
  const { manager } = await linkStage(t, { config: { inputs: [], outputs: [], flows: [], flow_groups: [] } });
  const session = await manager.session();
  await session.accept();

  const health = await session.next("health");
  await session.next("stats");
  const stats = await session.next("stats");

  assert.equal(session.heard.findIndex(({ type }) => type === "health") < session.heard.findIndex(({ type }) => type === "stats"), true);
  assert.deepEqual([stats.payload["flows"], stats.payload["tunnels"], stats.payload["total_flows"]], [[], [], 0]);
  assert.equal((health.payload["manager"] as { state: string }).state, "connected");
  assert.deepEqual(breachesOf(session.heard), []);
});

test("before the manager's consent nothing is said but who we are", async (t) => {
  const { manager, record } = await linkStage(t);
  const session = await manager.session();
  await session.next("auth");
  record({ severity: "critical", category: "flow", code: "input_lost", message: "Gone" });
  session.order({ type: "get_config" });
  session.send("ping");

  session.send("auth_ok");
  await session.next("health");

  const types = session.heard.map(({ type }) => type);
  assert.equal(types.indexOf("auth"), 0);
  assert.ok(!types.includes("command_ack") && !types.includes("config_response") && !types.includes("pong"));
  await session.until(() => session.all("event").find(({ payload }) => payload["message"] === "Gone"), "the event");
});

test("pings of both kinds are answered", async (t) => {
  const { session } = await connected(t);

  session.send("ping");

  assert.equal((await session.next("pong")).payload, null);
});

const REFUSALS: [string, (error: string) => unknown, string][] = [
  ["in the payload", (error) => ({ type: "auth_error", payload: { error } }), "node_secret_invalid"],
  ["as a message of the payload", (error) => ({ type: "auth_error", payload: { message: error } }), "node_secret_invalid"],
  ["at the top", (error) => ({ type: "auth_error", message: error }), "node_secret_invalid"],
  ["as the payload", (error) => ({ type: "auth_error", payload: error }), "node_secret_invalid"],
];
for (const [where, frame, refusal] of REFUSALS) {
  test(`a refusal ${where} is understood, told once, and asked again a minute later`, async (t) => {
    const waits: number[] = [];
    const patience = (wait: number): number => (waits.push(wait), 1);
    const { manager, edge, link } = await linkStage(t, { link: { patience } });
    for (let time = 0; time < 3; time++) {
      const session = await manager.session();
      await session.next("auth");
      session.raw(JSON.stringify(frame("Invalid node secret")));
      await session.closed;
    }

    await waitFor("the third wait", () => waits.length >= 3);

    assert.ok(waits.every((wait) => wait >= 60_000));
    const events = edge.context.events.after(0, 100).filter(({ category }) => category === "manager");
    assert.deepEqual(
      events.map(({ details, severity }) => [severity, details.error_code, details["refusal"]]),
      [["critical", "manager_auth_failed", refusal]],
    );
    assert.ok(["refused", "connecting", "authenticating"].includes(link.state?.state ?? ""));
  });
}

test("a token that is used up does not keep out a node that is known", async (t) => {
  const { manager } = await linkStage(t, { settings: { ...KNOWN, registration_token: TOKEN } });
  const first = await manager.session();

  assert.equal((await first.refuse("invalid registration token"))["registration_token"], TOKEN);
  const second = await manager.session();

  assert.equal((await second.accept())["node_secret"], SECRET);
});

test("an identity that cannot be written is used all the same, and written later", async (t) => {
  const { manager, edge } = await linkStage(t, { settings: { registration_token: TOKEN }, link: { timing: { stats: 20, health: 20 } } });
  const { control } = edge.context;
  const change = control.change.bind(control);
  control.change = () => Promise.reject(new Error("the disk is full"));
  const first = await manager.session();
  await first.register(NODE_ID, SECRET);
  await first.next("health");

  first.kill();
  const second = await manager.session();
  const shown = await second.accept();

  assert.deepEqual([shown["node_id"], shown["node_secret"], shown["registration_token"]], [NODE_ID, SECRET, undefined]);
  control.change = change;
  await waitFor("the identity on the disk", () => edge.store.config.manager?.node_secret === SECRET);
  assert.equal(edge.store.config.manager?.registration_token, undefined);
  const codes = edge.context.events.after(0, 100).map(({ details }) => details.error_code);
  assert.ok(codes.includes("manager_credentials_unsaved"));
});

test("a rotated secret is written before it is acked, the connection stays, and the next one has it", async (t) => {
  const { session, manager, edge, log } = await connected(t);

  const ack = await session.command({ type: "rotate_secret", new_secret: "another-secret-of-the-node" });

  assert.deepEqual([ack["success"], edge.store.config.manager?.node_secret], [true, "another-secret-of-the-node"]);
  assert.equal((await session.command({ type: "get_schema" }))["success"], true);
  session.kill();
  assert.equal((await (await manager.session()).accept())["node_secret"], "another-secret-of-the-node");
  assert.ok(!log.join().includes("another-secret"));
});

test("addresses are tried in turn: five seconds to one that is untried", async (t) => {
  const waits: number[] = [];
  const patience = (wait: number): number => (waits.push(wait), 1);
  const { manager } = await linkStage(t, { urls: ["wss://localhost:1/a", "wss://localhost:1/b"], link: { patience } });

  const session = await manager.session();
  await session.accept();

  assert.deepEqual(waits, [5_000, 5_000]);
});

test("another address in the configuration takes effect at once, behind the ack of who changed it", async (t) => {
  const { session, edge, link, manager } = await connected(t);
  const other = `${manager.url}/other`;

  const ack = await session.command({ type: "update_config", config: { ...edge.store.document, manager: { urls: [other] } } });
  const second = await manager.session();
  await second.accept();
  await second.next("health");

  assert.equal(ack["success"], true, JSON.stringify(ack));
  assert.equal(second.path, "/ws/node/other");
  assert.equal(edge.store.config.manager?.node_secret, SECRET, "the push took the secret away");
  assert.equal(link.state?.url, other);
});

test("a link that is switched off ends, and one that is switched on begins", async (t) => {
  const { session, edge, link, manager } = await connected(t);
  const enable = (enabled: boolean): Promise<unknown> =>
    edge.control.change((draft) => (draft.document["manager"] = { ...(draft.document["manager"] as object), enabled }));

  await enable(false);
  await session.closed;
  await waitFor("the end", () => link.state === undefined);
  await enable(true);
  const second = await manager.session();
  await second.accept();

  await waitFor("the connection", () => link.state?.state === "connected");
});

test("the setup page's token and address make the connection", async (t) => {
  const { manager, edge } = await linkStage(t, { settings: { enabled: false } });

  const body = { manager_url: manager.url, registration_token: TOKEN };
  const { status } = await edge.call("POST", "/setup", body, { "x-setup-token": edge.setupToken });

  assert.equal(status, 200);
  assert.equal((await (await manager.session()).register(NODE_ID, SECRET))["registration_token"], TOKEN);
});

test("who is connected and who is lost are events, once each", async (t) => {
  const { session, edge, manager } = await connected(t);

  session.kill();
  const second = await manager.session();
  await second.accept();
  await second.next("health");

  const codes = edge.context.events.after(0, 100).flatMap(({ category, details }) => (category === "manager" ? [details.error_code] : []));
  assert.deepEqual(codes, ["manager_connected", "manager_lost", "manager_connected"]);
});

test("a manager that says nothing after the connection is left", async (t) => {
  const { manager, edge } = await linkStage(t, { link: { timing: { authDeadline: 50 } } });

  await (
    await manager.session()
  ).closed;
  await manager.session();

  const told = edge.context.events.after(0, 10).filter(({ category }) => category === "manager");
  assert.deepEqual(
    told.map(({ details }) => [details.error_code, details["reason"]]),
    [["manager_unreachable", "manager_auth_timeout"]],
  );
});
