import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { peer } from "./peer.ts";
import { boundUdpPorts, descendantsOf, isAlive } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

test("what a program starts is found below it, and is alive until it ends", async () => {
  // The shell starts two programs and waits for its input to end.
  const shell = peer("sh", ["-c", "sleep 600 & sleep 601 & cat; kill %1 %2"], { input: true });
  const found = await waitFor("three children", () => {
    const pids = descendantsOf(shell.pid);
    return pids.length === 3 ? pids : undefined;
  });

  assert.ok(descendantsOf(process.pid).includes(found[0] ?? 0), "a child's child is a descendant too");
  assert.deepEqual(found.map(isAlive), [true, true, true]);
  shell.input?.end();
  await shell.exited;
  await waitFor("the children to end", () => !found.some(isAlive));
  assert.equal(isAlive(shell.pid), false);
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
