import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { builtLibsrt } from "@bilbycast/testkit/libsrt";
import { difference, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import {
  liveTransmitReceiver,
  liveTransmitSender,
  LossyProxy,
  RealReceiver,
  RealSender,
  type LiveTransmitOptions,
} from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";

const COUNT = 1_000;
const PASSPHRASE = "a-passphrase-of-some-length";
const LATENCY = 500;
/** Cipher modes as libsrt counts them. */
const CTR = 1;
const GCM = 2;

const libsrt = builtLibsrt();
const units = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const sent = Buffer.concat(units);

type KeyLength = 16 | 32;
const oursOf = (keyLength: KeyLength, more: object = {}) => ({
  receiveLatencyMs: LATENCY,
  peerLatencyMs: LATENCY,
  passphrase: encodeUtf8(PASSPHRASE),
  keyLength,
  cipherMode: "gcm" as const,
  ...more,
});

const theirsOf = (
  port: number,
  mode: LiveTransmitOptions["mode"],
  keyLength: KeyLength,
  more: NonNullable<LiveTransmitOptions["more"]> = {},
): LiveTransmitOptions => ({
  port,
  mode,
  latencyMs: LATENCY,
  program: libsrt.program("srt-live-transmit"),
  more: { cryptomode: GCM, ...more },
  secret: { passphrase: PASSPHRASE, keyLength },
});

const pour = async (send: (unit: Uint8Array) => void): Promise<void> => {
  for (let n = 0; n < COUNT; n += 4) {
    units.slice(n, n + 4).forEach(send);
    await sleep(10);
  }
};

const isConnected = ({ said }: RealReceiver["side"]): boolean => said.includes("connected");

/** Everything that the peer sends comes to us. */
const receiveAll = async (t: TestContext, receiver: RealReceiver, udp: number): Promise<void> => {
  const socket = createSocket("udp4");
  t.after(() => [receiver, socket].forEach((each) => void each.close()));
  await waitFor("a connection", () => isConnected(receiver.side));
  await sleep(300);
  await pour((unit) => socket.send(unit, udp, "127.0.0.1"));
  await waitFor("everything", () => receiver.units.length >= COUNT);
  assert.equal(difference(receiver.bytes(), sent), undefined);
  const { packetsMalformed, packetsUndecrypted } = receiver.side.meters;
  assert.deepEqual([packetsMalformed.value, packetsUndecrypted.value], [0, 0]);
};

/** Everything that we send comes to the peer, which gives it to `sink`. */
const sendAll = async (t: TestContext, sender: RealSender, sink: Awaited<ReturnType<Stage["sink"]>>): Promise<void> => {
  t.after(() => sender.close());
  await waitFor("a connection", () => isConnected(sender.side));
  await sleep(300);
  await pour((unit) => sender.send(unit));
  await sink.settle(sent.length);
  assert.equal(difference(sink.bytes(), sent), undefined);
  assert.equal(sender.side.meters.sendDropped.value, 0);
};

/** Cases with the built libsrt; of a version without AEAD (before 1.5.4) there is nothing to compare with, and `gcm.test.ts` has its bytes. */
describe(`libsrt ${libsrt.version}`, { concurrency: 4 }, () => {
  const more = libsrt.hasAead ? { cryptomode: CTR } : {};
  test("refuses AES-GCM where it is to use AES-CTR, or knows no other, and we are told", async (t) => {
    const stage = new Stage(t);
    const [sink, port] = [await stage.sink(), await freePorts(1)];
    const theirs = { ...theirsOf(port, "listener", 16), more };
    stage.keep(liveTransmitReceiver(sink.port, theirs));
    const caller = await RealSender.open({ call: port, settings: oursOf(16) });
    t.after(() => caller.close());
    await waitFor("a refusal", () => caller.side.said.some((said) => /^refused (crypto_mode|wrong_passphrase|unsecured)$/.test(said)));
  });

  for (const keyLength of libsrt.hasAead ? ([16, 32] as const) : []) {
    const name = `AES-${keyLength * 8}-GCM`;
    const settings = oursOf(keyLength);

    test(`sends as listener, ${name}, and we receive as caller byte for byte`, async (t) => {
      const stage = new Stage(t);
      const [udp, port] = [await freePorts(1), await freePorts(1)];
      stage.keep(liveTransmitSender(udp, theirsOf(port, "listener", keyLength)));
      await receiveAll(t, await RealReceiver.open({ call: port, settings }), udp);
    });

    test(`sends as caller, ${name}, and we receive as listener byte for byte`, async (t) => {
      const stage = new Stage(t);
      const udp = await freePorts(1);
      const receiver = await RealReceiver.open({ settings });
      stage.keep(liveTransmitSender(udp, theirsOf(receiver.port, "caller", keyLength)));
      await receiveAll(t, receiver, udp);
    });

    test(`receives as listener, ${name}, what we send as caller byte for byte`, async (t) => {
      const stage = new Stage(t);
      const [sink, port] = [await stage.sink(), await freePorts(1)];
      stage.keep(liveTransmitReceiver(sink.port, theirsOf(port, "listener", keyLength)));
      await sendAll(t, await RealSender.open({ call: port, settings }), sink);
    });

    test(`receives as caller, ${name}, what we send as listener byte for byte`, async (t) => {
      const stage = new Stage(t);
      const sink = await stage.sink();
      const sender = await RealSender.open({ settings });
      stage.keep(liveTransmitReceiver(sink.port, theirsOf(sender.port, "caller", keyLength)));
      await sendAll(t, sender, sink);
    });

    test(`and we meet in a rendezvous, ${name}, and it sends byte for byte`, async (t) => {
      const stage = new Stage(t);
      const [udp, theirs, ours] = [await freePorts(1), await freePorts(1), await freePorts(1)];
      stage.keep(liveTransmitSender(udp, theirsOf(ours, "rendezvous", keyLength, { port: theirs })));
      await receiveAll(t, await RealReceiver.open({ call: theirs, listen: ours, rendezvous: true, settings }), udp);
    });

    test(`and we meet in a rendezvous, ${name}, and we send byte for byte`, async (t) => {
      const stage = new Stage(t);
      const [sink, theirs, ours] = [await stage.sink(), await freePorts(1), await freePorts(1)];
      stage.keep(liveTransmitReceiver(sink.port, theirsOf(ours, "rendezvous", keyLength, { port: theirs })));
      await sendAll(t, await RealSender.open({ call: theirs, listen: ours, rendezvous: true, settings }), sink);
    });

    test(`changes its keys, ${name}, over a path that loses 3 % both ways, and nothing is missing`, async (t) => {
      const stage = new Stage(t);
      const udp = await freePorts(1);
      const receiver = await RealReceiver.open({ settings });
      const proxy = await LossyProxy.open(receiver.port, 3, { loss: 0.03, delay: 20_000 });
      t.after(() => proxy.close());
      stage.keep(liveTransmitSender(udp, theirsOf(proxy.port, "caller", keyLength, { kmrefreshrate: 200, kmpreannounce: 50 })));
      await receiveAll(t, receiver, udp);
      assert.ok(receiver.side.meters.retransmitsReceived.value > 10);
    });

    test(`follows our changes of keys, ${name}, over a path that loses 3 % both ways, and nothing is missing`, async (t) => {
      const stage = new Stage(t);
      const sink = await stage.sink();
      const sender = await RealSender.open({ settings: oursOf(keyLength, { refreshRate: 200, preAnnounce: 50 }) });
      const proxy = await LossyProxy.open(sender.port, 5, { loss: 0.03, delay: 20_000 });
      t.after(() => proxy.close());
      stage.keep(liveTransmitReceiver(sink.port, theirsOf(proxy.port, "caller", keyLength)));
      await sendAll(t, sender, sink);
      assert.ok(sender.side.meters.retransmitsSent.value > 10);
    });
  }
});
