import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { declare, secret } from "@bilbycast/engine/transport/declare";
import { Fault } from "@bilbycast/foundation/fault";
import { declarations } from "@bilbycast/transports/declarations";
import { EventLog } from "../src/event-log.ts";
import { logEvent, logTrouble, openLog, type Log } from "../src/log.ts";
import { REDACTED } from "@bilbycast/service/log";
import { secretNames } from "../src/secret-names.ts";

/** A log whose lines the test reads as they would stand in a file. */
const heard = (
  options: { secrets?: ReadonlySet<string> } = {},
): { log: Log; text: () => string; lines: () => Record<string, unknown>[] } => {
  let text = "";
  const log = openLog("info", 1, { ...options, destination: { write: (line: string) => (text += line) } });
  const lines = (): Record<string, unknown>[] =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, text: () => text, lines };
};

/** Names that somebody else may choose, in a configuration or on the wire. */
const NASTY = [
  'x\n{"level":60,"msg":"made up"}',
  "x\r\nforged line",
  "\u001b[2J\u001b[31mred\u0007",
  "\u009b31m C1 \u007f",
  "\u2028line\u2029paragraph",
  "abc\u202edcba\u2066",
  '"},"msg":"broken out',
  "\ud800 lone",
  "\u0000",
];

for (const name of NASTY) {
  test(`the name ${JSON.stringify(name).replaceAll(/[^ -~]/g, "?")} stays inside its string, in a field and in the sentence`, () => {
    const { log, text, lines } = heard();

    log.info({ flow_id: name, [name]: 1 }, `Flow ${name} runs`);
    log.warn({ err: new Fault("wire_bind_failed", `no ${name}`, { details: { name } }) }, "failed");

    assert.equal(text().split("\n").length, 3, "two lines, each with its end");
    assert.match(
      text().replaceAll("\n", ""),
      /^[ -~\u00a0-\u200d\u2010-\u2027\u202f-\u2065\u206a-\uffff]*$/,
      "nothing that a terminal obeys",
    );
    assert.equal(lines()[0]?.["flow_id"], name);
    assert.equal(lines()[0]?.["level"], 30);
    assert.equal(lines()[1]?.["msg"], "failed");
  });
}

test("fields that a declaration marks as secret are never logged, however deep they are", () => {
  const transport = declare({
    kind: "sealed",
    title: "Sealed",
    runsOn: "lane",
    input: z.object({ word: secret(z.string()), users: z.array(z.object({ name: z.string(), pass_code: secret(z.string()).optional() })) }),
    stats: {},
    faults: {},
  });
  const { log, text, lines } = heard({ secrets: secretNames([transport]) });
  const part = { type: "sealed", word: "hunter2", users: [{ name: "ann", pass_code: "hunter2" }] };

  log.info({ part, list: [[part]] }, "changed");
  log.error(
    { err: new Fault("sealed_failed", "It failed", { details: { part }, cause: new Fault("inner", "Inside", { details: part }) }) },
    "failed",
  );

  assert.ok(!text().includes("hunter2"));
  assert.deepEqual(lines()[0]?.["part"], { type: "sealed", word: REDACTED, users: [{ name: "ann", pass_code: REDACTED }] });
});

test("the edge's own credentials are never logged", () => {
  const { log, text } = heard();
  const auth = { jwt_secret: "hunter2", clients: [{ client_id: "ann", client_secret: "hunter2" }] };

  log.info({ server: { auth }, manager: { registration_token: "hunter2" }, headers: { Authorization: "hunter2", cookie: "hunter2" } }, "x");
  log.info({ tunnels: [{ tunnel_encryption_key: "hunter2", tunnel_psk: "hunter2" }], setup_token: "hunter2" }, "x");

  assert.ok(!text().includes("hunter2"));
  assert.ok(text().includes("ann"));
});

test("every field that a transport of the product marks as secret is on the list", () => {
  const names = secretNames(declarations);

  assert.ok(names.has("jwt_secret") && names.has("client_secret") && names.has("passphrase"));
});

test("an error is logged with its code and the chain of its causes", () => {
  const { log, lines } = heard();

  log.error(
    { err: new Fault("config_persist_failed", "Not written", { cause: new Error("disk full"), details: { path: "c.json" } }) },
    "failed",
  );

  const { err } = lines()[0] as { err: Record<string, unknown> };
  assert.deepEqual(
    [err["type"], err["code"], err["message"], err["details"]],
    ["Fault", "config_persist_failed", "Not written", { path: "c.json" }],
  );
  assert.equal((err["cause"] as Record<string, unknown>)["message"], "disk full");
  assert.match(String(err["stack"]), /log\.test\.ts/);
});

test("what points at itself is logged to a bounded depth", () => {
  const { log, text } = heard();
  const loop: Record<string, unknown> = { name: "loop" };
  loop["self"] = loop;

  log.info({ loop }, "x");

  assert.match(text(), /\[too deep\]/);
});

test("an event's severity is the level of its line, and its code a field", () => {
  const { log, lines } = heard();
  const events = new EventLog({ onEvent: (event) => logEvent(log, event) });
  for (const severity of ["info", "warning", "critical"] as const) {
    events.record({ severity, category: "flow", code: "input_lost", message: "m", flowId: "f", details: { seconds: 3 } }, new Date(0));
  }

  assert.deepEqual(
    lines().map(({ level }) => level),
    [30, 40, 50],
  );
  assert.deepEqual(lines()[0]?.["details"], { seconds: 3, error_code: "input_lost" });
  assert.deepEqual(events.counts, { info: 1, warning: 1, critical: 1 });
});

test("trouble with packets is one line with what grew", () => {
  const { log, lines } = heard();

  logTrouble(log, { flowId: "f", counts: { packetsLost: 17 } });

  assert.deepEqual([lines()[0]?.["flow_id"], lines()[0]?.["packetsLost"], lines()[0]?.["level"]], ["f", 17, 40]);
});
