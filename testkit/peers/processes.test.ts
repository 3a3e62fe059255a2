import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { peer } from "./peer.ts";
import { boundUdpPorts, descendantsOf, isAlive, programBelow } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

test("what a program starts is found below it, and is alive until it ends", async (t) => {
  // The shell starts `cat`, which ends with the pipe that both read.
  const shell = peer("sh", ["-c", "cat; exit 0"], { input: true });
  t.after(() => shell.stop());
  const child = await waitFor("the child", () => descendantsOf(shell.pid)[0]);

  assert.ok(descendantsOf(process.pid).includes(child), "a child's child is a descendant too");
  assert.deepEqual([programBelow(shell.pid, "cat"), programBelow(shell.pid, "nobody")], [child, undefined]);
  assert.deepEqual([shell.pid, child].map(isAlive), [true, true]);
  shell.input?.end();
  await shell.exited;
  assert.deepEqual([shell.pid, child].map(isAlive), [false, false]);
});

test("a UDP port is bound as long as its socket is open", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();

  assert.deepEqual(boundUdpPorts([port]), [port]);
  socket.close();
  await once(socket, "close");
  assert.deepEqual(boundUdpPorts([port]), []);
});
