import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { difference, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import {
  liveTransmitReceiver,
  liveTransmitSender,
  LossyProxy,
  RealReceiver,
  RealSender,
  type LiveTransmitOptions,
} from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";

const COUNT = 1_000;
const PASSPHRASE = "a-passphrase-of-some-length";
/** Milliseconds; a busy machine needs more than the default. */
const LATENCY = 500;

const units = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const sent = Buffer.concat(units);

type KeyLength = 16 | 24 | 32;
const settingsOf = (keyLength: KeyLength | undefined, more: object = {}) => ({
  receiveLatencyMs: LATENCY,
  peerLatencyMs: LATENCY,
  ...(keyLength === undefined ? {} : { passphrase: encodeUtf8(PASSPHRASE), keyLength }),
  ...more,
});

const theirsOf = (
  port: number,
  mode: LiveTransmitOptions["mode"],
  keyLength?: number,
  more: NonNullable<LiveTransmitOptions["more"]> = {},
): LiveTransmitOptions => ({
  port,
  mode,
  latencyMs: LATENCY,
  more,
  ...(keyLength === undefined ? {} : { secret: { passphrase: PASSPHRASE, keyLength } }),
});

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

/** Everything that the peer sends comes to us. */
const receiveAll = async (t: TestContext, receiver: RealReceiver, udp: number): Promise<void> => {
  t.after(() => receiver.close());
  await waitFor("a connection", () => isConnected(receiver.side.events));
  await sleep(300);
  await pour(udpSender(t, udp));
  await waitFor("everything", () => receiver.units.length >= COUNT, 30);
  assert.equal(difference(receiver.bytes(), sent), undefined);
  const { packetsMalformed, packetsUndecrypted, acksSent } = receiver.side.meters;
  assert.deepEqual([packetsMalformed.value, packetsUndecrypted.value], [0, 0]);
  assert.ok(acksSent.value > 50);
};

/** Everything that we send comes to the peer, which gives it to `sink`. */
const sendAll = async (t: TestContext, sender: RealSender, sink: Awaited<ReturnType<Stage["sink"]>>): Promise<void> => {
  t.after(() => sender.close());
  await waitFor("a connection", () => isConnected(sender.side.events));
  await sleep(300);
  await pour((unit) => sender.send(unit));
  await sink.settle(sent.length);
  assert.equal(difference(sink.bytes(), sent), undefined);
  const { acksReceived, sendDropped, packetsMalformed } = sender.side.meters;
  assert.deepEqual([sendDropped.value, packetsMalformed.value], [0, 0]);
  assert.ok(acksReceived.value > 50);
};

describe("srt-live-transmit", { concurrency: 4 }, () => {
  test("changes its keys while it sends", async (t) => {
    const stage = new Stage(t);
    const udp = await freePorts(1);
    const receiver = await RealReceiver.open({ settings: settingsOf(16) });
    stage.keep(liveTransmitSender(udp, theirsOf(receiver.port, "caller", 16, { kmrefreshrate: 200, kmpreannounce: 50 })));
    await receiveAll(t, receiver, udp);
  });

  test("follows our changes of keys", async (t) => {
    const stage = new Stage(t);
    const sink = await stage.sink();
    const sender = await RealSender.open({ settings: settingsOf(16, { refreshRate: 200, preAnnounce: 50 }) });
    stage.keep(liveTransmitReceiver(sink.port, theirsOf(sender.port, "caller", 16)));
    await sendAll(t, sender, sink);
    assert.equal(sender.side.meters.keysRefreshed.value, 4);
  });

  const path = { loss: 0.05, delay: 20_000 };

  test("sends over a path that loses 5 % both ways, and nothing is missing", async (t) => {
    const stage = new Stage(t);
    const udp = await freePorts(1);
    const receiver = await RealReceiver.open({ settings: settingsOf(16) });
    const proxy = await LossyProxy.open(receiver.port, 3, path);
    t.after(() => proxy.close());
    stage.keep(liveTransmitSender(udp, theirsOf(proxy.port, "caller", 16)));
    await receiveAll(t, receiver, udp);
    assert.ok(receiver.side.meters.retransmitsReceived.value > 20);
  });

  test("receives over a path that loses 5 % both ways, and nothing is missing", async (t) => {
    const stage = new Stage(t);
    const sink = await stage.sink();
    const sender = await RealSender.open({ settings: settingsOf(16) });
    const proxy = await LossyProxy.open(sender.port, 5, path);
    t.after(() => proxy.close());
    stage.keep(liveTransmitReceiver(sink.port, theirsOf(proxy.port, "caller", 16)));
    await sendAll(t, sender, sink);
    assert.ok(sender.side.meters.retransmitsSent.value > 20);
  });

  for (const filter of ["fec,cols:8,rows:4,arq:onreq", "fec,cols:8,rows:4,layout:even,arq:always", "fec,cols:6,arq:onreq"]) {
    test(`sends with ${filter}, and we rebuild what the path lost`, async (t) => {
      const stage = new Stage(t);
      const udp = await freePorts(1);
      const receiver = await RealReceiver.open({ settings: settingsOf(16) });
      const proxy = await LossyProxy.open(receiver.port, 7, path);
      t.after(() => proxy.close());
      stage.keep(liveTransmitSender(udp, theirsOf(proxy.port, "caller", 16, { packetfilter: filter })));
      await receiveAll(t, receiver, udp);
      assert.ok(receiver.side.meters.filterRebuilt.value > 20, `${receiver.side.meters.filterRebuilt.value} rebuilt`);
    });
  }

  for (const filter of ["fec,cols:8,rows:4,arq:never", "fec,cols:8,rows:4,layout:even,arq:never"]) {
    test(`rebuilds what the path lost of what we send with ${filter}`, async (t) => {
      const stage = new Stage(t);
      const sink = await stage.sink();
      const sender = await RealSender.open({ settings: settingsOf(16, { filter }) });
      const proxy = await LossyProxy.open(sender.port, 9, { loss: 0.03, delay: 20_000 });
      t.after(() => [sender, proxy].forEach((each) => each.close()));
      stage.keep(liveTransmitReceiver(sink.port, theirsOf(proxy.port, "caller", 16, { packetfilter: filter })));
      await waitFor("a connection", () => isConnected(sender.side.events));
      await sleep(300);
      await pour((unit) => sender.send(unit));
      await sink.settle(sent.length);

      // Most of what the path lost is rebuilt, and nobody asks for it again. How many that are is also a matter of how they are sent.
      const missing = COUNT - sink.datagrams.length;
      assert.ok(proxy.there.lost.length > missing + 3 && missing <= 4, `${missing} missing, ${proxy.there.lost.length} lost on the path`);
      assert.deepEqual([sender.side.meters.retransmitsSent.value, sender.side.meters.naksReceived.value], [0, 0]);
      assert.ok(sink.datagrams.every((datagram) => Buffer.compare(datagram, tsUnit(markOf(datagram))) === 0));
    });
  }

  const said = (events: RealReceiver["side"]): string => events.said.join();

  test("is told that its passphrase is wrong, and tells us", async (t) => {
    const stage = new Stage(t);
    const [udp, sink, port] = [await freePorts(1), await stage.sink(), await freePorts(1)];
    const settings = { passphrase: encodeUtf8("another one, as long") };
    const receiver = await RealReceiver.open({ settings });
    const caller = await RealSender.open({ call: port, settings });
    t.after(() => [receiver, caller].forEach((each) => each.close()));
    const refused = stage.keep(liveTransmitSender(udp, theirsOf(receiver.port, "caller", 16)));
    stage.keep(liveTransmitReceiver(sink.port, theirsOf(port, "listener", 16)));

    await waitFor("both to be told", () => said(receiver.side) !== "" && /refused wrong/.test(said(caller.side)));
    await waitFor("the other to say so", () => /secret|passphrase|password/i.test(refused.output()));
    assert.equal(said(receiver.side), "refused wrong_passphrase");
  });

  test("without a passphrase is told that there must be one", async (t) => {
    const stage = new Stage(t);
    const [udp, sink, port] = [await freePorts(1), await stage.sink(), await freePorts(1)];
    const settings = settingsOf(16);
    const receiver = await RealReceiver.open({ settings });
    const caller = await RealSender.open({ call: port, settings });
    t.after(() => [receiver, caller].forEach((each) => each.close()));
    stage.keep(liveTransmitSender(udp, theirsOf(receiver.port, "caller")));
    stage.keep(liveTransmitReceiver(sink.port, theirsOf(port, "listener")));
    await waitFor("both to be told", () => said(receiver.side) !== "" && /refused unsecured/.test(said(caller.side)));
    assert.equal(said(receiver.side), "refused unsecured");
  });

  test("with another stream ID is refused, and ours comes to it", async (t) => {
    const stage = new Stage(t);
    const [wrong, right] = [await freePorts(1), await freePorts(1)];
    const receiver = await RealReceiver.open({ settings: settingsOf(undefined, { streamId: "studio/1" }) });
    const refused = stage.keep(liveTransmitSender(wrong, theirsOf(receiver.port, "caller", undefined, { streamid: "studio/2" })));
    await waitFor("the refusal", () => said(receiver.side) === "refused forbidden");
    await refused.stop();
    stage.keep(liveTransmitSender(right, theirsOf(receiver.port, "caller", undefined, { streamid: "studio/1" })));
    await receiveAll(t, receiver, right);
  });
});
