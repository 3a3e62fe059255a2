import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8, setU32 } from "@bilbycast/foundation/bytes";
import type { Crypto } from "@bilbycast/foundation/crypto";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { fillRandom, seeded } from "@bilbycast/testkit/random";
import { LongHaul, Pair, type PairOptions } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { CONCLUSION, readHandshake } from "../handshake.ts";
import {
  ACK,
  ACKACK,
  controlSubtype,
  controlType,
  DROPREQ,
  EVEN,
  EXTENSION,
  HANDSHAKE,
  HEADER_SIZE,
  isControl,
  NAK,
  writeDataHeader,
} from "../packet.ts";
import { wireSequence } from "../sequence.ts";
import { control, words } from "./forged.ts";

const MS = 1_000;
const SECOND = 1_000_000;
const passphrase = encodeUtf8("a passphrase of some length");
const KMREQ = 3;
const KMRSP = 4;

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

/** The key request of a caller with that passphrase. */
const keyRequestOf = (text: string, seed = 9): Uint8Array => {
  const other = new Pair({ seed, sender: { settings: { passphrase: encodeUtf8(text) } } });
  let request: Uint8Array | undefined;
  other.tap = (datagram) => {
    request ??= readHandshake(datagram, HEADER_SIZE, datagram.length - HEADER_SIZE)?.extensions.keyRequest;
  };
  other.run(SECOND);
  assert.ok(request !== undefined);
  return request;
};

test("a key request of somebody who does not know the passphrase changes no key and is not answered", () => {
  const settings = { passphrase };
  const pair = standing({ sender: { settings }, receiver: { settings } });
  const request = keyRequestOf("another one, as long");

  assert.equal(pair.inject("receiver", [control(EXTENSION, idOf(pair, "receiver"), request, KMREQ)], 0), 0);
  goesOn(pair);
});

test("a right key request on a connection without a passphrase makes no keys and is not answered", () => {
  const pair = standing();
  for (const side of ["receiver", "sender"] as const) {
    assert.equal(pair.inject(side, [control(EXTENSION, idOf(pair, side), keyRequestOf("a passphrase of some length"), KMREQ)], 0), 0);
  }
  goesOn(pair);
});

/** Derivations of keys that were asked for, and what came of each. */
const counted = (): { derive: Crypto["deriveKey"]; derived: Uint8Array[] } => {
  const crypto = seededCrypto(new HeapMemory(), seeded(1));
  const derived: Uint8Array[] = [];
  const derive: Crypto["deriveKey"] = (...what) => {
    const key = crypto.deriveKey(...what);
    derived.push(key);
    return key;
  };
  return { derive, derived };
};

test("key requests with ever new salts cost one derivation a second", () => {
  const { derive, derived } = counted();
  const settings = { passphrase };
  const pair = standing({ sender: { settings }, receiver: { settings, derive } });
  const random = seeded(3);
  const before = derived.length;
  const request = keyRequestOf("another one, as long");
  for (let n = 0; n < 300; n++) {
    fillRandom(random, request.subarray(16, 32));
    pair.inject("receiver", [control(EXTENSION, idOf(pair, "receiver"), request, KMREQ)], 10 * MS);
  }
  assert.ok(derived.length - before <= 4, `${derived.length - before} derivations in 3 s`);
  assert.ok(derived.length > before);
});

test("keys are wiped when the connection ends", () => {
  const { derive, derived } = counted();
  const settings = { passphrase };
  const pair = standing({ sender: { settings, derive }, receiver: { settings, derive } });
  assert.ok(derived.length === 2 && derived.every((key) => key.some((byte) => byte !== 0)));
  pair.farewell("sender");
  pair.run(pair.now + SECOND / 2);
  assert.ok(derived.every((key) => key.every((byte) => byte === 0)));
});

test("nothing that is told to people bears the passphrase", () => {
  const settings = { passphrase };
  const pair = standing({ sender: { settings }, receiver: { settings } });
  const refused = new Pair({ sender: { settings }, receiver: { settings: { passphrase: encodeUtf8("another one, as long") } } });
  refused.run(SECOND);
  const told = JSON.stringify([pair, refused].flatMap(({ sender, receiver }) => [...sender.events, ...receiver.events]));
  assert.ok(told.length > 100 && !/passphrase of|another one/.test(told), told);
});

test("only what echoes a key request byte for byte ends its repetition", () => {
  const settings = { passphrase, refreshRate: 100, preAnnounce: 45 };
  const pair = standing({ sender: { settings }, receiver: { settings: { passphrase } } });
  let asked: Uint8Array | undefined;
  let times = 0;
  pair.tap = (datagram) => {
    if (isControl(datagram, 0) && controlType(datagram, 0) === EXTENSION && controlSubtype(datagram, 0) === KMREQ) {
      asked = datagram.slice(HEADER_SIZE);
      times++;
    }
  };
  pair.back.properties.loss = 1;
  pair.stream(20, MS, (n) => tsUnit(50 + n));
  pair.run(pair.now + 40 * MS);
  assert.ok(asked !== undefined);
  pair.inject(
    "sender",
    [
      control(
        EXTENSION,
        idOf(pair, "sender"),
        asked.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
        KMRSP,
      ),
    ],
    0,
  );
  const before = times;
  pair.run(pair.now + 100 * MS);
  assert.ok(times > before);
  pair.inject("sender", [control(EXTENSION, idOf(pair, "sender"), asked, KMRSP)], 0);
  const ended = times;
  pair.run(pair.now + 300 * MS);
  assert.equal(times, ended);
});

test("handshakes on a standing connection agree on nothing anew, whatever they say", () => {
  const pair = new Pair({ there: { delay: 10 * MS } });
  const said: Uint8Array[] = [];
  pair.tap = (datagram) => {
    if (isControl(datagram, 0) && controlType(datagram, 0) === HANDSHAKE) {
      said.push(datagram.slice());
    }
  };
  pair.run(SECOND);
  pair.stream(50, MS, tsUnit);
  for (const datagram of said) {
    const isConclusion = readHandshake(datagram, HEADER_SIZE, datagram.length - HEADER_SIZE)?.requestType === CONCLUSION;
    if (isConclusion) {
      setU32(datagram, HEADER_SIZE + 48 + 12, 0x0fff_0fff);
    }
    for (const side of ["sender", "receiver"] as const) {
      for (const destination of [0, idOf(pair, side)]) {
        const copy = datagram.slice();
        setU32(copy, 12, destination);
        pair.inject(side, [copy], 0);
      }
    }
  }
  assert.deepEqual([pair.sender.meters.sendLatencyMs.value, pair.receiver.meters.receiveLatencyMs.value], [120, 120]);
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

test("an ACK older than the last is ignored", () => {
  const pair = standing();
  const held = pair.sender.meters.flightSize.value;
  const body = words(wireSequence(firstOf(pair) - 5), 1, 1, 8_192, 1, 1, 1);
  pair.inject("sender", [control(ACK, idOf(pair, "sender"), body, 0, 1)], 0);
  assert.equal(pair.sender.meters.flightSize.value, held);
  goesOn(pair);
});

test("an answer to an ACK that was never sent, or that took no time, is no round trip", () => {
  const pair = standing();
  const { rttUs } = pair.receiver.meters;
  const before = rttUs.value;
  const forged = [0, 1, 7_777, 0x7fff_ffff, 0xffff_ffff].map((number) =>
    control(ACKACK, idOf(pair, "receiver"), new Uint8Array(4), 0, number),
  );
  pair.inject("receiver", [...forged, ...forged], 0);
  assert.equal(rttUs.value, before);
  goesOn(pair);
});

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
  ["whose range ends with the highest bit set", (first) => words(((first + 1) | 0x8000_0000) >>> 0, ((first + 3) | 0x8000_0000) >>> 0)],
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
  pair.inject("receiver", [forged(51, 180_000_000), forged(52, 1_050_000, EVEN | 2)], 0);
  assert.deepEqual([pair.receiver.meters.packetsOverflowed.value, pair.receiver.meters.packetsMalformed.value], [3, 2]);
  goesOn(pair);
});

test("a payload of nothing, or longer than a packet, or a part of a message, is counted and dropped", () => {
  const pair = standing();
  const forged = (payload: number, part: number): Uint8Array => {
    const packet = new Uint8Array(HEADER_SIZE + payload);
    writeDataHeader(packet, 0, wireSequence(firstOf(pair) + 50), 1, 0, 1_050_000, idOf(pair, "receiver"));
    packet[4] = ((packet[4] ?? 0) & 0x3f) | part;
    return packet;
  };
  pair.inject("receiver", [forged(0, 0xc0), forged(1_457, 0xc0), forged(188, 0x80), forged(188, 0x00)], 0);
  assert.equal(pair.receiver.meters.packetsMalformed.value, 4);
  goesOn(pair);
});

test("parity of no group, of a group far away, or that makes a packet longer than it is itself, rebuilds nothing", () => {
  const settings = { filter: "fec,cols:5,rows:4,arq:onreq" };
  const pair = standing({ sender: { settings }, receiver: { settings } });
  const forged = (ahead: number, index: number, length: number, payload: number): Uint8Array => {
    const packet = new Uint8Array(HEADER_SIZE + payload);
    writeDataHeader(packet, 0, wireSequence(firstOf(pair) + ahead), 0, 0, 1_050_000, idOf(pair, "receiver"));
    packet.set([index, 0, length >> 8, length & 0xff].slice(0, payload), HEADER_SIZE);
    return packet;
  };
  const before = pair.receiver.meters.filterRebuilt.value;
  const wrong = [
    forged(49, 5, 0, 1_320),
    forged(49, 200, 0, 1_320),
    forged(49, 0xff, 0, 4),
    forged(49, 0, 0, 2),
    forged(2 ** 29, 0xff, 0, 1_320),
  ];
  pair.inject("receiver", wrong, 0);
  assert.equal(pair.receiver.meters.packetsMalformed.value, wrong.length);
  pair.inject("receiver", [forged(54, 0xff, 0xffff, 1_320), forged(59, 0xff, 0x7000, 64)], 0);
  assert.equal(pair.receiver.meters.filterRebuilt.value, before);
  goesOn(pair);
});

for (const skew of [500e-6, -500e-6]) {
  test(`the delay does not creep with a clock that is ${skew * 1e6} ppm off: three minutes, each packet within 20 ms of its time`, () => {
    const long = new LongHaul({ seed: 5, delay: 10 * MS, latencyMs: 120, skew, slack: 20 * MS });
    long.connect();
    long.carry(180_000);
    long.settle();
    assert.deepEqual(long.haul, { packets: 180_000, lost: 0, disordered: 0, untimely: 0, damaged: 0 });
  });
}
