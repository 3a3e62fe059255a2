import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS, readAction, type CommandName } from "./commands.ts";
import { managerMessage, readManagerMessage } from "./manager-messages.ts";
import { readMediaFrame, writeMediaFrame } from "./media-frame.ts";
import { nodeMessage, readNodeMessage } from "./node-messages.ts";
import { MEDIA_NAME } from "./limits.ts";

type Frame = { type: string; payload?: { action?: Record<string, unknown> } };

const fixtures = (direction: string): [string, Frame][] => {
  const folder = new URL(`fixtures/${direction}/`, import.meta.url);
  return readdirSync(folder).map((file) => [file.replace(/\.json$/, ""), JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Frame]);
};

const DIRECTIONS = [
  ["to-node", managerMessage, readManagerMessage],
  ["to-manager", nodeMessage, readNodeMessage],
] as const;

for (const [direction, strict, read] of DIRECTIONS) {
  for (const [name, frame] of fixtures(direction)) {
    test(`${direction}: ${name} is read`, () => {
      const found = read(frame);

      assert.equal(found.kind, "message", JSON.stringify(found));
      assert.equal(strict.safeParse(frame).success, !name.startsWith("older-"), "what others send is not what we send");
    });
  }
}

test("every command has an example, and nothing else is a command", () => {
  const examples = fixtures("to-node").flatMap(([name, { payload }]) =>
    name.startsWith("command-") ? [String(payload?.action?.["type"])] : [],
  );

  assert.deepEqual(examples.toSorted(), Object.keys(COMMANDS).toSorted());
});

test("a command of a later version is refused by its name, a field that is missing or wrong by its own", () => {
  const cases: [Record<string, unknown>, string, string | undefined][] = [
    [{ type: "set_epoch_anchor" }, "unknown_action", undefined],
    [{ type: "constructor" }, "unknown_action", undefined],
    [{}, "missing_field", "type"],
    [{ type: "start_flow" }, "missing_field", "flow_id"],
    [{ type: "start_flow", flow_id: 7 }, "invalid_field", "flow_id"],
    [{ type: "start_flow", flow_id: "" }, "invalid_value", "flow_id"],
    [{ type: "activate_output", flow_id: "f", output_id: "o", active: "yes" }, "invalid_field", "active"],
  ];
  for (const [given, code, field] of cases) {
    const read = readAction(given);

    assert.equal(read.kind, "refused");
    assert.deepEqual([read.kind === "refused" && read.code, read.kind === "refused" && read.field], [code, field]);
  }
});

test("what a command does not know is passed over, an unknown way of joining too", () => {
  const read = readAction({ type: "activate_input", flow_id: "f", input_id: "i", splice_mode_override: "magic", later: 1 });

  assert.equal(read.kind === "action" && read.action.type === "activate_input" && read.action.splice_mode_override, undefined);
});

test("the reason of a malformed frame never has a value in it", () => {
  const frame = { type: "register_ack", payload: { node_id: "n", node_secret: ["hunter2"] } };

  const read = readManagerMessage(frame);

  assert.equal(read.kind, "malformed");
  assert.ok(!JSON.stringify(read).includes("hunter2"));
});

test("what is no message is told from what is unknown", () => {
  assert.equal(readManagerMessage(null).kind, "malformed");
  assert.equal(readManagerMessage([1]).kind, "malformed");
  assert.equal(readManagerMessage({ type: 1 }).kind, "malformed");
  assert.equal(readManagerMessage({ type: "__proto__" }).kind, "unknown");
  assert.equal(readManagerMessage({ type: "stats" }).kind, "unknown");
});

test("an auth_error is read wherever its text stands, and known by its words", () => {
  const code = (frame: unknown): unknown => {
    const read = readManagerMessage(frame);
    return read.kind === "message" && read.message.type === "auth_error" ? read.message.payload.error_code : read.kind;
  };

  assert.equal(code({ type: "auth_error", payload: { error: "Invalid registration token" } }), "registration_token_invalid");
  assert.equal(code({ type: "auth_error", payload: { message: "node has expired" } }), "node_expired");
  assert.equal(code({ type: "auth_error", message: "too many failed attempts" }), "too_many_attempts");
  assert.equal(code({ type: "auth_error", payload: "auth timeout" }), "auth_timeout");
  assert.equal(code({ type: "auth_error", payload: { error: "no", error_code: "node_unknown" } }), "node_unknown");
  assert.equal(code({ type: "auth_error", payload: { error: "go away", error_code: "later_word" } }), "auth_refused");
  assert.equal(code({ type: "auth_error" }), "auth_refused");
});

test("a binary frame is what the byte table says", () => {
  const header = { command_id: "c", name: "a.ts", chunk_index: 0, total_chunks: 1, total_bytes: 2 };

  const frame = writeMediaFrame(header, Uint8Array.of(0x47, 0x1f));

  assert.deepEqual([...frame.subarray(0, 7)], [0xbc, 0x01, 0, 0, 0, JSON.stringify(header).length, 0x7b]);
  const read = readMediaFrame(frame);
  assert.ok(typeof read !== "string");
  assert.deepEqual([read.header, [...read.bytes]], [header, [0x47, 0x1f]]);
});

test("what is no binary frame is named, and nothing is read beyond it", () => {
  const long = Uint8Array.of(0xbc, 0x01, 0x7f, 0xff, 0xff, 0xff, 0x7b);

  assert.equal(typeof readMediaFrame(new Uint8Array()), "string");
  assert.equal(typeof readMediaFrame(Uint8Array.of(0xbc, 0x02, 0, 0, 0, 0)), "string");
  assert.equal(typeof readMediaFrame(long), "string");
  assert.equal(typeof readMediaFrame(Uint8Array.of(0xbc, 0x01, 0, 0, 0, 2, 0x7b, 0x7d)), "string");
  assert.equal(typeof readMediaFrame(Uint8Array.of(0xbc, 0x01, 0, 0, 0, 2, 0xff, 0xff)), "string");
});

test("the name of a media file leads nowhere else", () => {
  for (const name of ["slate.ts", "Slate 1-a_b.mp4", "a".repeat(255)]) {
    assert.match(name, MEDIA_NAME);
  }
  for (const name of ["", ".", "..", ".hidden", "a..b", "a/b", "a\\b", "a\u0000", "ä.ts", "a".repeat(256), "a\n"]) {
    assert.doesNotMatch(name, MEDIA_NAME);
  }
});

test("what is asked of a role is told for every command", () => {
  const byRole = (role: string): string[] => (Object.keys(COMMANDS) as CommandName[]).filter((name) => COMMANDS[name].role === role);

  assert.deepEqual(byRole("admin").toSorted(), ["rotate_secret", "update_config"]);
  assert.deepEqual(byRole("viewer").toSorted(), ["get_schema", "list_media", "scan_media", "watch_pictures"]);
});
