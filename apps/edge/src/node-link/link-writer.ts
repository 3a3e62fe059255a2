import { randomUUID } from "node:crypto";
import type { EventQueue } from "./event-queue.ts";
import { frame } from "./frames.ts";

/** What the writer needs of a WebSocket. `written` is called when the system has taken the bytes. */
export type Wire = {
  readonly bufferedAmount: number;
  send(text: string, written: () => void): void;
  ping(data: string): void;
};

/** Bytes that may wait in the socket: with more the writer waits, so that what is urgent is never far behind. */
const WIRE_BYTES = 256 * 1024;
/** Bytes of answers that may wait here before no more commands are read. */
const ANSWER_BYTES = 8 * 1024 * 1024;
/** Pictures that may wait, one of each input. */
const PICTURES = 256;
/** Events after which the other end is asked to confirm them. */
const CONFIRM_EVERY = 64;

/** Tells the pings that ask for a confirmation from those that ask whether anybody is there. */
const CONFIRM = "events ";

/** Names this run of the program, so that an event has an id that no other has. */
const RUN_ID = randomUUID();

/**
 * The only writer of a connection: answers first, in their order, then events, then the newest state, then pictures. Answers and
 * events are never skipped. Of the rest only the newest waits: a connection that is slow gets less often what a fast one gets each time.
 */
export class LinkWriter {
  readonly #wire: Wire;
  readonly #events: EventQueue;
  readonly #onSkip: () => void;
  #answers: string[] = [];
  /** Of the answer that is next. */
  #head = 0;
  readonly #states = new Map<string, string>();
  readonly #pictures = new Map<string, string>();
  #answerBytes = 0;
  #lastEvent = 0;
  /** Events since the other end was asked to confirm; and whether its answer is still to come. */
  #unconfirmed = 0;
  #isAsking = false;
  #isWriting = false;

  constructor(wire: Wire, events: EventQueue, onSkip: () => void) {
    this.#wire = wire;
    this.#events = events;
    this.#onSkip = onSkip;
    events.rewind();
  }

  /** True while so many answers wait that no more should be asked for. */
  get isCrowded(): boolean {
    return this.#answerBytes > ANSWER_BYTES;
  }

  /** True when nothing waits here that must be said. */
  get isDrained(): boolean {
    return this.#answers.length === this.#head && this.#wire.bufferedAmount === 0;
  }

  answer(text: string): void {
    this.#answers.push(text);
    this.#answerBytes += text.length;
    this.pump();
  }

  /** What replaces the last one of its name. */
  state(name: string, text: string): void {
    this.#replace(this.#states, name, text);
  }

  picture(name: string, text: string): void {
    if (this.#pictures.size >= PICTURES && !this.#pictures.has(name)) {
      this.#onSkip();
    } else {
      this.#replace(this.#pictures, name, text);
    }
  }

  /** A pong of the other end: it has everything that was sent before its ping. */
  confirm(data: string): void {
    const number = data.startsWith(CONFIRM) ? Number(data.slice(CONFIRM.length)) : Number.NaN;
    if (Number.isSafeInteger(number)) {
      this.#isAsking = false;
      this.#events.confirm(number);
      this.pump();
    }
  }

  /** The manager knows who we are: what waited is written. */
  begin(): void {
    this.#isWriting = true;
    this.pump();
  }

  /** The connection is over: what comes now goes nowhere. */
  end(): void {
    this.#isWriting = false;
  }

  /** Writes as much as the socket takes without a queue of its own. */
  pump(): void {
    while (this.#isWriting && this.#wire.bufferedAmount <= WIRE_BYTES) {
      const text = this.#nextAnswer() ?? this.#nextEvent() ?? first(this.#states) ?? first(this.#pictures);
      if (text === undefined) {
        return;
      }
      this.#wire.send(text, () => this.pump());
    }
  }

  #replace(waiting: Map<string, string>, name: string, text: string): void {
    if (waiting.has(name)) {
      this.#onSkip();
    }
    waiting.set(name, text);
    this.pump();
  }

  #nextAnswer(): string | undefined {
    const text = this.#answers[this.#head];
    if (text === undefined) {
      return undefined;
    }
    this.#answerBytes -= text.length;
    this.#head += 1;
    // Taking the first of a long list away moves all others.
    if (this.#head >= 1_024 || this.#head === this.#answers.length) {
      this.#answers = this.#answers.slice(this.#head);
      this.#head = 0;
    }
    return text;
  }

  #nextEvent(): string | undefined {
    const entry = this.#events.next();
    const isDue = this.#unconfirmed >= CONFIRM_EVERY || (entry === undefined && this.#unconfirmed > 0);
    // One question at a time: a WebSocket that is asked faster than it answers may end the connection.
    if (isDue && !this.#isAsking) {
      this.#isAsking = true;
      this.#unconfirmed = 0;
      this.#wire.ping(`${CONFIRM}${this.#lastEvent}`);
    }
    if (entry === undefined) {
      return undefined;
    }
    const { sequence, time, ...facts } = entry.event;
    this.#lastEvent = entry.number;
    this.#unconfirmed += 1;
    return frame("event", { event_id: `${RUN_ID}-${sequence}`, ...bounded(facts) }, time);
  }
}

const bounded = <T extends { message: string; category: string }>(facts: T): T => ({
  ...facts,
  message: facts.message.slice(0, 10_000),
  category: facts.category.slice(0, 256),
});

const first = (waiting: Map<string, string>): string | undefined => {
  for (const [name, text] of waiting) {
    waiting.delete(name);
    return text;
  }
  return undefined;
};
