import assert from "node:assert/strict";
import { test } from "node:test";
import { setU32, u32 } from "@bilbycast/foundation/bytes";
import { CheckFailed } from "@bilbycast/foundation/check";
import { instant, seconds } from "@bilbycast/foundation/time";
import { Hub } from "@bilbycast/testkit/srt";
import { CONCLUSION, type Handshake } from "../handshake.ts";
import { NAMED_BY, SharedPort } from "../shared-port.ts";
import { answerOf, handshake } from "./forged.ts";

const request = { version: 0x01_0501, flags: 0x3f, receiveLatency: 120, sendLatency: 0 };
const SECOND = 1_000_000;

/** As the kernel reads a datagram: whose it is. */
const namedIn = (datagram: Uint8Array, count: number): number => {
  const name = NAMED_BY.map((at) => u32(datagram, at)).find((word) => word !== 0) ?? 0;
  return (name & 0xff) % count;
};

/** Listeners of one port, and the kernel in front of them. */
class Door {
  readonly hubs: Hub[];
  readonly ports: SharedPort[];
  readonly #names = new Map<Hub, number>();

  constructor(count: number, most: number, there = count) {
    const board = new Int32Array(64);
    this.ports = Array.from({ length: there }, (_, index) => new SharedPort({ index, count, board }, most));
    this.hubs = this.ports.map((port) => new Hub({ port, most: port.most, isSmall: true, settings: { receiveBuffer: 32 } }));
    this.hubs.forEach((hub, i) => this.#names.set(hub, i));
  }

  say(datagram: Uint8Array, from: number, to = namedIn(datagram, this.hubs.length)): Handshake | undefined {
    return answerOf(this.hubs[to]?.say(datagram, from) ?? []);
  }

  /** The answer to a conclusion, and the listener that heard it. */
  call(from: number): { listener: number; socketId: number } {
    const cookie = this.say(handshake({}), from)?.cookie ?? 0;
    const conclusion = handshake({ version: 5, requestType: CONCLUSION, cookie, extensions: { request } });
    const answer = this.say(conclusion, from);
    return { listener: namedIn(conclusion, this.hubs.length), socketId: answer?.requestType === CONCLUSION ? answer.socketId : 0 };
  }

  let(microseconds: number): void {
    this.hubs.forEach((hub) => (hub.now += microseconds));
  }
}

test("callers come back to one listener after the other, and the socket ID that each is given names it", () => {
  const door = new Door(3, 9);
  const calls = Array.from({ length: 9 }, (_, i) => door.call(9_000 + i));

  assert.deepEqual(
    calls.map(({ listener }) => listener),
    [0, 1, 2, 0, 1, 2, 0, 1, 2],
  );
  assert.deepEqual(
    calls.map(({ socketId }) => (socketId & 0xff) % 3),
    calls.map(({ listener }) => listener),
  );
  assert.equal(new Set(calls.map(({ socketId }) => socketId)).size, 9);
  assert.deepEqual(
    door.hubs.map(({ listener }) => listener.said.length),
    [3, 3, 3],
  );
});

test("callers that ask at the same time are shared as well as those that come in turn", () => {
  const door = new Door(2, 64);
  const names = Array.from({ length: 50 }, (_, i) => door.say(handshake({}), 9_000 + i)?.cookie ?? 0).map((cookie) => cookie & 1);

  assert.equal(names.filter((name) => name === 1).length, 25);
});

test("a caller is sent where connections have ended", () => {
  const [first, second] = new Door(2, 8).ports;
  first?.opened(3);
  second?.opened(1);
  const later = instant(SECOND);
  const sent = Array.from({ length: 4 }, () => (first?.send(0xabcd_ef12, later) ?? 0) & 0xff);

  assert.deepEqual(sent, [1, 1, 0, 1]);
  first?.opened(4);
  second?.opened(2);
  assert.equal((first?.send(0, instant(later + seconds(10))) ?? 0) & 0xff, 1, "the first one is full");
});

test("the cookie of one listener is good at every other, and nobody else's is", () => {
  const door = new Door(2, 8);
  const cookie = door.say(handshake({}), 9_000)?.cookie ?? 0;
  const conclusion = handshake({ version: 5, requestType: CONCLUSION, cookie, extensions: { request } });

  assert.equal(door.say(conclusion, 9_001, 1), undefined, "from another address");
  assert.equal(door.say(conclusion, 9_000, 1)?.requestType, CONCLUSION);
  const forged = Uint8Array.from(conclusion);
  setU32(forged, 44, cookie ^ 0x200);
  assert.equal(door.say(forged, 9_000, 1), undefined);
});

test("nobody is answered before all listeners are there, and after two seconds everybody is", () => {
  const early = new Door(2, 8, 1);
  assert.equal(early.say(handshake({}), 9_000, 0), undefined);
  early.let(SECOND);
  assert.equal(early.say(handshake({}), 9_000, 0), undefined);
  early.let(SECOND);
  assert.notEqual(early.say(handshake({}), 9_000, 0), undefined);
});

test("all listeners together have as many connections as one may have", () => {
  for (const [count, most] of [
    [2, 50],
    [3, 64],
    [16, 17],
    [5, 5],
  ] as const) {
    const { ports } = new Door(count, most);
    assert.equal(
      ports.reduce((sum, port) => sum + port.most, 0),
      most,
    );
    for (const port of ports) {
      const places = Array.from({ length: port.most }, (_, i) => i);
      assert.ok(places.every((place) => port.placeOf(port.name(place)) === place && port.name(place) % count === port.index));
      assert.ok(port.name(port.most - 1) <= 0xff);
    }
  }
  assert.throws(() => new SharedPort({ index: 2, count: 2, board: new Int32Array(64) }, 8), CheckFailed);
  assert.throws(() => new SharedPort({ index: 0, count: 3, board: new Int32Array(64) }, 2), CheckFailed);
});
