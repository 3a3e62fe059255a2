import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { counts } from "@bilbycast/testkit/tally";
import { Pair, type PairOptions } from "@bilbycast/testkit/srt";

const MS = 1_000;
const SECOND = 1_000_000;
const INTERVAL = 1_000;

const passphrase = encodeUtf8("a passphrase of some length");

/** Connects, streams `count` units at one a millisecond, and waits for what is under way. */
const run = (options: PairOptions, count = 2_000): Pair => {
  const pair = new Pair(options);
  pair.run(SECOND);
  pair.stream(count, INTERVAL, tsUnit);
  pair.run(pair.now + SECOND);
  return pair;
};

const numbers = (pair: Pair): number[] => pair.deliveries.map(({ unit }) => markOf(unit));
const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

for (const caller of ["send", "receive"] as const) {
  test(`what a ${caller === "send" ? "caller" : "listener"} sends comes out in order, byte for byte, 120 ms later`, () => {
    const pair = run({ caller, there: { delay: 10 * MS } });

    assert.deepEqual(numbers(pair), all(2_000));
    assert.ok(pair.deliveries.every(({ unit }, n) => Buffer.compare(unit, tsUnit(n)) === 0));
    assert.ok(pair.deliveries.every(({ at }, n) => at === SECOND + (n + 1) * INTERVAL + 130 * MS));
    assert.deepEqual(pair.sender.said, ["connected"]);
    assert.deepEqual(pair.receiver.said, ["connected"]);
    const { retransmitsSent, dataSent } = pair.sender.meters;
    assert.deepEqual([dataSent.value, retransmitsSent.value], [2_000, 0]);
    assert.equal(pair.sender.meters.rttUs.value, 20 * MS);
    assert.equal(pair.close(), 0);
  });
}

for (const cipherMode of ["ctr", "gcm"] as const) {
  for (const keyLength of [16, 24, 32] as const) {
    test(`AES-${keyLength * 8} in ${cipherMode} mode carries everything, and no plaintext is on the path`, () => {
      const settings = { passphrase, keyLength, cipherMode };
      const pair = new Pair({ sender: { settings }, receiver: { settings }, there: { delay: 5 * MS, loss: 0.02 } });
      let plain = 0;
      const inTheClear = Buffer.from(tsUnit(0).subarray(300, 400));
      pair.tap = (datagram) => {
        plain += Buffer.from(datagram).includes(inTheClear) ? 1 : 0;
      };
      pair.run(SECOND);
      pair.stream(1_000, INTERVAL, tsUnit);
      pair.run(pair.now + SECOND);

      assert.deepEqual(numbers(pair), all(1_000));
      assert.ok(pair.deliveries.every(({ unit }, n) => Buffer.compare(unit, tsUnit(n)) === 0));
      assert.equal(plain, 0);
      const [event] = pair.receiver.events;
      assert.equal(event?.event === "connected" && event.encryption, keyLength * 8);
      assert.equal(pair.close(), 0);
    });
  }
}

test("the handshake survives the loss of a third of all packets", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const pair = new Pair({ seed, there: { loss: 0.34, delay: 20 * MS } });
    pair.run(3 * SECOND);
    assert.deepEqual([pair.sender.said, pair.receiver.said], [["connected"], ["connected"]], `seed ${seed}`);
  }
});

const REFUSALS: [name: string, options: PairOptions, caller: string, listener: string[]][] = [
  [
    "another passphrase",
    { sender: { settings: { passphrase } }, receiver: { settings: { passphrase: encodeUtf8("another one, as long") } } },
    "refused wrong_passphrase",
    ["refused wrong_passphrase"],
  ],
  ["a passphrase that the listener has not", { sender: { settings: { passphrase } } }, "refused unsecured", ["refused unsecured"]],
  ["no passphrase where the listener has one", { receiver: { settings: { passphrase } } }, "refused unsecured", ["refused unsecured"]],
  [
    "another cipher mode",
    { sender: { settings: { passphrase, cipherMode: "gcm" } }, receiver: { settings: { passphrase, cipherMode: "ctr" } } },
    "refused crypto_mode",
    ["refused crypto_mode"],
  ],
  [
    "another stream ID",
    { sender: { settings: { streamId: "studio/2" } }, receiver: { settings: { streamId: "studio/1" } } },
    "refused forbidden",
    ["refused forbidden"],
  ],
  ["a version that is too old", { receiver: { settings: { minVersion: 0x02_0000 } } }, "refused version", ["refused version"]],
  ["nobody at the other end", { there: { loss: 1 } }, "refused timeout", []],
];

for (const [name, options, caller, listener] of REFUSALS) {
  test(`${name}: both ends say so, once, and the call is repeated`, () => {
    const pair = new Pair(options);
    pair.run(20 * SECOND);

    assert.deepEqual(pair.sender.said, [caller]);
    assert.deepEqual(pair.receiver.said, listener);
    assert.ok(pair.sender.meters.handshakesRefused.value >= 4);
    assert.equal(pair.close(), 0);
  });
}

test("latency is what the more patient side wants", () => {
  const pair = run({ sender: { settings: { peerLatencyMs: 300 } }, receiver: { settings: { receiveLatencyMs: 200 } } }, 10);
  assert.equal(pair.receiver.meters.receiveLatencyMs.value, 300);
  assert.equal(pair.sender.meters.sendLatencyMs.value, 300);
  assert.ok(pair.deliveries.every(({ at }, n) => at === SECOND + (n + 1) * INTERVAL + 300 * MS));
});

test("a peer that says goodbye is gone at once, what it sent before is delivered, and it may come again", () => {
  const pair = run({ there: { delay: 5 * MS } }, 100);
  pair.stream(50, INTERVAL, (n) => tsUnit(100 + n));
  pair.farewell("sender");
  pair.run(pair.now + 10 * MS);
  assert.deepEqual(pair.receiver.said, ["connected", "disconnected shutdown"]);
  pair.run(pair.now + 3 * SECOND);
  assert.deepEqual(numbers(pair), all(150));
});

const standing = ({ sender, receiver }: Pair): number[] => [sender.meters.connectionsOpen.value, receiver.meters.connectionsOpen.value];

test("a peer that falls silent is given up after the idle time, and called again", () => {
  const pair = run({ there: { delay: 5 * MS } }, 100);
  pair.there.properties.loss = 1;
  pair.back.properties.loss = 1;
  const silentSince = pair.now;
  pair.run(silentSince + 4 * SECOND);
  assert.deepEqual(pair.sender.said, ["connected"]);
  assert.deepEqual(standing(pair), [1, 1]);

  pair.run(silentSince + 6 * SECOND);
  assert.deepEqual(standing(pair), [0, 0]);
  assert.deepEqual(pair.sender.said, ["connected", "disconnected idle"]);
  assert.deepEqual(pair.receiver.said, ["connected", "disconnected idle"]);

  pair.there.properties.loss = 0;
  pair.back.properties.loss = 0;
  pair.run(pair.now + 10 * SECOND);
  assert.equal(pair.sender.said.at(-1), "connected");
  pair.deliveries.length = 0;
  pair.stream(100, INTERVAL, tsUnit);
  pair.run(pair.now + SECOND);
  assert.deepEqual(numbers(pair), all(100));
});

test("an idle connection is kept alive by a packet a second from each side", () => {
  const pair = new Pair();
  pair.run(SECOND);
  const { sent } = pair.there;
  pair.run(101 * SECOND);
  assert.equal(pair.there.sent - sent, 100);
  assert.deepEqual(pair.sender.said, ["connected"]);
});

test("keys are announced and changed while the stream goes on, and nothing is lost", () => {
  const settings = { passphrase, refreshRate: 500, preAnnounce: 100 };
  const pair = run({ sender: { settings }, receiver: { settings: { passphrase } }, there: { delay: 10 * MS, loss: 0.01 } }, 5_000);

  assert.deepEqual(numbers(pair), all(5_000));
  assert.equal(pair.sender.meters.keysRefreshed.value, 9);
  assert.deepEqual(counts({ undecrypted: pair.receiver.meters.packetsUndecrypted }), {});
});

test("without encryption enforced, what cannot be decrypted is counted and the connection stands", () => {
  const settings = { enforcedEncryption: false };
  const pair = run({ sender: { settings: { ...settings, passphrase } }, receiver: { settings } }, 100);
  assert.deepEqual(pair.sender.said, ["connected"]);
  assert.deepEqual(numbers(pair), []);
  assert.equal(pair.sender.meters.sendDropped.value, 100);
});
