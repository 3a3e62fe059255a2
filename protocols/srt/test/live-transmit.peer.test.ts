import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { difference, freePorts, peer, Stage, waitFor } from "@bilbycast/testkit/peers";
import { RealReceiver, RealSender } from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";

const COUNT = 1_000;
const PASSPHRASE = "a passphrase of some length";
/** Milliseconds; a busy machine needs more than the default. */
const LATENCY = 400;

const SECURITY = [
  ["plain", undefined],
  ["AES-128", 16],
  ["AES-192", 24],
  ["AES-256", 32],
] as const;

const units = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const sent = Buffer.concat(units);

const settingsOf = (keyLength: 16 | 24 | 32 | undefined) => ({
  receiveLatencyMs: LATENCY,
  peerLatencyMs: LATENCY,
  ...(keyLength === undefined ? {} : { passphrase: encodeUtf8(PASSPHRASE), keyLength }),
});

const url = (port: number, mode: "caller" | "listener", keyLength: number | undefined): string => {
  const secret = keyLength === undefined ? "" : `&passphrase=${PASSPHRASE}&pbkeylen=${keyLength}`;
  return `srt://127.0.0.1:${port}?mode=${mode}&latency=${LATENCY}&transtype=live${secret}`;
};

/** Gives every unit to `send`, some four Mbit/s. */
const pour = async (send: (unit: Uint8Array) => void): Promise<void> => {
  for (let n = 0; n < COUNT; n += 4) {
    units.slice(n, n + 4).forEach(send);
    await sleep(10);
  }
};

/** Sends units to a UDP port of 127.0.0.1. */
const udpSender = (t: TestContext, port: number): ((unit: Uint8Array) => void) => {
  const socket = createSocket("udp4");
  t.after(() => void socket.close());
  return (unit) => socket.send(unit, port, "127.0.0.1");
};

const isConnected = (events: readonly { event: string }[]): boolean => events.some(({ event }) => event === "connected");

for (const ours of ["caller", "listener"] as const) {
  const theirs = ours === "caller" ? "listener" : "caller";
  for (const [name, keyLength] of SECURITY) {
    test(`what srt-live-transmit sends as ${theirs}, ${name}, we receive as ${ours} byte for byte`, async (t) => {
      const stage = new Stage(t);
      const udp = await freePorts(1);
      const port = ours === "caller" ? await freePorts(1) : 0;
      const receiver = await RealReceiver.open({ ...(ours === "caller" ? { call: port } : {}), settings: settingsOf(keyLength) });
      t.after(() => receiver.close());
      const target = url(ours === "caller" ? port : receiver.port, theirs, keyLength);
      stage.keep(peer("srt-live-transmit", [`udp://127.0.0.1:${udp}`, target]));
      await waitFor("a connection", () => isConnected(receiver.side.events), 15);
      await sleep(300);

      await pour(udpSender(t, udp));
      await waitFor("everything", () => receiver.units.length >= COUNT, 15);

      assert.equal(difference(receiver.bytes(), sent), undefined);
      const { packetsMalformed, packetsUndecrypted, acksSent } = receiver.side.meters;
      assert.deepEqual([packetsMalformed.value, packetsUndecrypted.value], [0, 0]);
      assert.ok(acksSent.value > 50);
    });

    test(`what we send as ${ours}, ${name}, srt-live-transmit receives as ${theirs} byte for byte`, async (t) => {
      const stage = new Stage(t);
      const sink = await stage.sink();
      const port = ours === "caller" ? await freePorts(1) : 0;
      const sender = await RealSender.open({ ...(ours === "caller" ? { call: port } : {}), settings: settingsOf(keyLength) });
      t.after(() => sender.close());
      const source = url(ours === "caller" ? port : sender.port, theirs, keyLength);
      stage.keep(peer("srt-live-transmit", [source, `udp://127.0.0.1:${sink.port}`]));
      await waitFor("a connection", () => isConnected(sender.side.events), 15);
      await sleep(300);

      await pour((unit) => sender.send(unit));
      await sink.settle(sent.length);

      assert.equal(difference(sink.bytes(), sent), undefined);
      const { acksReceived, sendDropped, packetsMalformed, rttUs } = sender.side.meters;
      assert.deepEqual([sendDropped.value, packetsMalformed.value], [0, 0]);
      assert.ok(acksReceived.value > 50 && rttUs.value < 100_000);
    });
  }
}
