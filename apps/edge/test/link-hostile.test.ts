import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { integer, seeded } from "@bilbycast/testkit/random";
import { connected, linkStage, SECRET, TOKEN } from "./link-stage.ts";

const MEGABYTE = 1024 * 1024;

test("garbage, unknown words and deep JSON are passed over, and named in the log a few times", async (t) => {
  const { session, log } = await connected(t);
  const random = seeded(7);
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const rubbish = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"text"',
    '{"type":null}',
    '{"type":"__proto__"}',
    '{"type":"later_word","payload":{"a":1}}',
    '{"type":"command"}',
    '{"type":"command","payload":{"command_id":"","action":{}}}',
    '{"type":"command","payload":{"command_id":7,"action":{"type":"get_config"}}}',
    '{"type":"auth_ok"}',
    `{"type":"command","payload":${deep}}`,
    deep,
    Uint8Array.of(0xbc, 0x01, 0xff, 0xff, 0xff, 0xff),
    new Uint8Array(),
  ];

  for (let i = 0; i < 2_000; i++) {
    const noise = Uint8Array.from({ length: integer(random, 64) }, () => integer(random, 256));
    session.raw(i < rubbish.length ? (rubbish[i] ?? "") : i % 3 === 0 ? noise : Buffer.from(noise).toString("latin1"));
  }

  assert.equal((await session.command({ type: "get_config" }))["success"], true);
  const lines = log.filter((line) => line.includes("not understood"));
  assert.ok(lines.length > 0 && lines.length < 8, `${lines.length} lines`);
});

test("a frame of five megabytes is read, one byte more ends the connection and nothing else", async (t) => {
  const { session, manager, edge } = await connected(t);
  const frame = (bytes: number): string => {
    const head = '{"type":"ping","payload":"';
    return `${head}${"x".repeat(bytes - head.length - 2)}"}`;
  };
  session.raw(frame(5 * MEGABYTE));
  await session.next("pong");

  session.raw(frame(5 * MEGABYTE + 1));
  await session.closed;
  const second = await manager.session();
  await second.accept();

  assert.equal((await second.command({ type: "get_config" }))["success"], true);
  assert.equal(edge.store.config.flows.length, 2);
});

test("a command that is larger than a request may be is refused", async (t) => {
  const { session } = await connected(t);

  const ack = await session.command({ type: "update_config", config: { version: 2, padding: "x".repeat(2 * MEGABYTE) } });

  assert.equal(ack["error_code"], "request_too_large");
});

test("a manager that commands and does not read is not read either, and costs no memory without end", async (t) => {
  const { session, link } = await connected(t);
  session.pause();
  for (let i = 0; i < 2_000; i++) {
    session.order({ type: "get_schema" }, `s-${i}`);
  }
  const picture = { jpeg: new Uint8Array(20_000), takenAtMs: 1_000, width: 1_920, height: 1_080, luma: 90, number: 1 };
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 5_000; i++) {
    link.show("f1", `input ${i % 8}`, picture, false);
  }
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 500 * MEGABYTE, `${Math.round(grown / MEGABYTE)} MB for pictures that nobody takes`);

  session.resume();
  await session.ack("s-1999");

  const ids = session.all("command_ack").map(({ payload }) => payload["command_id"]);
  assert.deepEqual(
    ids,
    Array.from({ length: 2_000 }, (_, i) => `s-${i}`),
  );
});

test("a manager that goes on commanding and never reads is left in the end", async (t) => {
  const { session, manager } = await connected(t, { link: { timing: { ping: 10, silence: 30 } } });
  session.pause();
  for (let i = 0; i < 6_000; i++) {
    session.order({ type: "get_schema" }, `s-${i}`);
  }

  await (await manager.session()).accept();

  assert.equal(manager.count, 2);
});

test("a slow manager gets fewer stats, every event, and the connection stays", async (t) => {
  const { session, record, link } = await connected(t, { link: { timing: { stats: 2 } } });
  session.pause();
  const jpeg = new Uint8Array(100_000);
  for (let i = 0; i < 500; i++) {
    link.show("f1", "a", { jpeg, takenAtMs: i, width: 1, height: 1, luma: 1, number: i }, true);
    record({ severity: "info", category: "flow", code: "input_lost", message: `event ${i}` });
  }
  const before = session.all("stats").length;
  await waitFor("what is skipped", () => link.state?.state === "connected");

  session.resume();
  await session.until(() => session.all("event").find(({ payload }) => payload["message"] === "event 499"), "the last event");
  const stats = await session.until(() => session.all("stats").at(before + 3), "stats again");

  assert.ok((stats.payload["link"] as { messages_skipped: number }).messages_skipped > 0);
  assert.ok(session.all("thumbnail").length < 500);
});

test("no credential is in the log, whatever is refused", async (t) => {
  const { manager, log, edge } = await linkStage(t, { settings: { registration_token: TOKEN } });
  const first = await manager.session();
  await first.next("auth");
  first.raw(JSON.stringify({ type: "register_ack", payload: { node_id: 7, node_secret: [SECRET] } }));
  first.raw(JSON.stringify({ type: "register_ack", payload: { node_id: "n", node_secret: SECRET } }));
  await first.next("health");
  await first.command({ type: "rotate_secret", new_secret: { secret: SECRET } });
  await first.command({ type: "update_config", config: { version: 2, manager: { node_secret: SECRET, urls: "wrong" } } });
  first.kill();
  const second = await manager.session();
  await second.refuse("invalid node secret");
  await waitFor("the refusal", () => edge.context.events.after(0, 99).some(({ details }) => details.error_code === "manager_auth_failed"));

  const said = log.join() + JSON.stringify(edge.context.events.after(0, 1_000));
  const acks = JSON.stringify(first.all("command_ack"));

  assert.ok(!said.includes(SECRET) && !said.includes(TOKEN));
  assert.ok(!acks.includes(SECRET));
});

test("a manager that asks for too much live is refused by a code", async (t) => {
  const { session } = await connected(t);
  for (let i = 0; i < 8; i++) {
    await session.command({
      type: "watch_pictures",
      flow_id: i % 2 === 0 ? "f1" : "f2",
      ...(i < 2 ? {} : { input_id: i % 2 === 0 ? "a" : "c" }),
      seconds: 1 + i,
    });
  }

  const ack = await session.command({ type: "watch_pictures", flow_id: "f1", seconds: 1_000 });

  assert.deepEqual([ack["success"], ack["error_code"]], [false, "invalid_value"]);
});
