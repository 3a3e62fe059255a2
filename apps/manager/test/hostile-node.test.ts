import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { WebSocket } from "ws";
import { CLOSE_CODES, FRAME_BYTES_MAX, NODE_BUDGET } from "@bilbycast/contracts/node-link";
import { waitFor } from "@bilbycast/testkit/peers";
import { addNode, FakeNode, JPEG } from "./fake-node.ts";
import { TestClient } from "./test-client.ts";
import { addPerson, testManager, type TestManager } from "./test-manager.ts";

// A node that has got in, or stands at the door, and means harm. Another node is there all the time and stays right.

let manager: TestManager;
let root: TestClient;
let good: { id: string; node: FakeNode };

before(async () => {
  manager = await testManager();
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");
  root = await TestClient.loggedIn(manager, "root");
  good = await newNode("good");
});
after(() => good.node.close());

const newNode = async (name: string): Promise<{ id: string; secret: string; node: FakeNode }> => {
  const { id, secret } = await addNode(manager, { name, groupId: "grp_default" });
  return { id, secret, node: await FakeNode.in(manager.base, id, secret) };
};

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that are held after everything that can go has gone. */
const heldBytes = (): number => {
  collect();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + arrayBuffers + external;
};

const MIB = 1_048_576;

/** Buffers go a little later than what held them. */
const staysBelow = (bytes: number): Promise<unknown> => waitFor("what was sent is not held any more", () => heldBytes() < bytes);

/** What the good node says just now is what a browser is told, and commands reach it. */
const goodIsServed = async (word: string): Promise<void> => {
  good.node.send("stats", { flows: [{ flow_id: word }], tunnels: [], uptime_secs: 1 });
  await waitFor(`the good node's ${word}`, async () => {
    const { body } = await root.get(`/nodes/${good.id}/stats`);
    return JSON.stringify(body["stats"]).includes(word);
  });
  const { status } = await root.post(`/nodes/${good.id}/command`, { action: { type: "start_flow", flow_id: "f" } });
  assert.equal(status, 200);
};

const frame = (type: string, payload: unknown): string => JSON.stringify({ type, payload });
const drained = (node: FakeNode): Promise<unknown> =>
  waitFor("what was sent has left", () => Promise.resolve(node.socket.bufferedAmount === 0));
const answersPing = async (node: FakeNode): Promise<void> => {
  node.send("ping", null);
  await node.until("pong");
};

test("frames as large as they may be, one after the other, are taken in; others are served meanwhile, and nothing of them stays but the last", async () => {
  const { id, node } = await newNode("large");
  const text = frame("stats", { flows: [{ flow_id: "f", padding: "x".repeat(FRAME_BYTES_MAX - 200) }], tunnels: [] });
  assert.ok(text.length <= FRAME_BYTES_MAX);
  const before = heldBytes();

  for (let i = 0; i < 10; i++) {
    node.socket.send(text);
  }
  await goodIsServed("while large frames come");
  await answersPing(node);
  await drained(node);

  await staysBelow(before + 40 * MIB);
  const { bytes } = await root.get(`/nodes/${id}/stats`);
  assert.ok(bytes.length > 5 * MIB - 1_000);
  node.close();
});

test("a frame over the limit ends its connection, as one piece or as many", async () => {
  const whole = await newNode("whole");
  whole.node.socket.send("x".repeat(FRAME_BYTES_MAX + 1));
  assert.equal((await whole.node.closed).code, 1_009);

  const pieces = await newNode("pieces");
  for (let i = 0; i < 7; i++) {
    pieces.node.socket.send("x".repeat(MIB), { fin: false });
  }
  assert.equal((await pieces.node.closed).code, 1_009);
  await goodIsServed("after what is too large");
});

test("hundreds of thousands of flow ids in a frame are no statistics; tens of thousands are, until the next", async () => {
  const { id, node } = await newNode("flows");
  const before = heldBytes();
  const flows = (count: number): string =>
    `{"type":"stats","payload":{"flows":[${Array.from({ length: count }, (_, i) => `{"flow_id":"${i}"}`).join(",")}]}}`;
  const told = async (): Promise<number> => {
    await answersPing(node);
    const { body } = await root.get(`/nodes/${id}/stats`);
    return (body["stats"] as { flows: unknown[] } | null)?.flows.length ?? 0;
  };
  node.socket.send(flows(20_000));
  const many = await told();
  for (let round = 0; round < 4; round++) {
    node.socket.send(flows(200_000));
  }
  await goodIsServed("while there are too many flows");
  const still = await told();
  node.socket.send(flows(1));

  assert.deepEqual([many, still, await told()], [20_000, 20_000, 1]);
  await staysBelow(before + 40 * MIB);
  node.close();
});

test("pictures of endless flows are kept up to a bound, the newest of them", async () => {
  const { id, node } = await newNode("pictures");
  for (let i = 0; i < 2_000; i++) {
    node.send("thumbnail", { flow_id: `f${i}`, input_id: `i${i}`, data: JPEG.toString("base64"), width: 1, height: 1 });
  }
  await answersPing(node);

  assert.ok((manager.states.get(id)?.pictures.size ?? 0) <= 256);
  assert.equal((await root.get(`/nodes/${id}/inputs/i1999/thumbnail`)).status, 200);
  assert.equal((await root.get(`/nodes/${id}/inputs/i0/thumbnail`)).body["error_code"], "picture_absent");
  node.close();
});

test("numbers that are none, depths without end and garbage are no statistics, and browsers get JSON that is right", async () => {
  const { id, node } = await newNode("numbers");
  const before = { flows: [{ flow_id: "before" }], tunnels: [] };
  node.send("stats", before);
  // Of what comes in one go the newest alone is read, and that is rubbish.
  await waitFor("it is read", () => Promise.resolve(manager.states.get(id)?.stats !== undefined));
  const nested = "[".repeat(50_000) + "]".repeat(50_000);
  for (const text of [
    '{"type":"stats","payload":{"flows":[],"uptime_secs":1e999}}',
    '{"type":"stats","payload":{"flows":[],"uptime_secs":NaN}}',
    '{"type":"stats","payload":{"flows":[],"active_flows":Infinity}}',
    `{"type":"stats","payload":{"flows":[{"flow_id":"deep","x":${nested}}]}}`,
    nested,
    "",
    "{",
    "null",
    '"stats"',
    '{"type":"stats"}',
    '{"type":"stats","payload":{"flows":{}}}',
    '{"type":"__proto__","payload":{}}',
    '{"type":"constructor","payload":{}}',
    '{"type":"toString"}',
    `{"type":"${"x".repeat(1_000)}"}`,
  ]) {
    node.socket.send(text);
  }
  node.socket.send(Buffer.from([0xbc, 1, 0, 0, 0, 9]));
  node.socket.send(Buffer.from([0xff, 0xfe, 0x00]), { binary: true });
  await answersPing(node);
  assert.deepEqual((await root.get(`/nodes/${id}/stats`)).body["stats"], before);

  const odd = `{"type":"stats","payload":{"flows":[{"flow_id":"odd","flow_name":"a\\u0000\\u202e<b>\\ud800","input":{"bitrate_bps":1e999},"__proto__":{"polluted":true}}],"tunnels":[],"__proto__":{"polluted":true}}}`;
  node.socket.send(odd);
  node.socket.send(
    '{"type":"health","payload":{"status":"ok","version":"1\\u0000\\u202e","capabilities":["a\\u0000","\\ud800"],"load":1e999}}',
  );
  await answersPing(node);
  const told = await waitFor("its health is kept", async () => {
    const { body } = await root.get(`/nodes/${id}`);
    return (body["capabilities"] as string[]).length === 2 ? body : undefined;
  });
  const { bytes, body } = await root.get(`/nodes/${id}/stats`);

  assert.equal((body["stats"] as { flows: { flow_id: string }[] }).flows[0]?.flow_id, "odd");
  assert.doesNotMatch(bytes.toString(), /Infinity|NaN/);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.ok(!String(told["software_version"]).includes("\u0000"));
  node.close();
});

test("a node that speaks nothing but rubbish is let go; one of a later version, with words of its own, is not", async () => {
  const [rubbish, later] = [await newNode("rubbish"), await newNode("later")];
  for (let i = 0; i < 200; i++) {
    rubbish.node.socket.send("rubbish");
    later.node.send("weather", { of: "tomorrow" });
  }
  await rubbish.node.closed;
  await answersPing(later.node);

  assert.equal(manager.hub.connections.has(rubbish.id), false);
  assert.equal(manager.hub.connections.has(later.id), true);
  later.node.close();
});

test("100,000 acknowledgements of nobody's commands, and of another node's, do nothing", async () => {
  const { node } = await newNode("acks");
  good.node.acknowledges = false;
  good.node.heard.length = 0;
  const command = root.post(`/nodes/${good.id}/command`, { action: { type: "start_flow", flow_id: "f" } });
  const { payload } = await good.node.until("command");
  const { command_id: foreign } = payload as { command_id: string };
  for (let i = 0; i < 15_000; i++) {
    node.socket.send(`{"type":"command_ack","payload":{"command_id":"${i % 2 === 0 ? i : foreign}","success":false,"error":"forged"}}`);
  }
  await answersPing(node);
  good.node.send("command_ack", { command_id: foreign, success: true, data: { is: "true" } });
  good.node.acknowledges = true;

  const { status, body } = await command;
  assert.deepEqual([status, body["data"]], [200, { is: "true" }]);
  node.close();
});

test("what is no picture is not kept as one", async () => {
  const { id, node } = await newNode("no-pictures");
  const send = (data: string): void => node.send("thumbnail", { flow_id: "f", data, width: 1, height: 1 });
  for (const bytes of ["<script>alert(1)</script>", "GIF89a", "\x89PNG\r\n", "<svg onload=alert(1)>", "\xff", ""]) {
    send(Buffer.from(bytes, "latin1").toString("base64"));
  }
  send("not base64 at all!");
  send(Buffer.concat([JPEG, Buffer.alloc(300_000)]).toString("base64"));
  await answersPing(node);
  const none = await root.get(`/nodes/${id}/flows/f/thumbnail`);
  send(Buffer.concat([JPEG, Buffer.from("<script>")]).toString("base64"));
  await answersPing(node);
  const some = await root.get(`/nodes/${id}/flows/f/thumbnail`);
  const same = await root.get(`/nodes/${id}/flows/f/thumbnail`, { "if-none-match": some.headers.get("etag") ?? "" });

  assert.deepEqual([none.status, none.body["error_code"]], [404, "picture_absent"]);
  assert.deepEqual(
    [some.status, some.headers.get("content-type"), some.headers.get("x-content-type-options")],
    [200, "image/jpeg", "nosniff"],
  );
  assert.deepEqual([same.status, same.bytes.length], [304, 0]);
  node.close();
});

test("a second auth changes nobody into another", async () => {
  const { id, node } = await newNode("twice");
  const other = await addNode(manager, { name: "victim", groupId: "grp_default" });
  node.send("auth", { node_id: other.id, node_secret: other.secret, software_version: "1", protocol_version: 4 });
  node.send("stats", { flows: [{ flow_id: "mine" }], tunnels: [] });
  // Statistics are read when there is time: an answer to a ping may come before.
  await waitFor("its statistics are its own", () => JSON.stringify(manager.states.get(id)?.stats ?? null).includes("mine"));

  assert.equal(manager.hub.connections.has(other.id), false);
  node.close();
});

test("a node that comes and goes in the same moment is away afterwards, and never here for ever", async () => {
  const { id, secret } = await addNode(manager, { name: "flapping", groupId: "grp_default" });
  for (let i = 0; i < 20; i++) {
    const node = new FakeNode(manager.base);
    await node.opened();
    node.send("auth", { node_id: id, node_secret: secret, software_version: "1", protocol_version: 4 });
    if (i % 2 === 0) {
      await node.until("auth_ok");
    }
    node.close();
  }
  await waitFor("it is away", async () => {
    const { body } = await root.get(`/nodes/${id}`);
    return body["status"] === "offline" && !manager.hub.connections.has(id);
  });
});

/** First frames of strangers, and what they are told. */
const FIRST: Readonly<Record<string, readonly [frame: string | Buffer, code: string | undefined]>> = {
  "no JSON": ["hello", "auth_expected"],
  "another message": [frame("stats", { flows: [] }), "auth_expected"],
  binary: [Buffer.from([1, 2, 3]), "auth_expected"],
  "no credentials": [frame("auth", {}), "auth_expected"],
  "NUL in the id": [frame("auth", { node_id: "\u0000", node_secret: "x", protocol_version: 1 }), "node_unknown"],
  "SQL in the id": [frame("auth", { node_id: "' or 1=1 --", node_secret: "x", protocol_version: 1 }), "node_unknown"],
  "NUL in the token": [frame("auth", { registration_token: "\u0000", protocol_version: 1 }), "registration_token_invalid"],
  "an endless version": [frame("auth", { node_id: "n", node_secret: "x", protocol_version: 1e300 }), "node_unknown"],
  "too long a frame": [frame("auth", { node_id: "x".repeat(20_000), node_secret: "x", protocol_version: 1 }), "auth_expected"],
  "a frame without end": ["x".repeat(4 * MIB), undefined],
};

for (const [what, [first, code]] of Object.entries(FIRST)) {
  test(`a stranger who begins with ${what} is sent away`, async () => {
    const node = new FakeNode(manager.base);
    await node.opened();
    node.socket.send(first);
    if (code !== undefined) {
      const { payload } = await node.until("auth_error");
      assert.equal((payload as { error_code: string }).error_code, code);
    }
    await node.closed;
  });
}

test("1,000 strangers at the door at once do not keep nodes and browsers out when they have gone", async () => {
  const { port } = manager;
  const knocks = Array.from({ length: 1_000 }, () => new WebSocket(`ws://127.0.0.1:${port}/ws/node`));
  const ends = knocks.map(
    (socket) =>
      new Promise<"open" | "refused">((resolve) => {
        socket.once("open", () => resolve("open"));
        socket.once("error", () => resolve("refused"));
      }),
  );
  const outcomes = await Promise.all(ends);
  await goodIsServed("behind a crowd");
  for (const socket of knocks) {
    socket.terminate();
  }

  assert.ok(outcomes.includes("refused") && outcomes.filter((outcome) => outcome === "open").length <= 512);
  const { node } = await waitFor("the door is free", () => newNode(`after-${Math.random()}`).catch(() => undefined));
  node.close();
});

test("a request for an upgrade that is none of ours is refused in words of HTTP", async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(manager.port, "127.0.0.1");
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.once("close", () => resolve(text));
    socket.write("GET /ws/other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  });

  assert.match(answer, /^HTTP\/1\.1 404 /);
});

test("nothing of all this was a fault of ours", () => {
  assert.deepEqual(
    manager.lines.filter((line) => /"level":(50|60)/.test(line)),
    [],
  );
});

test("a node that sends more than a node may is closed with a code of its own, counted and told of, and does not begin anew when it comes back", async () => {
  const { id, secret, node } = await newNode("loud");
  const before = manager.hub.overBudget;
  for (let i = 0; i < NODE_BUDGET.burstMessages + 20 * NODE_BUDGET.messagesPerSecond; i++) {
    node.socket.send('{"type":"pong","payload":null}');
  }
  const closed = await node.closed;
  const again = await FakeNode.in(manager.base, id, secret);
  for (let i = 0; i < NODE_BUDGET.burstMessages / 2; i++) {
    again.socket.send('{"type":"pong","payload":null}');
  }

  assert.deepEqual([closed.code, closed.reason], [CLOSE_CODES.node_over_budget.code, "node_over_budget"]);
  assert.equal((await again.closed).code, CLOSE_CODES.node_over_budget.code);
  assert.equal(manager.hub.overBudget, before + 2);
  await waitFor("it is told", async () => {
    const { body } = await root.get(`/alarms?node_id=${id}`);
    return (body["alarms"] as { error_code: string }[]).some(({ error_code: code }) => code === "node_over_budget");
  });
  await goodIsServed("after the loud one");
});

test("of statistics that wait for a manager that is behind only the newest are read", async () => {
  const { id, node } = await newNode("behind");
  await answersPing(node);
  const before = manager.hub.shed;
  // Sent while nobody here can read: they are all there when it goes on.
  for (let second = 1; second <= 50; second++) {
    node.send("stats", { flows: [], tunnels: [], uptime_secs: second });
  }
  await answersPing(node);

  await waitFor("the newest is known", () => Promise.resolve(manager.states.get(id)?.stats?.["uptime_secs"] === 50));
  assert.ok(manager.hub.shed - before > 25, `${manager.hub.shed - before} of 50 were passed over`);
  node.close();
});
