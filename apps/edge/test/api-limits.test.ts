import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { SERVER_LIMITS, type ServerLimits } from "@bilbycast/service/http";
import { testApi } from "./test-api.ts";

const SHORT: ServerLimits = { ...SERVER_LIMITS, headersTimeout: 300, requestTimeout: 600, checkInterval: 50 };

/** An API that listens, with these limits. */
const listening = async (t: TestContext, limits: ServerLimits): Promise<{ port: number; open: () => Promise<Socket> }> => {
  const { api } = await testApi(t, { server: { limits } });
  await api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  return { port, open };
};

/** Everything that the edge says until it ends the connection. */
const untilClosed = async (socket: Socket): Promise<string> => {
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  // What is sent while the edge ends it comes back as a reset, behind the answer.
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
};

const POST = "POST /api/v1/flows HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n";

test("a body that comes a byte at a time is ended when its time is over", async (t) => {
  const { open } = await listening(t, SHORT);
  const socket = await open();
  socket.write(`${POST}\r\n{`);
  const timer = setInterval(() => socket.write(" "), 30);
  t.after(() => clearInterval(timer));

  assert.match(await untilClosed(socket), /^HTTP\/1\.1 408 .*"error_code":"request_timeout"/s);
});

test("headers that come a line at a time are ended when their time is over", async (t) => {
  const { open } = await listening(t, SHORT);
  const socket = await open();
  socket.write("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  const timer = setInterval(() => socket.write("X-More: 1\r\n"), 30);
  t.after(() => clearInterval(timer));

  assert.match(await untilClosed(socket), /^HTTP\/1\.1 408 /);
});

test("a connection that says nothing is ended as well", async (t) => {
  const { open } = await listening(t, SHORT);
  const socket = await open();

  await untilClosed(socket);

  assert.ok(socket.destroyed);
});

test("a body larger than a megabyte is refused before it is there", async (t) => {
  const { open } = await listening(t, SERVER_LIMITS);
  const socket = await open();
  socket.write(`${POST.replace("Content-Length: 1000", "Content-Length: 1100000")}\r\n`);

  const [answer] = (await once(socket.setEncoding("utf8"), "data")) as [string];

  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /request_too_large/);
});

test("with 1,000 idle connections the edge holds no more than its bound, and answers", async (t) => {
  const limits = { ...SERVER_LIMITS, connections: 100 };
  const { port, open } = await listening(t, limits);
  const sockets: Socket[] = [];
  for (let i = 0; i < 20; i++) {
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))));
  }

  const answer = await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: "close" } });

  assert.equal(answer.status, 200);
  const isHeld = (socket: Socket): boolean => !socket.destroyed && !socket.readableEnded;
  while (sockets.filter(isHeld).length > limits.connections) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const socket of sockets) {
      socket.resume();
    }
  }
  assert.equal(sockets.length, 1_000);
  assert.ok(sockets.slice(-50).every(isHeld), "the newest stay");
});

test("a connection in the middle of a request is not the one that goes", async (t) => {
  const { open } = await listening(t, { ...SERVER_LIMITS, connections: 5 });
  const working = await open();
  const body = JSON.stringify({ id: "f", name: "F" });
  working.write(`${POST.replace("1000", String(body.length))}Connection: close\r\n\r\n${body.slice(0, 5)}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (let i = 0; i < 20; i++) {
    await open();
  }

  working.write(body.slice(5));

  assert.match(await untilClosed(working), /^HTTP\/1\.1 200 /);
});

/** Paths that try to leave the place of an id: none reaches a file, each is an id that nobody has. */
const TRAVERSALS = [
  "/api/v1/flows/..%2f..%2f..%2fetc%2fpasswd",
  "/api/v1/flows/%2e%2e%2fconfig",
  "/api/v1/inputs/..%5c..%5cconfig.json",
  "/api/v1/outputs/%00",
  "/api/v1/stats/..%2f..%2fconfig.json%00.json",
  "/api/v1/flow-groups/..%2fstart/start",
];

for (const path of TRAVERSALS) {
  test(`${path} is an id like any other, and nobody's`, async (t) => {
    const api = await testApi(t);

    const answer = await api.call(path.endsWith("/start") ? "POST" : "GET", path);

    assert.equal(answer.status, 404);
    assert.match(String(answer.body.error_code), /_not_found$/);
    assert.doesNotMatch(JSON.stringify(answer.body), /root:|"version"/);
  });
}

test("dots in a path lead to no other route, and a broken escape is refused", async (t) => {
  const { open } = await listening(t, SERVER_LIMITS);
  const ask = async (path: string): Promise<string> => {
    const socket = await open();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    return untilClosed(socket);
  };

  assert.match(await ask("/api/v1/flows/../config"), /^HTTP\/1\.1 404 /);
  assert.match(await ask("/setup/../../../../etc/passwd"), /^HTTP\/1\.1 404 /);
  assert.match(await ask("/api/v1/flows/%zz"), /^HTTP\/1\.1 400 .*"error_code":"request_malformed"/s);
});

test("markup in every name is answered as text that no browser takes for a page", async (t) => {
  const api = await testApi(t);
  const markup = `"><script>alert(1)</script>&amp;'`;
  const part = (more: Record<string, unknown>) => ({ type: "wire", name: markup, group: markup, ...more });
  await api.call("POST", "/api/v1/inputs", part({ id: markup, bind_addr: "127.0.0.1:5000" }));
  await api.call("POST", "/api/v1/outputs", part({ id: markup, dest_addr: "127.0.0.1:6000" }));
  const flow = { id: markup, name: markup, input_ids: [markup], output_ids: [markup] };
  const made = await api.call("POST", "/api/v1/flows", flow);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const id = encodeURIComponent(markup);
  const places = ["flows", `flows/${id}`, "inputs", `inputs/${id}`, `outputs/${id}`, "config", "stats", `stats/${id}`, "events"];

  for (const place of [...places, "flows/<script>", `<script>${id}`]) {
    const answer = await api.api.inject({ url: `/api/v1/${place}`, headers: { host: "localhost" } });
    assert.match(String(answer.headers["content-type"]), /^application\/json/, place);
    assert.equal(answer.headers["x-content-type-options"], "nosniff", place);
  }
  const read = await api.call("GET", `/api/v1/flows/${id}`);
  assert.equal((read.body.data as Record<string, unknown>)["name"], markup);
});
