import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { COMMANDS } from "@bilbycast/contracts/node-link";
import { isFault } from "@bilbycast/foundation/fault";
import { WebSocket } from "ws";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager, type TestManager } from "../../../test/test-manager.ts";
import { addNode } from "../../../test/test-node.ts";
import type { NodeAction } from "../hub.ts";

// What an edge was recorded to answer to each command is what this end is driven by: the hub must send those very commands, and make of each
// recorded ack what it says. The edge's own tests hold the other end to the same files.

type Ack = { success: boolean; data?: unknown; error?: string; error_code?: string; details?: Record<string, unknown> };
type Step = { command: NodeAction; ack: Ack };

const FOLDER = new URL("../../../../../contracts/node-link/fixtures/exchanges/", import.meta.url);
const STEPS = readdirSync(FOLDER).flatMap((file) =>
  (JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Step[]).map((step, index) => ({ name: `${file} ${index}`, ...step })),
);
const CONFIG = { version: 2, inputs: [], outputs: [], flows: [] };

/** A node that answers as was recorded. `frames`: the text of every command that came, as it came. */
class RecordedNode {
  readonly frames: string[] = [];
  ack: Ack = { success: true, data: {} };
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#hear(data.toString("utf8")));
  }

  #hear(text: string): void {
    const { type, payload } = JSON.parse(text) as { type: string; payload: { command_id: string; action: NodeAction } };
    if (type !== "command") {
      return;
    }
    const say = (what: string, said: unknown): void =>
      this.#socket.send(JSON.stringify({ type: what, timestamp: new Date().toISOString(), payload: said }));
    if (payload.action.type === "get_config" && !this.isAsked(payload.action)) {
      // What the manager asks of itself before and after a change.
      say("command_ack", { command_id: payload.command_id, success: true, data: {} });
      say("config_response", CONFIG);
      return;
    }
    this.frames.push(text);
    say("command_ack", { ...this.ack, command_id: payload.command_id });
    if (payload.action.type === "get_config") {
      say("config_response", CONFIG);
    }
  }

  awaited: NodeAction | undefined;
  isAsked({ type }: NodeAction): boolean {
    return this.awaited?.type === type;
  }
}

let manager: TestManager;
let root: TestClient;
let nodeId: string;
let node: RecordedNode;
let socket: WebSocket;

before(async () => {
  manager = await testManager();
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");
  root = await TestClient.loggedIn(manager, "root");
  const known = await addNode(manager, "recorded");
  nodeId = known.id;
  socket = new WebSocket(`${manager.base.replace("http", "ws")}/ws/node`);
  node = new RecordedNode(socket);
  await new Promise((resolve) => socket.once("open", resolve));
  const payload = { node_id: known.id, node_secret: known.secret, software_version: "1", protocol_version: 4 };
  socket.send(JSON.stringify({ type: "auth", timestamp: new Date().toISOString(), payload }));
  await new Promise((resolve) => socket.once("message", resolve));
});
after(() => socket.terminate());

/** The frame as the link has it, around the very bytes of the recorded command. */
const assertFrame = (text: string | undefined, command: NodeAction): void => {
  const frame =
    /^\{"type":"command","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","payload":\{"command_id":"([0-9a-f-]{36})","action":(.*)\}\}$/s;
  assert.equal(frame.exec(text ?? "")?.[2], JSON.stringify(command));
};

test("there is an exchange of every command that an edge knows", () => {
  const recorded = new Set(STEPS.map(({ command }) => command.type));

  assert.deepEqual(
    Object.keys(COMMANDS).filter((name) => !recorded.has(name)),
    [],
  );
});

for (const { ack, command, name } of STEPS) {
  test(`${name}: the hub sends what was recorded, and makes of the ack what it says`, async () => {
    node.frames.length = 0;
    node.ack = ack;
    node.awaited = command;

    const outcome = await manager.hub.command(nodeId, command, 5_000).then(
      ({ data }) => ({ data }),
      (fault: unknown) => ({ fault }),
    );
    node.awaited = undefined;

    assert.equal(node.frames.length, 1);
    assertFrame(node.frames[0], command);
    if (ack.success) {
      assert.deepEqual(outcome, { data: ack.data });
      return;
    }
    assert.ok("fault" in outcome && isFault(outcome.fault));
    const { field, problems } = ack.details ?? {};
    assert.equal(outcome.fault.code, "node_refused");
    assert.equal(outcome.fault.message, ack.error);
    assert.deepEqual(outcome.fault.details, {
      node_error_code: ack.error_code,
      ...(field === undefined ? {} : { node_field: field }),
      ...(problems === undefined ? {} : { problems }),
    });
  });
}

/** Commands that have routes of their own. */
const NOT_BY_HAND = new Set(["rotate_secret", "watch_pictures", "get_config"]);

for (const { ack, command, name } of STEPS) {
  test(`${name}: over the API the same comes to the node, and its answer to who asked`, async () => {
    node.frames.length = 0;
    node.ack = ack;

    const { status, body } = await root.post(`/nodes/${nodeId}/command`, { action: command });

    const isRight = manager.app.drivers.get("edge")?.validateCommand(command) === undefined;
    if (!isRight || NOT_BY_HAND.has(command.type)) {
      // Wrong before it is sent: the node never hears of it.
      assert.ok(status === 400 || status === 422, JSON.stringify(body));
      assert.deepEqual(node.frames, []);
      return;
    }
    assert.equal(node.frames.length, 1, JSON.stringify(body));
    assertFrame(node.frames[0], command);
    if (ack.success) {
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(body["data"], ack.data);
      return;
    }
    const { problems } = ack.details ?? {};
    assert.equal(status, 422, JSON.stringify(body));
    assert.equal(body["error_code"], "node_refused");
    assert.equal(body["error"], ack.error);
    assert.equal((body["details"] as { node_error_code: string }).node_error_code, ack.error_code);
    assert.deepEqual(body["problems"], problems);
  });
}
