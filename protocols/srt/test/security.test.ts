import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8, setU32 } from "@bilbycast/foundation/bytes";
import { Hub, Pair, type PairOptions } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { CONCLUSION, INDUCTION, readHandshake, writeHandshake, type Handshake } from "../handshake.ts";
import { ACK, DROPREQ, EVEN, EXTENSION, HANDSHAKE, HEADER_SIZE, NAK, SHUTDOWN, writeControlHeader, writeDataHeader } from "../packet.ts";
import { rejectReason } from "../reject-reason.ts";
import { wireSequence } from "../sequence.ts";

const MS = 1_000;
const SECOND = 1_000_000;
const passphrase = encodeUtf8("a passphrase of some length");
const KMREQ = 3;
const KMRSP = 4;

const words = (...values: number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, i) => setU32(bytes, 4 * i, value));
  return bytes;
};

const control = (type: number, destination: number, body: Uint8Array, subtype = 0, information = 0): Uint8Array => {
  const packet = new Uint8Array(HEADER_SIZE + body.length);
  writeControlHeader(packet, 0, type, subtype, information, 0, destination);
  packet.set(body, HEADER_SIZE);
  return packet;
};

/** A pair that stands and has sent 50 packets, the last of which nobody has acknowledged yet. */
const standing = (options: PairOptions = {}): Pair => {
  const pair = new Pair({ there: { delay: 10 * MS }, ...options });
  pair.run(SECOND);
  pair.stream(50, MS, tsUnit);
  return pair;
};

const idOf = (pair: Pair, side: "sender" | "receiver"): number => pair[side].endpoint.connections[0]?.socketId ?? 0;
const firstOf = (pair: Pair): number => pair.sender.endpoint.connections[0]?.agreement?.initialSequence ?? 0;

/** The stream goes on, and all 100 packets come. */
const goesOn = (pair: Pair): void => {
  pair.stream(50, MS, (n) => tsUnit(50 + n));
  pair.run(pair.now + SECOND);
  assert.deepEqual(
    pair.deliveries.map(({ unit }) => markOf(unit)),
    Array.from({ length: 100 }, (_, n) => n),
  );
  assert.deepEqual([pair.sender.said, pair.receiver.said], [["connected"], ["connected"]]);
};

for (const secure of [false, true]) {
  const settings = secure ? { passphrase } : {};
  const options = { sender: { settings }, receiver: { settings } };
  const name = secure ? "with" : "without";

  test(`an oversized key message after the handshake, ${name} a passphrase, is refused before a byte of it is copied`, () => {
    const pair = standing(options);
    for (const size of [0, 4, 108, 1_400, 57]) {
      pair.inject("receiver", [control(EXTENSION, idOf(pair, "receiver"), new Uint8Array(size).fill(0x12), KMREQ)], 0);
      pair.inject("sender", [control(EXTENSION, idOf(pair, "sender"), new Uint8Array(size).fill(0x12), KMRSP)], 0);
    }
    goesOn(pair);
    assert.ok(pair.receiver.meters.packetsMalformed.value >= 4);
  });

  test(`a late key response that tells of a failure, ${name} a passphrase, takes nothing away`, () => {
    const pair = standing(options);
    for (const state of [0, 1, 2, 3, 4, 5]) {
      for (const side of ["sender", "receiver"] as const) {
        pair.inject(side, [control(EXTENSION, idOf(pair, side), Uint8Array.of(state, 0, 0, 0), KMRSP)], 0);
      }
    }
    goesOn(pair);
  });
}

test("a key request of somebody who does not know the passphrase changes no key and is not answered", () => {
  const settings = { passphrase };
  const pair = standing({ sender: { settings }, receiver: { settings } });
  const other = new Pair({ seed: 9, sender: { settings: { passphrase: encodeUtf8("another one, as long") } } });
  let request: Uint8Array | undefined;
  other.tap = (datagram) => {
    request ??= readHandshake(datagram, HEADER_SIZE, datagram.length - HEADER_SIZE)?.extensions.keyRequest;
  };
  other.run(SECOND);
  assert.ok(request !== undefined);

  const said = pair.inject("receiver", [control(EXTENSION, idOf(pair, "receiver"), request, KMREQ)], 0);
  assert.equal(said, 0);
  goesOn(pair);
});

test("a handshake extension on a standing connection changes neither times nor capabilities", () => {
  const pair = standing();
  const body = words(0x01_0000, 0, 0xffff_ffff);
  for (const subtype of [1, 2]) {
    pair.inject("receiver", [control(EXTENSION, idOf(pair, "receiver"), body, subtype)], 0);
  }
  goesOn(pair);
});

const ACKS: [name: string, position: (first: number) => number, size: number][] = [
  ["of what was never sent", (first) => first + 51, 28],
  ["of what was never sent, light", (first) => first + 51, 4],
  ["far ahead", (first) => first + 2 ** 29, 28],
  ["with the highest bit set", (first) => first + 2 ** 31, 28],
];

for (const [name, position, size] of ACKS) {
  test(`an ACK ${name} releases nothing`, () => {
    const pair = standing();
    const held = pair.sender.meters.flightSize.value;
    const body = words(position(firstOf(pair)), 1, 1, 8_192, 1, 1, 1).subarray(0, size);
    pair.inject("sender", [control(ACK, idOf(pair, "sender"), body, 0, 1)], 0);
    assert.equal(pair.sender.meters.flightSize.value, held);
    assert.equal(pair.sender.meters.packetsMalformed.value, 1);
    goesOn(pair);
  });
}

test("an ACK with impossible times and windows does no harm", () => {
  const pair = standing();
  const first = firstOf(pair);
  pair.inject("sender", [control(ACK, idOf(pair, "sender"), words(first, 0x7fff_ffff, 0xffff_ffff, 0xffff_fff0, 0, 0, 0), 0, 1)], 0);
  assert.ok(pair.sender.meters.rttUs.value < SECOND);
  goesOn(pair);
});

const NAKS: [name: string, body: (first: number) => Uint8Array][] = [
  ["that ends in the middle of a range", (first) => words((first | 0x8000_0000) >>> 0)],
  ["whose range runs backwards", (first) => words(((first + 9) | 0x8000_0000) >>> 0, first + 3)],
  ["of what was never sent", (first) => words(first + 60)],
  ["of half the numbers there are", (first) => words(((first + 50 - 2 ** 30 + 2 ** 31) | 0x8000_0000) >>> 0, first + 49)],
  ["of nothing", () => new Uint8Array(0)],
];

for (const [name, body] of NAKS) {
  test(`a NAK ${name} is counted and nothing is sent for it`, () => {
    const pair = standing();
    const said = pair.inject("sender", [control(NAK, idOf(pair, "sender"), body(firstOf(pair)))], 0);
    assert.equal(said, 0);
    assert.equal(pair.sender.meters.packetsMalformed.value, 1);
    goesOn(pair);
  });
}

const DROPS: [name: string, body: (first: number) => Uint8Array][] = [
  ["that is cut short", (first) => words(first)],
  ["that runs backwards", (first) => words(first + 9, first)],
  ["longer than the buffer", (first) => words(first, wireSequence(first + 5_000))],
  ["far ahead", (first) => words(wireSequence(first + 1_000), wireSequence(first + 1_010))],
  ["with the highest bit set", (first) => words(((first + 45) | 0x8000_0000) >>> 0, first + 47)],
];

for (const [name, body] of DROPS) {
  test(`a drop request ${name} drops nothing`, () => {
    const pair = standing();
    pair.inject("receiver", [control(DROPREQ, idOf(pair, "receiver"), body(firstOf(pair)))], 0);
    assert.equal(pair.receiver.meters.packetsMalformed.value, 1);
    goesOn(pair);
  });
}

test("a packet far ahead does not empty the buffer, and one from the future does not stop it", () => {
  const pair = standing();
  const forged = (ahead: number, timestamp: number, keys = 0): Uint8Array => {
    const packet = new Uint8Array(HEADER_SIZE + 188);
    writeDataHeader(packet, 0, wireSequence(firstOf(pair) + ahead), 1, keys, timestamp, idOf(pair, "receiver"));
    return packet;
  };
  pair.inject("receiver", [forged(100_000, 1_050_000), forged(100_001, 1_050_000), forged(2 ** 29, 1_050_000)], 0);
  pair.inject("receiver", [forged(51, 600_000_000), forged(52, 1_050_000, EVEN | 2)], 0);
  assert.deepEqual([pair.receiver.meters.packetsOverflowed.value, pair.receiver.meters.packetsMalformed.value], [3, 2]);
  goesOn(pair);
});

const SOMEWHERE = new Uint8Array(16);
const handshake = (fields: Partial<Handshake>): Uint8Array =>
  control(
    HANDSHAKE,
    0,
    writeHandshake({
      version: 4,
      encryption: 0,
      extension: 2,
      initialSequence: 77,
      mss: 1_500,
      flowWindow: 8_192,
      requestType: INDUCTION,
      socketId: 99,
      cookie: 0,
      peerAddress: SOMEWHERE,
      extensions: {},
      ...fields,
    }),
  );
const request = { version: 0x01_0501, flags: 0x3f, receiveLatency: 120, sendLatency: 0 };
const answerOf = (datagrams: Uint8Array[]): Handshake | undefined => {
  const [first] = datagrams;
  return first === undefined ? undefined : readHandshake(first, HEADER_SIZE, first.length - HEADER_SIZE);
};
const reasonOf = (datagrams: Uint8Array[]): string => rejectReason((answerOf(datagrams)?.requestType ?? 0) - 1_000);

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
