import { check } from "@bilbycast/foundation/check";
import type { Crypto } from "@bilbycast/foundation/crypto";
import { after, instant, NEVER, seconds, type Instant } from "@bilbycast/foundation/time";

/**
 * Which of a port's listeners a datagram is for is told by the first of these words of 32 bits that is not 0, in network order: the socket
 * that it is for, or the cookie by which a caller comes back. The lowest byte modulo the number of listeners is the listener. Bytes.
 */
export const NAMED_BY: readonly number[] = [12, 44];

/** That byte. */
const NAME_MASK = 0xff;
/** A cookie whose bits above are all 0 would name nobody. */
const NEVER_ZERO = 0x100;

/** The first words of the board are the secret, then comes for each listener one more than the connections that stand; 0 before it is there. */
const SECRET_WORDS = 8;
/** More than any number of callers. */
const FULL = 1e9;
/** How long a caller that was sent to a listener counts there: until its connection does. */
const PROMISE = seconds(2);
/** The first listener answers no caller before the others are there, or it would take all who wait at the door; but it does not wait for ever. */
const OTHERS_WITHIN = seconds(2);

/**
 * One of several listeners of one port, each with a socket and a thread of its own. Nothing passes between them but the numbers on the
 * board: what a listener hears of names it, and a caller is sent to another one by its cookie.
 */
export class SharedPort {
  readonly index: number;
  readonly count: number;
  readonly #board: Int32Array;
  readonly #most: readonly number[];
  /** Callers that were sent to each listener, in this period and in the one before. */
  readonly #sent: number[];
  readonly #sentBefore: number[];
  #periodEnds: Instant = instant(0);
  #waitsUntil: Instant = NEVER;

  /** `board`: zeroes that all of them see; the listener with index 0 is made first. `most`: connections of all together. */
  constructor(place: { index: number; count: number; board: Int32Array }, most: number) {
    const { index, count, board } = place;
    check(index < count && count <= most && board.length >= SECRET_WORDS + count, "a listener has a place on the board");
    this.index = index;
    this.count = count;
    this.#board = board;
    this.#most = Array.from({ length: count }, (_, i) => Math.floor((most + count - 1 - i) / count));
    this.#sent = this.#most.map(() => 0);
    this.#sentBefore = this.#most.map(() => 0);
    this.opened(0);
  }

  /** Connections that this listener may have. */
  get most(): number {
    return this.#most[this.index] ?? 0;
  }

  /** What cookies are made with: every listener knows those of the others. */
  secret(crypto: Crypto): Uint8Array {
    const words = this.#board.subarray(0, SECRET_WORDS);
    if (this.index === 0) {
      const fresh = crypto.random(new Uint8Array(4 * SECRET_WORDS));
      words.set(new Int32Array(fresh.buffer, fresh.byteOffset, SECRET_WORDS));
    }
    const copy = Int32Array.from(words);
    return new Uint8Array(copy.buffer);
  }

  /** So many connections stand here now. */
  opened(connections: number): void {
    Atomics.store(this.#board, SECRET_WORDS + this.index, connections + 1);
  }

  /** Whether a caller that asks now is answered. */
  answers(now: Instant): boolean {
    this.#waitsUntil = this.#waitsUntil === NEVER ? after(now, OTHERS_WITHIN) : this.#waitsUntil;
    return now >= this.#waitsUntil || this.#most.every((_, i) => Atomics.load(this.#board, SECRET_WORDS + i) > 0);
  }

  /** Whether nobody is connected to any. */
  get isDeserted(): boolean {
    return this.#most.every((_, i) => this.#open(i) === 0);
  }

  /** Socket ID of the connection at a place here, with random bits above. */
  name(place: number): number {
    return place * this.count + this.index;
  }

  /** Place of the connection that a socket ID is of. */
  placeOf(socketId: number): number {
    return Math.floor((socketId & NAME_MASK) / this.count);
  }

  /** Writes into a cookie whom the caller is to come back to: of the listeners that have room, the one with fewest callers. */
  send(cookie: number, now: Instant): number {
    if (now >= this.#periodEnds) {
      const isNext = now < after(this.#periodEnds, PROMISE);
      this.#sent.forEach((sent, i) => (this.#sentBefore[i] = isNext ? sent : 0));
      this.#sent.fill(0);
      this.#periodEnds = after(now, PROMISE);
    }
    const callers = this.#most.map((most, i) => {
      const open = this.#open(i);
      return open + (this.#sent[i] ?? 0) + (this.#sentBefore[i] ?? 0) + (open < most ? 0 : FULL);
    });
    const listener = callers.indexOf(Math.min(...callers));
    this.#sent[listener] = (this.#sent[listener] ?? 0) + 1;
    return ((cookie & ~NAME_MASK) | NEVER_ZERO | listener) >>> 0;
  }

  /** Whether it is that cookie, whoever it names. */
  isSame(cookie: number, right: number): boolean {
    return ((cookie ^ (right | NEVER_ZERO)) & ~NAME_MASK) === 0;
  }

  #open(listener: number): number {
    return Math.max(0, Atomics.load(this.#board, SECRET_WORDS + listener) - 1);
  }
}
