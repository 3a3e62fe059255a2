import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { TcpConnection, type TcpEnd } from "../tcp-connection.ts";

const listening = async (t: TestContext, onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
};

/** A connection with everything that it told, and its end as a promise. */
const opened = (port: number, options: { host?: string; tls?: boolean } = {}) => {
  const told: string[] = [];
  const connected = Promise.withResolvers<void>();
  const received = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<TcpEnd>();
  const connection = new TcpConnection(
    { host: options.host ?? "127.0.0.1", port, tls: options.tls ?? false },
    {
      connected: () => {
        told.push("connected");
        connected.resolve();
      },
      received: (bytes) => {
        told.push("received");
        received.resolve(Buffer.from(bytes).toString());
      },
      drained: () => told.push("drained"),
      closed: (end) => {
        told.push("closed");
        ended.resolve(end);
      },
    },
  );
  return { connection, told, connected: connected.promise, received: received.promise, ended: ended.promise };
};

test("bytes go both ways, and the server's end is told once", async (t) => {
  const { port } = await listening(t, (socket) => socket.on("data", (data) => socket.end(`you said ${data.toString()}`)));
  const { connection, told, connected, received, ended } = opened(port);
  await connected;
  connection.write(Buffer.from("something"));
  assert.equal(await received, "you said something");
  assert.equal(await ended, "ended");
  assert.deepEqual(told, ["connected", "received", "closed"]);
  connection.write(Buffer.from("to nobody"));
  connection.close();
});

test("each way in which there is no connection has its name", async (t) => {
  const { server, port } = await listening(t, () => {});
  server.close();
  await once(server, "close");
  assert.equal(await opened(port).ended, "connection_refused");
  assert.equal(await opened(1, { host: "no-such-name.invalid" }).ended, "name_not_found");
});

test("a server that speaks no TLS is refused as one, and a reset is told as one", async (t) => {
  const plain = await listening(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  assert.equal(await opened(plain.port, { tls: true }).ended, "tls_failed");
  const rude = await listening(t, (socket) => socket.resetAndDestroy());
  const { ended } = opened(rude.port);
  assert.equal(await ended, "connection_reset");
});

test("what a server does not take waits and is told; closing does not wait for it", async (t) => {
  const accepted = Promise.withResolvers<Socket>();
  const { port } = await listening(t, (socket) => accepted.resolve(socket.pause()));
  const { connection, told, connected } = opened(port);
  await connected;
  for (let sent = 0; sent < 64 && connection.waiting < 1_000_000; sent++) {
    connection.write(new Uint8Array(1_000_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(connection.waiting >= 1_000_000);
  const socket = await accepted.promise;
  connection.close();
  socket.resume();
  await once(socket, "close");
  assert.deepEqual(told, ["connected"], "nothing is told after it was left");
});

test("closing sends what waits", async (t) => {
  const heard = Promise.withResolvers<string>();
  const { port } = await listening(t, (socket) => {
    let text = "";
    socket.on("data", (data) => (text += data.toString()));
    socket.on("end", () => heard.resolve(text));
  });
  const { connection, connected } = opened(port);
  await connected;
  connection.write(Buffer.from("good-bye"));
  connection.close();
  assert.equal(await heard.promise, "good-bye");
});
