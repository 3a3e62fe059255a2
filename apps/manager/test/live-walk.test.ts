import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { decide, LIVE_PATH, liveMessageSchema } from "@bilbycast/contracts/manager-api";
import { waitFor } from "@bilbycast/testkit/peers";
import type { TestClient } from "./test-client.ts";
import { testManager, type TestManager } from "./test-manager.ts";
import { CALLERS, GROUPS, isForeign, isForeignToSouth, subjectOf, type Caller } from "./walk/callers.ts";
import { MARKS, World } from "./walk/world.ts";

// Everybody of the table of callers watches everything, while both tenants' nodes talk: who sees what is what decide() says, byte for byte.

let manager: TestManager;
let world: World;

before(async () => {
  manager = await testManager();
  world = await World.open(manager);
});
after(() => world.close());

/** A browser that keeps every byte that it is told. `status`: why it was not let in. */
class Watcher {
  readonly socket: WebSocket;
  readonly status: Promise<number>;
  text = "";
  token = "";
  seq = 0;

  constructor(client: TestClient) {
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = {
      ...(cookie === "" ? {} : { cookie }),
      ...(client.bearer === undefined ? {} : { authorization: `Bearer ${client.bearer}` }),
    };
    this.socket = new WebSocket(`${client.base.replace(/^http/, "ws")}${LIVE_PATH}`, { headers });
    this.status = new Promise((resolve) => {
      this.socket.once("open", () => resolve(101));
      this.socket.once("unexpected-response", (_, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        this.socket.terminate();
      });
      this.socket.on("error", () => undefined);
    });
    this.socket.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      const message = liveMessageSchema.parse(JSON.parse(text));
      this.text += text;
      this.seq = message.seq;
      this.token = message.type === "hello" ? message.resume_token : this.token;
    });
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  watchAll(): void {
    const nodes = [world.liveNodeId, world.southNodeId];
    this.say({
      type: "subscribe",
      topics: ["nodes", "flows", "alarms", "events", ...nodes.flatMap((id) => [`node:${id}`, `changes:${id}`])],
    });
    this.say({ type: "look", pictures: nodes.map((id) => ({ node_id: id, flow_id: "f1" })) });
  }

  /** Everything that was due before is here. */
  async settle(): Promise<void> {
    const pongs = this.text.split('"type":"pong"').length;
    this.say({ type: "ping" });
    await waitFor("the pong", () => this.text.split('"type":"pong"').length > pongs);
  }
}

const callerOf = (name: string): Caller => CALLERS.find((each) => each.name === name) ?? assert.fail();
const watcherOf = async (caller: Caller): Promise<Watcher> => new Watcher(await world.clientOf(caller));

/** What the door says to each. */
const statusOf = (caller: Caller): number => {
  if (caller.via !== "session" || subjectOf(caller, "") === undefined) {
    return 401;
  }
  return caller.state === "must_change_password" ? 403 : 101;
};

const talk = (): void => {
  for (const [node, mark] of world.talkers) {
    node.speak(`${mark} flow`);
    node.send("event", {
      severity: "critical",
      category: "flow",
      message: `${mark} event`,
      details: { error_code: "input_lost" },
      flow_id: "f1",
    });
  }
};

/** What is hidden is answered as what is not there, with the topic that was asked for and nothing in it. */
const withoutEchoes = (text: string): string => text.replaceAll(/"topic":"(?:node|changes):[0-9a-f-]{36}","objects":\{\}/g, "");

const assertNoLeak = (caller: Caller, watcher: Watcher): void => {
  const text = withoutEchoes(watcher.text);
  const northern = [MARKS.north, GROUPS.north, world.liveNodeId];
  const southern = [MARKS.south, GROUPS.south, world.southNodeId];
  for (const word of [...(isForeign(caller) ? northern : []), ...(isForeignToSouth(caller) ? southern : [])]) {
    assert.ok(!text.includes(word), `${caller.name} is told of ${word}`);
  }
};

test("each is let in or not as decide() says, and is told of what they may see and of nothing else", async () => {
  const watchers = await Promise.all(CALLERS.map(async (caller) => ({ caller, watcher: await watcherOf(caller) })));
  for (const { caller, watcher } of watchers) {
    assert.deepEqual([caller.name, await watcher.status], [caller.name, statusOf(caller)]);
  }
  const inside = watchers.filter(({ caller }) => statusOf(caller) === 101);
  for (const { watcher } of inside) {
    watcher.watchAll();
  }
  talk();
  const root = inside.find(({ caller }) => caller.name === "root")?.watcher ?? assert.fail();
  await waitFor("the super admin has heard both", () => Object.values(MARKS).every((mark) => root.text.includes(`${mark} event`)));

  for (const { caller, watcher } of inside) {
    await watcher.settle();
    const subject = subjectOf(caller, world.userIdOf(caller));
    const verdict = decide("node.read", subject, { node: world.nodeObject(world.liveNodeId) }, new Date().toISOString());
    if (verdict.is === "allowed") {
      await waitFor(`${caller.name} hears of the node`, () => watcher.text.includes(`${MARKS.north} flow`));
    } else {
      assert.ok(!withoutEchoes(watcher.text).includes(world.liveNodeId), `${caller.name} is told of a node that is hidden`);
    }
    assertNoLeak(caller, watcher);
    watcher.socket.terminate();
  }
});

test("somebody else's resume token brings nothing of theirs", async () => {
  const [north, south] = [callerOf("north_admin"), callerOf("south_admin")];
  const owner = await watcherOf(north);
  await owner.status;
  owner.watchAll();
  talk();
  await waitFor("the owner hears of the node", () => owner.text.includes(`${MARKS.north} flow`));
  owner.socket.terminate();

  const thief = await watcherOf(south);
  await thief.status;
  thief.say({ type: "resume", resume_token: owner.token, seq: 0 });
  thief.watchAll();
  talk();
  await waitFor("the thief hears of their own", () => thief.text.includes(`${MARKS.south} flow`));
  await thief.settle();

  assertNoLeak(south, thief);
  thief.socket.terminate();
});

test("who loses their right while they watch is told nothing more of the node", async () => {
  const guest = await watcherOf(callerOf("view_admin"));
  await guest.status;
  guest.watchAll();
  talk();
  await waitFor("the guest hears of the node", () => guest.text.includes(`${MARKS.north} flow`));
  const owner = await world.clientOf(callerOf("north_admin"));
  assert.equal((await owner.delete(`/nodes/${world.liveNodeId}/shares/${GROUPS.view}`)).status, 204);
  await waitFor("the node is taken away", () => guest.text.includes(`"${world.liveNodeId}":null`));
  guest.text = "";

  talk();
  const root = await watcherOf(callerOf("root"));
  await root.status;
  root.watchAll();
  await waitFor("the others have heard", () => root.text.includes(`${MARKS.north} flow`));
  await guest.settle();

  assert.ok(!guest.text.includes(MARKS.north), guest.text.slice(0, 500));
  for (const { socket } of [guest, root]) {
    socket.terminate();
  }
});
