import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { peer } from "@bilbycast/testkit/peers";
import { EdgeProcess } from "./edge-process.ts";

const LAUNCHER = fileURLToPath(new URL("../bin/bilbycast-edge.cjs", import.meta.url));

type Fields = Record<string, unknown>;

const TS_PACKETS = 7;

/** A datagram of whole TS packets whose number can be read from its payload. */
const datagram = (number: number): Buffer => {
  const bytes = Buffer.alloc(TS_PACKETS * 188, 0xff);
  for (let i = 0; i < TS_PACKETS; i++) {
    bytes.writeUInt32BE(0x47_1f_ff_10, i * 188);
  }
  bytes.writeUInt32BE(number, 4);
  return bytes;
};

const openSocket = async (t: TestContext): Promise<{ socket: Socket; port: number }> => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return { socket, port: socket.address().port };
};

const flowTo = (port: number): Fields => ({
  version: 2,
  inputs: [{ type: "udp", id: "in", name: "In", bind_addr: "127.0.0.1:0" }],
  outputs: [{ type: "udp", id: "out", name: "Out", dest_addr: `127.0.0.1:${port}` }],
  flows: [{ id: "f", name: "F", input_ids: ["in"], output_ids: ["out"] }],
});

const statsOf = async (edge: EdgeProcess): Promise<Fields & { input: Fields; outputs: Fields[] }> =>
  (await edge.call("GET", "/api/v1/stats/f")).body["data"] as Fields & { input: Fields; outputs: Fields[] };

/** Sends numbered datagrams to the input until `enough`; each arrival is told by its number. */
const pump = async (sender: Socket, to: string, receiver: Socket, enough: (numbers: number[]) => boolean): Promise<number[]> => {
  const port = Number(to.split(":")[1]);
  const numbers: number[] = [];
  const arrived = new Promise<void>((resolve) => {
    receiver.on("message", (message: Buffer) => {
      numbers.push(message.readUInt32BE(4));
      if (enough(numbers)) {
        resolve();
      }
    });
  });
  let next = 0;
  const timer = setInterval(() => sender.send(datagram(next++), port, "127.0.0.1"), 2);
  await arrived;
  clearInterval(timer);
  receiver.removeAllListeners("message");
  return numbers;
};

test("a flow of the configuration carries, is counted, and ends cleanly on a signal", async (t) => {
  const { socket: receiver, port } = await openSocket(t);
  const { socket: sender } = await openSocket(t);
  const edge = await EdgeProcess.start(t, flowTo(port));

  const numbers = await pump(sender, String((await statsOf(edge)).input["local_addr"]), receiver, (seen) => seen.length >= 50);
  const stats = await statsOf(edge);
  const health = (await edge.call("GET", "/health")).body;
  edge.child.kill("SIGTERM");

  assert.deepEqual(
    numbers,
    numbers.map((_, i) => (numbers[0] ?? 0) + i),
  );
  assert.ok(Number(stats.input["packets_received"]) >= 50);
  assert.ok(Number(stats.outputs[0]?.["packets_sent"]) >= 50);
  assert.equal(health["active_flows"], 1);
  assert.deepEqual(await edge.ended, { code: 0, signal: null });
});

test("an output is added to a flow that carries, and a request that the engine refuses changes nothing and names the field", async (t) => {
  const { socket: receiver, port } = await openSocket(t);
  const { socket: sender, port: taken } = await openSocket(t);
  const { socket: second, port: secondPort } = await openSocket(t);
  const edge = await EdgeProcess.start(t, flowTo(port));
  const address = String((await statsOf(edge)).input["local_addr"]);
  const before = readFileSync(edge.configPath, "utf8");

  const clash = { id: "g", name: "G", input: { type: "udp", bind_addr: `127.0.0.1:${taken}` }, outputs: [] };
  const refused = await edge.call("POST", "/api/v1/flows", clash);
  const added = await edge.call("POST", "/api/v1/flows/f/outputs", {
    type: "udp",
    id: "p",
    name: "P",
    dest_addr: `127.0.0.1:${secondPort}`,
  });
  const [first, other] = await Promise.all([pump(sender, address, receiver, (seen) => seen.length >= 20), once(second, "message")]);

  assert.deepEqual([refused.status, refused.body["error_code"], refused.body["field"]], [409, "udp_bind_failed", "input.bind_addr"]);
  assert.equal(added.status, 200, JSON.stringify(added.body));
  assert.ok(first.length >= 20 && other.length > 0);
  assert.equal(String((await statsOf(edge)).input["local_addr"]), address);
  assert.ok(!before.includes('"g"') && !readFileSync(edge.configPath, "utf8").includes('"g"'));
});

test("a configuration with errors ends with code 78, and every error is printed", async (t) => {
  const edge = EdgeProcess.launch(t, { version: 2, server: { listen_port: 0 }, flows: [{ id: "f" }] });

  assert.deepEqual(await edge.ended, { code: 78, signal: null });
  assert.match(edge.stderr, /server\.listen_port: must be/);
  assert.match(edge.stderr, /flows\[0\]\.name: is required/);
});

test("an edge with an invalid input starts, runs the rest, and says what is wrong with the input", async (t) => {
  const { port } = await openSocket(t);
  const config = flowTo(port);
  const inputs = [...(config["inputs"] as Fields[]), { type: "udp", id: "bad", name: "Bad", bind_addr: "x" }];
  const edge = await EdgeProcess.start(t, { ...config, inputs });

  const { body } = await edge.call("GET", "/api/v1/events");
  const flow = await statsOf(edge);

  const { events } = body["data"] as { events: Fields[] };
  assert.match(String(events.find((event) => event["input_id"] === "bad")?.["message"]), /"bad".*inputs\[1\]\.bind_addr must be/);
  assert.equal(flow["flow_id"], "f");
});

test("a port of the API that is taken ends with code 78 and names the way out", async (t) => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const edge = EdgeProcess.launch(t, undefined, ["--port", String(port)]);

  assert.deepEqual(await edge.ended, { code: 78, signal: null });
  assert.match(edge.stderr, /choose another with --bind and --port/);
});

test("a certificate that cannot be used ends with code 78 and is named", async (t) => {
  const edge = EdgeProcess.launch(t, { version: 2, server: { tls: { cert_path: "/nowhere/cert.pem", key_path: "/nowhere/key.pem" } } });

  assert.deepEqual(await edge.ended, { code: 78, signal: null });
  assert.match(edge.stderr, /\/nowhere\/cert\.pem .*ENOENT/);
});

test("the version and the help are answered, and a wrong command line ends with code 2", async (t) => {
  const answers = await Promise.all([["-V"], ["-h"], ["--port", "x"]].map((words) => EdgeProcess.launch(t, undefined, words).ended));

  assert.deepEqual(
    answers.map((answer) => answer.code),
    [0, 0, 2],
  );
});

test("a launcher that is told to wait for no time, or for no number, says what would be right and starts nothing", async () => {
  for (const pause of ["5", "600001", "soon"]) {
    const refused = peer(process.execPath, [LAUNCHER, "--version"], { environment: { BILBYCAST_RESTART_PAUSE_MS: pause } });
    assert.equal(await refused.exited, 78);
    assert.match(refused.output(), /BILBYCAST_RESTART_PAUSE_MS must be a whole number from 100 to 600000/);
  }
});

test("an edge that crashes comes back with its flows, and tells of it", async (t) => {
  const { socket: receiver, port } = await openSocket(t);
  const { socket: sender } = await openSocket(t);
  const edge = await EdgeProcess.start(t, flowTo(port));
  const { pid } = await edge.running(1);

  process.kill(pid, "SIGSEGV");
  await edge.running(2);
  const numbers = await pump(sender, String((await statsOf(edge)).input["local_addr"]), receiver, (seen) => seen.length >= 5);
  const { events } = (await edge.call("GET", "/api/v1/events")).body["data"] as { events: { details: Fields }[] };

  const restart = events.find((event) => event.details["error_code"] === "edge_restarted");
  assert.deepEqual(restart?.details, { error_code: "edge_restarted", restarts: 1, reason: "SIGSEGV" });
  assert.ok(numbers.length >= 5);
});

test("an edge does not outlive its launcher", { timeout: 60_000 }, async (t) => {
  const edge = await EdgeProcess.start(t);

  edge.child.kill("SIGKILL");

  // The pipe of the output closes when the last process that holds it is gone: were the edge left, this would wait for ever.
  assert.deepEqual(await edge.ended, { code: null, signal: "SIGKILL" });
});
