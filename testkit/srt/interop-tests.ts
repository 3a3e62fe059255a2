import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { difference, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { tsUnit } from "@bilbycast/testkit/streams";
import { RealReceiver, RealSender, type RealOptions } from "./real-socket.ts";
import type { KeyLength, SrtMode, SrtPeer, SrtPeerOptions } from "./srt-peers.ts";

const COUNT = 400;
const PASSPHRASE = "a-passphrase-of-some-length";
/** Milliseconds; a busy machine needs more than the default. */
const LATENCY = 500;
/** Seconds. */
const PATIENCE = 45;
const UNITS = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const SENT = Buffer.concat(UNITS);

const SECURITY: readonly [name: string, keyLength: KeyLength | undefined][] = [
  ["plain", undefined],
  ["AES-128", 16],
  ["AES-192", 24],
  ["AES-256", 32],
];

/** How that program and we meet. */
type Meeting = { ours: RealOptions; theirs: SrtPeerOptions };

/** Declares the whole matrix with that program: each mode, plain and with each key length, both ways; what it does not offer is named. */
export const interopTests = (program: SrtPeer): void => {
  describe(program.name, { concurrency: 4 }, () => {
    for (const mode of ["caller", "listener", "rendezvous"] as const) {
      for (const [name, keyLength] of SECURITY) {
        const lacks = program.lacks(mode);
        if (lacks !== undefined) {
          test(`as ${mode}, ${name}: ${lacks}`, (t) => neverMeets(t, program, mode, keyLength));
          continue;
        }
        test(`sends as ${mode}, ${name}, and we receive byte for byte`, (t) => receiveAll(t, program, mode, keyLength));
        test(`receives as ${mode}, ${name}, what we send byte for byte`, (t) => sendAll(t, program, mode, keyLength));
      }
    }
  });
};

const meeting = async (mode: SrtMode, keyLength: KeyLength | undefined): Promise<Meeting> => {
  const secret = keyLength === undefined ? {} : { secret: { passphrase: PASSPHRASE, keyLength } };
  const security = keyLength === undefined ? {} : { passphrase: encodeUtf8(PASSPHRASE), keyLength };
  const settings = { receiveLatencyMs: LATENCY, peerLatencyMs: LATENCY, ...security };
  const [here, there] = [await freePorts(1), await freePorts(1)];
  const theirs = { mode, latencyMs: LATENCY, ...secret };
  if (mode === "rendezvous") {
    return {
      ours: { call: there, listen: here, rendezvous: true, settings },
      theirs: { ...theirs, port: here, localPort: there },
    };
  }
  return mode === "caller"
    ? { ours: { listen: here, settings }, theirs: { ...theirs, port: here } }
    : { ours: { call: there, settings }, theirs: { ...theirs, port: there } };
};

const isConnected = ({ side }: RealReceiver | RealSender): boolean => side.said.includes("connected");

const receiveAll = async (t: TestContext, program: SrtPeer, mode: SrtMode, keyLength: KeyLength | undefined): Promise<void> => {
  const stage = new Stage(t);
  const [{ ours, theirs }, udp] = [await meeting(mode, keyLength), await freePorts(1)];
  const receiver = await RealReceiver.open(ours);
  t.after(() => receiver.close());
  const sender = await stage.listening(program.sender(udp, theirs), udp);
  if (!program.waitsForInput) {
    await waitFor(`a connection\n${sender.output()}`, () => isConnected(receiver), PATIENCE);
    await sleep(300);
  }
  const socket = createSocket("udp4");
  t.after(() => void socket.close());
  await pour((unit) => socket.send(unit, udp, "127.0.0.1"));
  await waitFor("everything", () => receiver.units.length >= COUNT, PATIENCE);

  assert.equal(difference(receiver.bytes(), SENT), undefined);
  const { packetsMalformed, packetsUndecrypted } = receiver.side.meters;
  assert.deepEqual([packetsMalformed.value, packetsUndecrypted.value], [0, 0]);
  assert.equal(bitsOf(receiver), (keyLength ?? 0) * 8);
};

const sendAll = async (t: TestContext, program: SrtPeer, mode: SrtMode, keyLength: KeyLength | undefined): Promise<void> => {
  const stage = new Stage(t);
  const [{ ours, theirs }, sink] = [await meeting(mode, keyLength), await stage.sink()];
  const sender = await RealSender.open(ours);
  t.after(() => sender.close());
  stage.keep(program.receiver(sink.port, theirs));
  await waitFor("a connection", () => isConnected(sender), PATIENCE);
  await sleep(300);
  await pour((unit) => sender.send(unit));
  await sink.settle(SENT.length);

  assert.equal(difference(sink.bytes(), SENT), undefined);
  assert.deepEqual([sender.side.meters.sendDropped.value, sender.side.meters.packetsMalformed.value], [0, 0]);
  assert.equal(bitsOf(sender), (keyLength ?? 0) * 8);
};

/** What the table says of the program is still so. */
const neverMeets = async (t: TestContext, program: SrtPeer, mode: SrtMode, keyLength: KeyLength | undefined): Promise<void> => {
  const stage = new Stage(t);
  const [{ ours, theirs }, sink] = [await meeting(mode, keyLength), await stage.sink()];
  const sender = await RealSender.open(ours);
  t.after(() => sender.close());
  const other = stage.keep(program.receiver(sink.port, theirs));
  await Promise.race([other.exited, sleep(3_000)]);
  assert.equal(isConnected(sender), false);
};

/** Bits of the key that the connection was made with. */
const bitsOf = ({ side }: RealReceiver | RealSender): number => {
  const [event] = side.events;
  return event?.event === "connected" ? event.encryption : -1;
};

/** Gives every unit to `send`, some four Mbit/s. */
const pour = async (send: (unit: Uint8Array) => void): Promise<void> => {
  for (let n = 0; n < COUNT; n += 4) {
    UNITS.slice(n, n + 4).forEach(send);
    await sleep(10);
  }
};
