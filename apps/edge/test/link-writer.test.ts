import assert from "node:assert/strict";
import { test } from "node:test";
import { EventQueue } from "../src/node-link/event-queue.ts";
import { LinkWriter } from "../src/node-link/link-writer.ts";

/** A socket that takes what it is given when the test says so. */
class SlowWire {
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly pings: string[] = [];
  #written: (() => void)[] = [];

  send(text: string, written: () => void): void {
    this.sent.push(text);
    this.bufferedAmount += text.length;
    this.#written.push(written);
  }

  ping(data: string): void {
    this.pings.push(data);
  }

  /** The system takes everything. */
  drain(): void {
    const written = this.#written;
    this.#written = [];
    this.bufferedAmount = 0;
    written.forEach((each) => each());
  }
}

const LARGE = "x".repeat(300 * 1024);

const stage = () => {
  const wire = new SlowWire();
  const events = new EventQueue(4);
  let skipped = 0;
  const writer = new LinkWriter(wire, events, () => (skipped += 1));
  return { wire, events, writer, skipped: () => skipped };
};
const event = (sequence: number) => ({
  sequence,
  severity: "info" as const,
  time: "2026-01-01T00:00:00.000Z",
  category: "flow",
  message: `event ${sequence}`,
  details: { error_code: "c" },
});

test("answers go first, then events, then the newest state, then pictures", () => {
  const { wire, events, writer } = stage();
  writer.begin();
  writer.state("stats", LARGE);
  writer.picture("p", "picture");
  writer.state("stats", "stats");
  events.push(event(1));
  writer.answer("answer 1");
  writer.answer("answer 2");

  wire.drain();

  const kinds = wire.sent.slice(1).map((text) => (text.startsWith("{") ? (JSON.parse(text) as { type: string }).type : text));
  assert.deepEqual(kinds, ["answer 1", "answer 2", "event", "stats", "picture"]);
});

test("a slow socket gets the newest state alone, each that it missed is counted, and nothing piles up", () => {
  const { wire, writer, skipped } = stage();
  writer.begin();
  writer.answer(LARGE);

  for (let second = 0; second < 100; second++) {
    writer.state("stats", `stats ${second}`);
    writer.picture("a", `picture ${second}`);
  }
  assert.equal(wire.sent.length, 1);
  wire.drain();

  assert.deepEqual([wire.sent.slice(1), skipped()], [["stats 99", "picture 99"], 198]);
});

test("pictures of more inputs than there are places for are counted, not kept", () => {
  const { wire, writer, skipped } = stage();
  writer.begin();
  writer.answer(LARGE);

  for (let input = 0; input < 300; input++) {
    writer.picture(`input ${input}`, "p");
  }
  wire.drain();

  assert.deepEqual([wire.sent.length - 1, skipped()], [256, 44]);
});

test("before it begins and after its end nothing is written", () => {
  const { wire, events, writer } = stage();
  writer.answer("early");
  events.push(event(1));
  writer.pump();
  assert.equal(wire.sent.length, 0);

  writer.begin();
  writer.end();
  writer.answer("late");

  assert.deepEqual([wire.sent.length, wire.sent.includes("late")], [2, false]);
});

test("events are confirmed by the pong to the ping behind them", () => {
  const { wire, events, writer } = stage();
  events.push(event(1));
  events.push(event(2));
  writer.begin();
  assert.deepEqual([wire.pings, events.size], [["events 2"], 2]);

  writer.confirm("there?");
  writer.confirm("events rubbish");
  assert.equal(events.size, 2);
  writer.confirm("events 2");

  assert.equal(events.size, 0);
});

test("while a confirmation is awaited no other one is asked for, however many events come", () => {
  const { wire, events, writer } = stage();
  writer.begin();

  for (let number = 1; number <= 3; number++) {
    events.push(event(number));
    writer.pump();
  }
  assert.deepEqual(wire.pings, ["events 1"]);
  writer.confirm("events 1");

  assert.deepEqual([wire.pings, events.size], [["events 1", "events 3"], 2]);
});

test("answers that nobody takes are said to be too many", () => {
  const { writer } = stage();
  writer.begin();

  for (let i = 0; i < 40; i++) {
    writer.answer(LARGE);
  }

  assert.equal(writer.isCrowded, true);
});
