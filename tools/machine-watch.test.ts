import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@bilbycast/testkit/peers";
import { MachineWatch } from "./machine-watch.ts";

const stand = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const lateness = (told: string): number => Number(/late by (\d+) ms/.exec(told)?.[1]);

test("a machine that stood still is told of, and only to those whose time it was in", async () => {
  const watch = new MachineWatch();
  const before = watch.begin();
  await sleep(60);
  stand(400);
  await sleep(60);

  assert.ok(lateness(before()) >= 300);
  // It may stand still again, by itself, but not each time.
  await waitFor("a moment in which it did not", async () => {
    const behind = watch.begin();
    await sleep(60);
    return lateness(behind()) < 300;
  });
  watch.end();
});

test("datagrams that found their socket full are counted", { skip: process.platform !== "linux" }, async () => {
  const watch = new MachineWatch();
  const told = watch.begin();
  const receiver = createSocket({ type: "udp4", recvBufferSize: 4_096 }).bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const sender = createSocket("udp4");
  const count = 200;
  const sent = Array.from(
    { length: count },
    () => new Promise<void>((resolve) => sender.send(Buffer.alloc(1_000), receiver.address().port, "127.0.0.1", () => resolve())),
  );
  await Promise.all(sent);

  assert.ok(Number(/(\d+) datagrams found their socket full/.exec(told())?.[1]) > count / 10);
  receiver.close();
  sender.close();
  watch.end();
});
