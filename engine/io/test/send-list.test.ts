import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { Meter } from "@bilbycast/engine/telemetry";
import { Arena } from "../arena.ts";
import type { LaneSocket } from "../lane-socket.ts";
import { EAGAIN, ECONNREFUSED, EINTR, EINVAL, EMSGSIZE, ENOBUFS, EPERM } from "../linux.ts";
import { SendList, type SendMeters } from "../send-list.ts";
import { writeSocketAddress } from "../socket-address.ts";

/** A socket that answers as it was told, takes all when nothing is left of the script, and keeps what it took. */
class ScriptedSocket implements LaneSocket {
  readonly opened = undefined;
  readonly localAddress = "127.0.0.1:1";
  readonly receivedBytes = 0;
  readonly lacking = [];
  trains = true;
  readonly taken: string[] = [];
  calls = 0;
  readonly #script: number[];

  constructor(script: number[] = []) {
    this.#script = script;
  }

  receive(): boolean {
    return false;
  }

  takeOversize(): number {
    return 0;
  }

  takeUnreachable(): number {
    return 0;
  }

  send(list: SendList, from: number, count: number): number {
    this.calls++;
    const result = Math.min(this.#script.shift() ?? count, count);
    for (let i = from; i < from + result; i++) {
      this.taken.push(Buffer.from(list.gather(i)).toString());
    }
    return result;
  }

  close(): void {}
}

class Rig {
  readonly arena = new Arena(2 ** 20);
  readonly list: SendList;
  readonly values = new Float64Array(5);
  readonly meters: SendMeters;
  readonly text: number;

  constructor(base = 0) {
    this.list = new SendList(this.arena, base);
    const meter = (i: number): Meter => new Meter(this.values, i);
    this.meters = {
      packetsSent: meter(0),
      bytesSent: meter(1),
      packetsRefused: meter(2),
      sendBlocked: meter(3),
      peerUnreachable: meter(4),
    };
    this.text = this.arena.reserve(26);
    this.arena.bytes.set(Buffer.from("abcdefghijklmnopqrstuvwxyz"), this.text);
  }

  /** Messages of one letter each, packet numbers from 100 on. */
  letters(count: number): void {
    for (let i = 0; i < count; i++) {
      this.list.ensure(1, 0);
      this.list.message(0, 100 + i, 0);
      this.list.piece(this.text + (i % 26), 1);
    }
  }

  train(packet: number, letters: number, segment: number): void {
    this.list.ensure(1, 0);
    this.list.message(segment, packet, 0);
    this.list.piece(this.text, letters);
  }

  get counts(): Record<string, number> {
    const [sent = 0, bytes = 0, refused = 0, blocked = 0, unreachable = 0] = this.values;
    return { sent, bytes, refused, blocked, unreachable };
  }
}

const NOTHING = { sent: 0, bytes: 0, refused: 0, blocked: 0, unreachable: 0 };

test("what is added leaves in order at the flush, gathered from its pieces", () => {
  const rig = new Rig();
  const socket = new ScriptedSocket();
  rig.list.begin(socket, rig.meters);
  rig.list.ensure(3, 8);
  rig.list.message(0, 1, 0);
  const header = rig.list.scratch(3);
  rig.arena.bytes.set(Buffer.from("<> "), header);
  rig.list.piece(header, 3);
  rig.list.piece(rig.text + 23, 3);
  rig.list.piece(rig.text, 2);
  rig.train(2, 7, 3);
  assert.equal(socket.calls, 0);

  rig.list.flush();

  assert.deepEqual(socket.taken, ["<> xyzab", "abcdefg"]);
  assert.equal(rig.list.stoppedAt, -1);
  assert.deepEqual(rig.counts, { ...NOTHING, sent: 4, bytes: 15 });
});

test("an empty flush does not call the system", () => {
  const rig = new Rig();
  const socket = new ScriptedSocket();
  rig.list.begin(socket, rig.meters);
  rig.list.flush();
  assert.equal(socket.calls, 0);
});

for (const base of [0x7f12_3456_7000, 0x7fff_ffff_f000, 0xffff_f000]) {
  test(`native addresses are right above ${base.toString(16)}, also where the low word overflows`, () => {
    const rig = new Rig(base);
    const socket = new ScriptedSocket();
    rig.list.begin(socket, rig.meters);
    const peer = rig.arena.reserve(32);
    writeSocketAddress(rig.arena.bytes, peer, { host: "10.0.0.1", port: 5, family: 4 });
    rig.list.ensure(1, 0);
    rig.list.message(0, 1, peer);
    rig.list.piece(rig.text, 3);

    const words = rig.arena.words;
    const header = (rig.list.messages - base) / 4;
    const pointer = (word: number): number => (words[word] ?? 0) + (words[word + 1] ?? 0) * 2 ** 32;
    const piece = (pointer(header + 4) - base) / 4;

    assert.equal(pointer(header), base + peer);
    assert.equal(words[header + 2], 16);
    assert.equal(rig.list.peerOf(0), peer);
    assert.equal(words[header + 6], 1);
    assert.equal(pointer(piece), base + rig.text);
    assert.equal(words[piece + 2], 3);
    rig.list.flush();
    assert.deepEqual(socket.taken, ["abc"]);
  });
}

test("a piece or a peer outside of the arena never reaches native code", () => {
  for (const add of [
    (list: SendList, size: number) => list.piece(size - 1, 2),
    (list: SendList) => list.piece(-4, 2),
    (list: SendList) => list.piece(0, -1),
    (list: SendList) => list.piece(Number.NaN, 1),
    (list: SendList, size: number) => list.message(0, 1, size - 8),
  ]) {
    const rig = new Rig();
    rig.list.begin(new ScriptedSocket(), rig.meters);
    rig.list.ensure(1, 0);
    rig.list.message(0, 1, 0);
    assert.throws(() => add(rig.list, rig.arena.size), CheckFailed);
  }
});

test("a list with no room is flushed by ensure, and everything leaves in order", () => {
  const rig = new Rig();
  const socket = new ScriptedSocket();
  rig.list.begin(socket, rig.meters);
  rig.letters(300);
  assert.ok(socket.calls >= 2);
  rig.list.flush();

  assert.equal(socket.taken.join(""), "abcdefghijklmnopqrstuvwxyz".repeat(12).slice(0, 300));
  assert.deepEqual(rig.counts, { ...NOTHING, sent: 300, bytes: 300 });
});

test("many pieces or much scratch make ensure flush as well", () => {
  const rig = new Rig();
  const socket = new ScriptedSocket();
  rig.list.begin(socket, rig.meters);
  for (let i = 0; i < 40; i++) {
    rig.list.ensure(96, 4_000);
    rig.list.message(0, i, 0);
    const header = rig.list.scratch(4_000);
    rig.arena.bytes.fill(0x30 + (i % 10), header, header + 4_000);
    rig.list.piece(header, 1);
    for (let piece = 1; piece < 96; piece++) {
      rig.list.piece(rig.text, 1);
    }
  }
  rig.list.flush();

  assert.equal(socket.taken.length, 40);
  assert.ok(socket.taken.every((message, i) => message === `${i % 10}${"a".repeat(95)}`));
});

test("a message that no empty list holds is a bug of ours", () => {
  const rig = new Rig();
  rig.list.begin(new ScriptedSocket(), rig.meters);
  assert.throws(() => rig.list.ensure(1_025, 0), CheckFailed);
  assert.throws(() => rig.list.ensure(1, 70_000), CheckFailed);
});

test("what the system takes in parts leaves whole and is counted once", () => {
  const rig = new Rig();
  const socket = new ScriptedSocket([2, 1, 3]);
  rig.list.begin(socket, rig.meters);
  rig.letters(10);
  rig.list.flush();
  assert.equal(socket.taken.join(""), "abcdefghij");
  assert.deepEqual(rig.counts, { ...NOTHING, sent: 10, bytes: 10 });
});

for (const [name, errno] of [
  ["EAGAIN", EAGAIN],
  ["ENOBUFS", ENOBUFS],
] as const) {
  test(`${name} stops at the first packet that did not leave, and what is flushed behind it stays too`, () => {
    const rig = new Rig();
    const socket = new ScriptedSocket([3, -errno]);
    rig.list.begin(socket, rig.meters);
    rig.letters(200);
    rig.list.flush();

    assert.equal(socket.taken.join(""), "abc");
    assert.equal(rig.list.stoppedAt, 103);
    assert.equal(rig.list.trainRefused, false);
    assert.deepEqual(rig.counts, { ...NOTHING, sent: 3, bytes: 3, blocked: 1 });

    rig.list.begin(socket, rig.meters);
    assert.equal(rig.list.stoppedAt, -1);
  });
}

test("the echo of an earlier datagram costs nothing: the message is sent once more", () => {
  const rig = new Rig();
  const socket = new ScriptedSocket([1, -ECONNREFUSED, 1, -ECONNREFUSED, -ECONNREFUSED]);
  rig.list.begin(socket, rig.meters);
  rig.letters(4);
  rig.list.flush();
  assert.equal(socket.taken.join(""), "abcd");
  assert.deepEqual(rig.counts, { ...NOTHING, sent: 4, bytes: 4, unreachable: 3 });
});

test("a message that meets nothing but echoes is given up, and each of those behind it has its own tries", () => {
  const rig = new Rig();
  const four = Array.from({ length: 4 }, () => -ECONNREFUSED);
  const socket = new ScriptedSocket([...four, -ECONNREFUSED, 1]);
  rig.list.begin(socket, rig.meters);
  rig.letters(2);
  rig.list.flush();
  assert.equal(socket.taken.join(""), "b");
  assert.deepEqual(rig.counts, { ...NOTHING, sent: 1, bytes: 1, refused: 1, unreachable: 4 });
});

test("a call that a signal interrupted is made again", () => {
  const rig = new Rig();
  const socket = new ScriptedSocket([-EINTR, 1, -EINTR]);
  rig.list.begin(socket, rig.meters);
  rig.letters(3);
  rig.list.flush();
  assert.equal(socket.taken.join(""), "abc");
  assert.deepEqual(rig.counts, { ...NOTHING, sent: 3, bytes: 3 });
});

for (const [name, errno] of [
  ["too long", EMSGSIZE],
  ["invalid", EINVAL],
  ["forbidden", EPERM],
] as const) {
  test(`a datagram that is ${name} is left out and counted, the others leave`, () => {
    const rig = new Rig();
    const socket = new ScriptedSocket([2, -errno]);
    rig.list.begin(socket, rig.meters);
    rig.letters(5);
    rig.list.flush();
    assert.equal(socket.taken.join(""), "abde");
    assert.equal(rig.list.stoppedAt, -1);
    assert.equal(socket.trains, true);
    assert.deepEqual(rig.counts, { ...NOTHING, sent: 4, bytes: 4, refused: 1 });
  });
}

for (const [name, errno] of [
  ["EINVAL", EINVAL],
  ["EMSGSIZE", EMSGSIZE],
] as const) {
  test(`${name} on a train turns trains off for that socket and stops there, so that the same packets go one by one`, () => {
    const rig = new Rig();
    const socket = new ScriptedSocket([1, -errno]);
    rig.list.begin(socket, rig.meters);
    assert.equal(rig.list.trains, true);
    rig.train(100, 6, 3);
    rig.train(102, 9, 3);
    rig.list.flush();

    assert.deepEqual(socket.taken, ["abcdef"]);
    assert.equal(rig.list.trainRefused, true);
    assert.equal(rig.list.stoppedAt, 102);
    assert.equal(socket.trains, false);
    assert.deepEqual(rig.counts, { ...NOTHING, sent: 2, bytes: 6 });
    rig.list.begin(socket, rig.meters);
    assert.equal(rig.list.trains, false);
    assert.equal(rig.list.trainRefused, false);
  });
}

test("two senders never meet in one list", () => {
  const rig = new Rig();
  rig.list.begin(new ScriptedSocket(), rig.meters);
  rig.letters(1);
  assert.throws(() => rig.list.begin(new ScriptedSocket(), rig.meters), CheckFailed);

  rig.list.abandon();

  const socket = new ScriptedSocket();
  rig.list.begin(socket, rig.meters);
  rig.list.flush();
  assert.deepEqual(socket.taken, []);
});
