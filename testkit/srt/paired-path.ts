import { createSocket } from "node:dgram";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts, waitFor, type Stage } from "@bilbycast/testkit/peers";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { liveTransmitReceiver, liveTransmitSender } from "./live-transmit.ts";
import { LossyProxy } from "./lossy-proxy.ts";
import { RealReceiver, RealSender } from "./real-socket.ts";

/** A path that both are sent over; times in milliseconds, one packet each. */
export type PairedPath = { seed: number; loss: number; delayMs: number; latencyMs: number; packets: number };

/** What came of it: packets that never came, and datagrams that the path lost both ways. */
export type PairedLoss = { missing: number; pathLost: number; doubled: number };

/** Two ends that stand, and what has come out of the far one. */
type Line = { send: (unit: Uint8Array) => void; received: () => readonly Uint8Array[]; proxy: LossyProxy };

/** Of no packet that counts: what is sent before, and behind so that the last ones show what they lack. */
const FILLER = 0x8000_0000;
const TAIL = 300;
const UNIT_PACKETS = 1;

/** Sends over our own sender and receiver. */
export const ourLoss = async (path: PairedPath): Promise<PairedLoss> => {
  const settings = { receiveLatencyMs: path.latencyMs, peerLatencyMs: path.latencyMs };
  const receiver = await RealReceiver.open({ settings, seed: path.seed });
  const proxy = await LossyProxy.open(receiver.port, path.seed, { delay: path.delayMs * 1_000 });
  const sender = await RealSender.open({ call: proxy.port, settings, seed: path.seed + 1 });
  try {
    return await lossOf({ send: (unit) => sender.send(unit), received: () => receiver.units, proxy }, path);
  } finally {
    [sender, receiver, proxy].forEach((each) => each.close());
  }
};

/** Sends over libsrt, both ends in programs of their own. */
export const libsrtLoss = async (path: PairedPath, stage: Stage): Promise<PairedLoss> => {
  const { latencyMs, seed, delayMs } = path;
  const [udp, port, sink] = [await freePorts(1), await freePorts(1), await stage.sink()];
  const receiver = await stage.listening(liveTransmitReceiver(sink.port, { port, mode: "listener", latencyMs }), port);
  const proxy = await LossyProxy.open(port, seed, { delay: delayMs * 1_000 });
  const sender = await stage.listening(liveTransmitSender(udp, { port: proxy.port, mode: "caller", latencyMs }), udp);
  const socket = createSocket("udp4");
  try {
    return await lossOf({ send: (unit) => socket.send(unit, udp, "127.0.0.1"), received: () => sink.datagrams, proxy }, path);
  } finally {
    [socket, proxy].forEach((each) => each.close());
    await Promise.all([sender.stop(), receiver.stop()]);
  }
};

const lossOf = async ({ send, received, proxy }: Line, path: PairedPath): Promise<PairedLoss> => {
  const filler = tsUnit(FILLER, UNIT_PACKETS);
  await waitFor(
    "the path to carry something",
    () => {
      send(filler);
      return received().length > 0;
    },
    20,
  );
  await pour(500, () => send(filler));
  proxy.lose(path.loss, path.seed);
  await pour(path.packets, (n) => send(tsUnit(n, UNIT_PACKETS)));
  await pour(TAIL, () => send(filler));
  const pathLost = proxy.chosen;
  proxy.lose(0, 0);
  await sleep(2 * path.latencyMs + 300);
  const marks = received()
    .map(markOf)
    .filter((mark) => mark < FILLER);
  const different = new Set(marks).size;
  return { missing: path.packets - different, pathLost, doubled: marks.length - different };
};

/** One each millisecond, as far as the timer lets; what it slept through is made up. */
const pour = async (count: number, send: (n: number) => void): Promise<void> => {
  const started = performance.now();
  for (let n = 0; n < count;) {
    for (const until = Math.min(count, Math.floor(performance.now() - started)); n < until; n++) {
      send(n);
    }
    await sleep(2);
  }
};
