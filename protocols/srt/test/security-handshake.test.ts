import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { Hub, Pair } from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";
import { CONCLUSION, readHandshake, type Handshake } from "../handshake.ts";
import { HANDSHAKE, HEADER_SIZE, SHUTDOWN } from "../packet.ts";
import { answerOf, control, handshake, reasonOf } from "./forged.ts";

const MS = 1_000;
const SECOND = 1_000_000;
const passphrase = encodeUtf8("a passphrase of some length");
const request = { version: 0x01_0501, flags: 0x3f, receiveLatency: 120, sendLatency: 0 };
/** A listener, and the cookie that it gave to port 9000. */
const inducted = (options = {}) => {
  const hub = new Hub({ settings: options });
  const cookie = answerOf(hub.say(handshake({}), 9_000))?.cookie ?? 0;
  return { hub, cookie };
};

test("before the cookie is proved a listener says no more than it hears, and keeps nothing", () => {
  const hub = new Hub({});
  const induction = handshake({});
  for (let port = 6_000; port < 7_000; port++) {
    const answers = hub.say(induction, port);
    assert.equal(answers.length, 1);
    assert.equal(answers[0]?.length, induction.length);
  }
  assert.deepEqual(hub.say(handshake({ version: 5, requestType: CONCLUSION, cookie: 1, extensions: { request } }), 6_000), []);
  assert.deepEqual(hub.listener.said, []);
});

test("a cookie is worth something to the address that it was given to, and for two minutes", () => {
  const { hub, cookie } = inducted();
  const conclusion = handshake({ version: 5, requestType: CONCLUSION, cookie, extensions: { request } });
  assert.deepEqual(hub.say(conclusion, 9_001), []);
  hub.now = 121 * SECOND;
  assert.deepEqual(hub.say(conclusion, 9_000), []);

  const { hub: prompt, cookie: fresh } = inducted();
  prompt.now = 59 * SECOND;
  assert.equal(
    answerOf(prompt.say(handshake({ version: 5, requestType: CONCLUSION, cookie: fresh, extensions: { request } }), 9_000))?.requestType,
    CONCLUSION,
  );
});

const CONCLUSIONS: [name: string, fields: Partial<Handshake>, reason: string][] = [
  ["without an extension", {}, "rogue"],
  ["of version 4", { version: 4, extension: 2 }, "version"],
  ["of version 6", { version: 6 }, "version"],
  ["with packets too small for a handshake", { mss: 76, extensions: { request } }, "rogue"],
  ["with no window", { flowWindow: 1, extensions: { request } }, "rogue"],
  ["with a first sequence number of 32 bits", { initialSequence: 0x8000_0000, extensions: { request } }, "rogue"],
  ["of an old version of SRT", { extensions: { request: { ...request, version: 0x01_0204 } } }, "version"],
  ["that wants a stream of bytes", { extensions: { request: { ...request, flags: 0x7f } } }, "message_api"],
  ["that wants the congestion control of files", { extensions: { request, congestion: "file" } }, "congestion"],
  ["of a group", { extensions: { request, group: { id: 0x4000_0001, type: 1, flags: 0, weight: 0 } } }, "group"],
];

for (const [name, fields, reason] of CONCLUSIONS) {
  test(`a conclusion ${name} is refused by name`, () => {
    const { hub, cookie } = inducted();
    const answers = hub.say(handshake({ version: 5, requestType: CONCLUSION, cookie, ...fields }), 9_000);
    assert.equal(reasonOf(answers), reason);
    assert.deepEqual(hub.listener.said, [`refused ${reason}`]);
  });
}

test("a conclusion that comes again is answered in the same words, and makes no second connection", () => {
  const { hub, cookie } = inducted();
  const conclusion = handshake({ version: 5, requestType: CONCLUSION, cookie, extensions: { request } });
  const first = hub.say(conclusion, 9_000);
  hub.now = 100 * MS;
  const second = hub.say(conclusion, 9_000);
  assert.deepEqual(second[0]?.subarray(HEADER_SIZE), first[0]?.subarray(HEADER_SIZE));
  assert.deepEqual(hub.listener.said, ["connected"]);
});

test("a caller beyond the places there are is refused while the others live, and says so", () => {
  const hub = new Hub({ most: 2 });
  const [first, second] = [hub.call(), hub.call()];
  hub.run(SECOND);
  const third = hub.call();
  for (; hub.now < 3 * SECOND;) {
    hub.publish(first, tsUnit(1));
    hub.publish(second, tsUnit(2));
    hub.run(hub.now + 5 * MS);
  }
  assert.deepEqual(
    [first, second, third].map(({ side }) => side.said.join()),
    ["connected", "connected", "refused backlog"],
  );
});

test("a publisher that starts again is let in two seconds later, long before its old connection has timed out", () => {
  const hub = new Hub({});
  const old = hub.call();
  hub.run(SECOND);
  for (let n = 0; n < 100; n++) {
    hub.publish(old, tsUnit(n));
    hub.run(hub.now + 5 * MS);
  }
  old.isCut = true;
  const cutAt = hub.now;
  const again = hub.call();
  hub.run(cutAt + 2 * SECOND);

  assert.deepEqual(hub.listener.said, ["connected", "disconnected replaced", "connected"]);
  hub.units.length = 0;
  for (let n = 0; n < 100; n++) {
    hub.publish(again, tsUnit(n));
    hub.run(hub.now + 5 * MS);
  }
  hub.run(hub.now + SECOND);
  assert.equal(hub.units.length, 100);
});

test("a packet from another address than the peer's is ignored, a goodbye too", () => {
  const hub = new Hub({});
  const caller = hub.call();
  hub.run(SECOND);
  const socketId = hub.listener.endpoint.connections[0]?.socketId ?? 0;
  assert.deepEqual(hub.say(control(SHUTDOWN, socketId, new Uint8Array(4)), 9_999), []);
  hub.publish(caller, tsUnit(5));
  hub.run(hub.now + SECOND);
  assert.equal(hub.units.length, 1);
  assert.deepEqual(hub.listener.said, ["connected"]);
});

/** A right key request for the passphrase. */
const rightKeys = (): Uint8Array => {
  const pair = new Pair({ sender: { settings: { passphrase } } });
  let message: Uint8Array | undefined;
  pair.tap = (datagram) => {
    message ??= readHandshake(datagram, HEADER_SIZE, datagram.length - HEADER_SIZE)?.extensions.keyRequest;
  };
  pair.run(SECOND);
  assert.ok(message !== undefined);
  return message;
};

const KEY_MESSAGES: [name: string, change: (message: Uint8Array) => Uint8Array, reason: string][] = [
  ["of another version", (message) => message.with(0, 0x22), "rogue"],
  ["of another type", (message) => message.with(0, 0x11), "rogue"],
  ["with another signature", (message) => message.with(2, 0x28), "rogue"],
  ["for no key", (message) => message.with(3, 0), "rogue"],
  ["for two keys that carries one", (message) => message.with(3, 3), "rogue"],
  ["with reserved bits", (message) => message.with(3, 5), "rogue"],
  ["of a cipher that nobody has", (message) => message.with(8, 3), "rogue"],
  ["of CTR with a tag", (message) => message.with(9, 1), "rogue"],
  ["of GCM without one", (message) => message.with(8, 4), "rogue"],
  ["of another encapsulation", (message) => message.with(10, 1), "rogue"],
  ["with a salt of 12 bytes", (message) => message.with(14, 3), "rogue"],
  ["with a key of 20 bytes", (message) => message.with(15, 5), "rogue"],
  ["with a key longer than it is", (message) => message.with(15, 8), "rogue"],
  ["of one word more", (message) => Uint8Array.from([...message, 0, 0, 0, 0]), "rogue"],
  ["of one word", (message) => message.slice(0, 4), "rogue"],
  ["of 1400 bytes", (message) => Uint8Array.from({ length: 1_400 }, (_, i) => message[i] ?? 0), "rogue"],
  ["whose wrapped key is another", (message) => message.with(40, (message[40] ?? 0) ^ 1), "wrong_passphrase"],
];

for (const [name, change, reason] of KEY_MESSAGES) {
  test(`a key request ${name} in the handshake is refused by name`, () => {
    const { hub, cookie } = inducted({ passphrase });
    const keyRequest = change(rightKeys());
    const answers = hub.say(handshake({ version: 5, requestType: CONCLUSION, cookie, extensions: { request, keyRequest } }), 9_000);
    assert.equal(reasonOf(answers), reason);
    assert.deepEqual(hub.listener.said, [`refused ${reason}`]);
  });
}

const raw = (cookie: number, change: (bytes: number[]) => number[]): Uint8Array => {
  const whole = handshake({ version: 5, requestType: CONCLUSION, cookie, extensions: { request, streamId: "abcd" } });
  return control(HANDSHAKE, 0, Uint8Array.from(change([...whole.subarray(HEADER_SIZE)])));
};

const BLOCKS: [name: string, change: (bytes: number[]) => number[]][] = [
  ["that ends within its fixed part", (bytes) => bytes.slice(0, 47)],
  ["whose block reaches past the end", (bytes) => bytes.slice(0, -4)],
  ["with a block twice", (bytes) => [...bytes, ...bytes.slice(64)]],
  ["with capabilities of two words", (bytes) => [...bytes.slice(0, 48), 0, 1, 0, 2, ...bytes.slice(52, 60)]],
  ["with a group of one word", (bytes) => [...bytes, 0, 8, 0, 1, 0x40, 0, 0, 1]],
  ["with a stream ID of 516 bytes", (bytes) => [...bytes.slice(0, 64), 0, 5, 0, 129, ...Array.from({ length: 516 }, () => 97)]],
  ["with a filter of 68 bytes", (bytes) => [...bytes, 0, 7, 0, 17, ...Array.from({ length: 68 }, () => 97)]],
  ["with half a word behind the blocks", (bytes) => [...bytes, 0, 9]],
];

for (const [name, change] of BLOCKS) {
  test(`a conclusion ${name} is counted and not answered`, () => {
    const { hub, cookie } = inducted();
    assert.deepEqual(hub.say(raw(cookie, change), 9_000), []);
    assert.equal(hub.listener.meters.packetsMalformed.value, 1);
    assert.deepEqual(hub.listener.said, []);
    assert.equal(
      answerOf(
        hub.say(
          raw(cookie, (bytes) => bytes),
          9_000,
        ),
      )?.requestType,
      CONCLUSION,
    );
  });
}

test("packets become no longer than our own, whatever the peer says", () => {
  const { hub, cookie } = inducted();
  hub.say(handshake({ version: 5, requestType: CONCLUSION, cookie, mss: 65_535, extensions: { request } }), 9_000);
  assert.equal(hub.listener.endpoint.connections[0]?.agreement?.mss, 1_500);
});

test("callers that prove their address and come no further keep nothing, however many they are", () => {
  const hub = new Hub({ settings: { passphrase } });
  const reserved = hub.listener.memory.outstanding;
  for (let port = 6_000; port < 6_200; port++) {
    const cookie = answerOf(hub.say(handshake({}), port))?.cookie ?? 0;
    hub.say(handshake({ version: 5, requestType: CONCLUSION, cookie, extensions: { request } }), port);
  }
  assert.equal(hub.listener.memory.outstanding, reserved);
  assert.equal(hub.listener.meters.handshakesRefused.value, 200);
  assert.deepEqual(hub.listener.said, ["refused unsecured"]);
});
