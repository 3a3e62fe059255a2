import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { builtLibsrt } from "@bilbycast/testkit/libsrt";
import { difference, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { LossyProxy, RealGroup, testLiveReceiver, testLiveSender } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";

const COUNT = 1_600;
/** Unit at which a link dies. */
const CUT = 800;
type GroupMode = (typeof MODES)[number];
type ByteSink = Awaited<ReturnType<Stage["sink"]>>;

const PASSPHRASE = "a-passphrase-of-some-length";
/** Units that come in half of a latency. */
const MOST_LACKING = 120;
/** Milliseconds: a link is fresh for as long, and the machine is busy. */
const LATENCY = 600;
const WEIGHTS = [10, 5];

const units = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const sent = Buffer.concat(units);
const settings = { receiveLatencyMs: LATENCY, peerLatencyMs: LATENCY, passphrase: encodeUtf8(PASSPHRASE) };
const theirs = { latencyMs: LATENCY, secret: { passphrase: PASSPHRASE, keyLength: 16 } };
const MODES = ["broadcast", "backup"] as const;

/** Two paths to a port, which may be cut. */
const paths = async (t: TestContext, target: number): Promise<readonly [LossyProxy, LossyProxy]> => {
  const both = [await LossyProxy.open(target, 1, { delay: 5_000 }), await LossyProxy.open(target, 2, { delay: 20_000 })] as const;
  t.after(() => both.forEach((path) => path.close()));
  return both;
};

const cut = (path: LossyProxy, loss = 1): void => {
  path.there.properties.loss = loss;
  path.back.properties.loss = loss;
};

/**
 * A libsrt that receives times each link by its own handshake. In a backup it passes over what it still holds of the old link when the new
 * one seems to be ahead, whoever sends: the last units before a switch may lack, as many as the two handshakes differ by. All else is there.
 */
const hasAll = (sink: ByteSink, mode: GroupMode): void => {
  if (mode === "broadcast") {
    assert.equal(difference(sink.bytes(), sent), undefined);
    return;
  }
  const came = new Set(sink.datagrams.map(markOf));
  const lacking = units.map((_, n) => n).filter((n) => !came.has(n));
  assert.ok(sink.datagrams.every((datagram, i) => i === 0 || markOf(datagram) > markOf(sink.datagrams[i - 1] ?? datagram)));
  assert.ok(sink.datagrams.every((datagram) => Buffer.compare(datagram, tsUnit(markOf(datagram))) === 0));
  assert.ok(lacking.length <= MOST_LACKING, `${lacking.length} lack: ${lacking.join()}`);
};

/** Gives every unit to `send`, some four Mbit/s, and cuts the path on the way. */
const pour = async (send: (unit: Uint8Array) => void, path: LossyProxy): Promise<void> => {
  for (let n = 0; n < COUNT; n += 4) {
    if (n === CUT) {
      cut(path);
    }
    units.slice(n, n + 4).forEach(send);
    await sleep(10);
  }
};

const udpSender = (t: TestContext, port: number): ((unit: Uint8Array) => void) => {
  const socket = createSocket("udp4");
  t.after(() => void socket.close());
  return (unit) => socket.send(unit, port, "127.0.0.1");
};

const allReceived = async (receiver: RealGroup): Promise<void> => {
  await waitFor("everything", () => receiver.units.length >= COUNT, 15);
  assert.equal(difference(receiver.bytes(), sent), undefined);
  assert.equal(receiver.receiveMeters.tooLate.value, 0);
};

/**
 * Lets the second link connect when the first one stands and is read from: a libsrt that receives takes the time of the first one for the
 * second only then, and gives each the time of its own handshake otherwise, which on a busy machine is as good as any.
 */
const oneAfterTheOther = async (both: readonly [LossyProxy, LossyProxy], sender: RealGroup, sink: ByteSink): Promise<void> => {
  await waitFor("the first link", () => sender.connected === 1, 15);
  sender.send(tsUnit(0));
  await waitFor("somebody to read", () => sink.datagrams.length > 0, 15);
  sink.clear();
  cut(both[1], 0);
  await waitFor("both links", () => sender.connected === 2, 15);
  await sleep(500);
};

describe(`libsrt ${builtLibsrt().version}`, { concurrency: 4 }, () => {
  for (const mode of MODES) {
    test(`calls by two links, ${mode}, and one dies while it sends: we receive byte for byte`, async (t) => {
      const stage = new Stage(t);
      const udp = await freePorts(1);
      const receiver = await RealGroup.open("receive", { mode, settings });
      t.after(() => receiver.close());
      const both = await paths(t, receiver.port);
      stage.keep(testLiveSender(udp, { mode, call: both.map(({ port }) => port), weights: WEIGHTS, ...theirs }));
      await waitFor("both links", () => receiver.connected === 2, 15);
      await sleep(500);
      await pour(udpSender(t, udp), both[0]);
      await allReceived(receiver);
    });

    test(`takes our two links, ${mode}, and one dies while we send: it has what we sent`, async (t) => {
      const stage = new Stage(t);
      const [sink, port] = [await stage.sink(), await freePorts(1)];
      stage.keep(testLiveReceiver(sink.port, { listen: port, ...theirs }));
      const both = await paths(t, port);
      cut(both[1]);
      const sender = await RealGroup.open("send", { mode, call: both.map((path) => path.port), weights: WEIGHTS, settings });
      t.after(() => sender.close());
      await oneAfterTheOther(both, sender, sink);
      await pour((unit) => sender.send(unit), both[0]);
      await sink.settle(sent.length);
      hasAll(sink, mode);
    });

    test(`takes our two links, ${mode}, and one dies while it sends: we receive byte for byte`, async (t) => {
      const stage = new Stage(t);
      const [udp, port] = [await freePorts(1), await freePorts(1)];
      stage.keep(testLiveSender(udp, { listen: port, ...theirs }));
      const both = await paths(t, port);
      const receiver = await RealGroup.open("receive", { mode, call: both.map((path) => path.port), weights: WEIGHTS, settings });
      t.after(() => receiver.close());
      await waitFor("both links", () => receiver.connected === 2, 15);
      await sleep(500);
      await pour(udpSender(t, udp), both[0]);
      await allReceived(receiver);
    });

    test(`calls by two links, ${mode}, and one dies while we send: it has what we sent`, async (t) => {
      const stage = new Stage(t);
      const sink = await stage.sink();
      const sender = await RealGroup.open("send", { mode, settings });
      t.after(() => sender.close());
      const both = await paths(t, sender.port);
      cut(both[1]);
      stage.keep(testLiveReceiver(sink.port, { mode, call: both.map(({ port }) => port), weights: WEIGHTS, ...theirs }));
      await oneAfterTheOther(both, sender, sink);
      await pour((unit) => sender.send(unit), both[0]);
      await sink.settle(sent.length);
      hasAll(sink, mode);
    });
  }
});
