import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { performance } from "node:perf_hooks";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8, u32 } from "@bilbycast/foundation/bytes";
import { builtLibsrt } from "@bilbycast/testkit/libsrt";
import { difference, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { LossyProxy, RealGroup, testLiveReceiver, testLiveSender } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { ACK, controlType, HEADER_SIZE, isControl, packetSequence } from "../../packet.ts";

const COUNT = 1_600;
/** Unit at which a link dies. */
const CUT = 800;
type GroupMode = (typeof MODES)[number];
type ByteSink = Awaited<ReturnType<Stage["sink"]>>;

const PASSPHRASE = "a-passphrase-of-some-length";
/** libsrt before that forgets to look at a link on which nothing comes any longer. */
const LOOKS_AT_ALL_LINKS = "1.5.4";
/** Milliseconds: a link is fresh for as long, and the machine is busy. */
const LATENCY = 600;
const WEIGHTS = [10, 5];
/** A sequence number has 31 bits. */
const SEQUENCE_MASK = 0x7fff_ffff;

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

/** Milliseconds at which the peer first said of each unit, on any path, that it has it. One unit goes ahead of the first. */
const acknowledgements = (both: readonly LossyProxy[]): number[] => {
  const at: number[] = [];
  let first: number | undefined;
  const take = (datagram: Uint8Array): void => {
    if (!isControl(datagram, 0)) {
      first ??= packetSequence(datagram, 0) + 1;
    } else if (controlType(datagram, 0) === ACK && first !== undefined) {
      const end = (u32(datagram, HEADER_SIZE) - first) & SEQUENCE_MASK;
      while (end <= COUNT && at.length < end) {
        at.push(performance.now());
      }
    }
  };
  both.forEach((path) => (path.tap = take));
  return at;
};

/**
 * All is there, byte for byte. Only an old libsrt in a backup loses units that it has: where a packet becomes due while it looks at one link
 * after the other, it takes the next one from the other link first; and a link that has died just when it looked away it forgets, with up to
 * a latency of units, for the one that took over. So there each unit that lacks is one that it said it had, before it passed over it.
 */
const hasAll = (sink: ByteSink, mode: GroupMode, acknowledged: readonly number[]): void => {
  if (mode === "broadcast" || LOOKS_AT_ALL_LINKS.localeCompare(builtLibsrt().version, "en", { numeric: true }) <= 0) {
    assert.equal(difference(sink.bytes(), sent), undefined);
    return;
  }
  const marks = sink.datagrams.map(markOf);
  assert.ok(marks.every((mark, i) => mark > (marks[i - 1] ?? -1)));
  assert.ok(sink.datagrams.every((datagram, i) => Buffer.compare(datagram, units[marks[i] ?? 0] ?? sent) === 0));
  assert.equal(acknowledged.length, COUNT);
  const came = new Set(marks);
  for (const n of units.keys()) {
    const passedAt = sink.arrivals[marks.findIndex((mark) => mark > n)] ?? Infinity;
    assert.ok(came.has(n) || (acknowledged[n] ?? Infinity) < passedAt, `unit ${n} lacks, and libsrt did not have it`);
  }
  assert.equal(marks.at(-1), COUNT - 1);
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
  await waitFor("everything", () => receiver.units.length >= COUNT);
  assert.equal(difference(receiver.bytes(), sent), undefined);
  assert.equal(receiver.receiveMeters.tooLate.value, 0);
};

/** Lets the second link connect when the first one stands and is read from: it joins a group whose time has begun. */
const oneAfterTheOther = async (both: readonly [LossyProxy, LossyProxy], sender: RealGroup, sink: ByteSink): Promise<void> => {
  await waitFor("the first link", () => sender.connected === 1);
  sender.send(tsUnit(0));
  await waitFor("somebody to read", () => sink.datagrams.length > 0);
  sink.clear();
  cut(both[1], 0);
  await waitFor("both links", () => sender.connected === 2);
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
      await waitFor("both links", () => receiver.connected === 2);
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
      const acknowledged = acknowledgements(both);
      const sender = await RealGroup.open("send", { mode, call: both.map((path) => path.port), weights: WEIGHTS, settings });
      t.after(() => sender.close());
      await oneAfterTheOther(both, sender, sink);
      await pour((unit) => sender.send(unit), both[0]);
      await sink.settle(sent.length);
      hasAll(sink, mode, acknowledged);
    });

    test(`takes our two links, ${mode}, and one dies while it sends: we receive byte for byte`, async (t) => {
      const stage = new Stage(t);
      const [udp, port] = [await freePorts(1), await freePorts(1)];
      stage.keep(testLiveSender(udp, { listen: port, ...theirs }));
      const both = await paths(t, port);
      const receiver = await RealGroup.open("receive", { mode, call: both.map((path) => path.port), weights: WEIGHTS, settings });
      t.after(() => receiver.close());
      await waitFor("both links", () => receiver.connected === 2);
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
      const acknowledged = acknowledgements(both);
      stage.keep(testLiveReceiver(sink.port, { mode, call: both.map(({ port }) => port), weights: WEIGHTS, ...theirs }));
      await oneAfterTheOther(both, sender, sink);
      await pour((unit) => sender.send(unit), both[0]);
      await sink.settle(sent.length);
      hasAll(sink, mode, acknowledged);
    });
  }
});
