import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { claimPort, releasePort } from "./port-claims.ts";
import { freePorts } from "./ports.ts";
import { waitFor } from "./wait-for.ts";

test("a row of free ports can be bound from end to end", async () => {
  const first = await freePorts(8, 2);

  assert.equal(first % 2, 0);
  const sockets = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const socket = createSocket("udp4").bind(first + i, "127.0.0.1");
      await once(socket, "listening");
      return socket;
    }),
  );
  sockets.forEach((socket) => socket.close());
});

test("a port that was given is not given again, and is free for others when the process has ended", async () => {
  const rows = await Promise.all(Array.from({ length: 40 }, () => freePorts(20)));
  const ports = rows.flatMap((first) => Array.from({ length: 20 }, (_, i) => first + i));
  assert.equal(new Set(ports).size, ports.length);

  const [port = 0] = ports;
  const claimElsewhere = (): string => {
    const script = `import { claimPort } from ${JSON.stringify(new URL("port-claims.ts", import.meta.url).href)}; console.log(claimPort(${port}));`;
    return execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }).trim();
  };
  assert.equal(claimElsewhere(), "false");
  releasePort(port);
  assert.equal(claimElsewhere(), "true");
  assert.ok(claimPort(port), "the other process has ended");
});

test("more ports than there are is an error and not an endless search", async () => {
  await assert.rejects(freePorts(20_000), /no 20000 neighbouring free ports/);
});

test("waiting returns the first value that is there", async () => {
  let looks = 0;

  assert.equal(await waitFor("the third look", () => (++looks === 3 ? "there" : undefined)), "there");
  assert.equal(looks, 3);
});

test("waiting in vain says what for", async () => {
  await assert.rejects(
    waitFor("a miracle", () => false, 0.05),
    /waited 0.05 s in vain for a miracle/,
  );
});
