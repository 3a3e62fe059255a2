import { after, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { chance, type Random } from "@bilbycast/testkit/random";
import { Transit } from "./transit.ts";

/** Losses that come in bursts: two states, and how likely each datagram moves from one to the other (Gilbert and Elliott). */
export type Bursts = { begin: number; end: number; lossInside: number };

/** What a path does to datagrams. Probabilities are 0 to 1; everything is off by default and may be changed while datagrams fly. */
export type LinkProperties = {
  loss: number;
  bursts: Bursts | undefined;
  /** Every datagram takes this long. Microseconds. */
  delay: Microseconds;
  /** And up to this much longer, each by itself: what jitters overtakes. Microseconds. */
  jitter: Microseconds;
  /** Probability that a datagram takes no delay at all and so overtakes those before it. */
  reorder: number;
  /** Probability that a second copy flies, with a jitter of its own. */
  duplication: number;
  /** Bits per second; 0 for no limit. Datagrams wait for each other, and are lost when more than `queue` microseconds of them wait. */
  bandwidth: number;
  queue: Microseconds;
};

const PERFECT: LinkProperties = {
  loss: 0,
  bursts: undefined,
  delay: 0,
  jitter: 0,
  reorder: 0,
  duplication: 0,
  bandwidth: 0,
  queue: 100_000,
};

/**
 * One direction of a network path in virtual time, decided by its random numbers alone. Put datagrams in with `send`;
 * take out what has arrived with `poll` until `undefined`; the next arrival is at `deadline`.
 */
export class Link {
  readonly properties: LinkProperties;
  /** Which datagrams were lost: 0 is the first that was sent. */
  readonly lost: number[] = [];
  /** How many were sent, and how many copies beyond them flew. */
  sent = 0;
  duplicated = 0;
  readonly #random: Random;
  readonly #transit = new Transit();
  #inBurst = false;
  #freeAt = 0;

  constructor(random: Random, properties: Partial<LinkProperties> = {}) {
    this.#random = random;
    this.properties = { ...PERFECT, ...properties };
  }

  get deadline(): Instant {
    return this.#transit.next ?? NEVER;
  }

  /** The link keeps a copy. */
  send(datagram: Uint8Array, now: Instant): void {
    const number = this.sent++;
    const departure = this.#departure(datagram.length, now);
    if (departure === undefined || this.#loses()) {
      this.lost.push(number);
      return;
    }
    this.#fly(datagram, departure);
    if (chance(this.#random, this.properties.duplication)) {
      this.duplicated++;
      this.#fly(datagram, departure);
    }
  }

  /** The next datagram that has arrived. */
  poll(now: Instant): Uint8Array | undefined {
    return this.deadline <= now ? this.#transit.take() : undefined;
  }

  #fly(datagram: Uint8Array, departure: Instant): void {
    const { delay, jitter, reorder } = this.properties;
    const overtakes = chance(this.#random, reorder);
    const spread = Math.floor(this.#random() * jitter);
    this.#transit.put(datagram.slice(), after(departure, overtakes ? 0 : delay + spread));
  }

  #loses(): boolean {
    const { loss, bursts } = this.properties;
    if (bursts !== undefined) {
      this.#inBurst = chance(this.#random, this.#inBurst ? 1 - bursts.end : bursts.begin);
      if (this.#inBurst && chance(this.#random, bursts.lossInside)) {
        return true;
      }
    }
    return chance(this.#random, loss);
  }

  /** When the datagram has left a path of limited bandwidth; `undefined` when it found no room to wait. */
  #departure(length: number, now: Instant): Instant | undefined {
    const { bandwidth, queue } = this.properties;
    if (bandwidth === 0) {
      return now;
    }
    const start = Math.max(this.#freeAt, now);
    if (start - now > queue) {
      return undefined;
    }
    this.#freeAt = start + (length * 8 * 1_000_000) / bandwidth;
    return after(now, Math.round(this.#freeAt - now));
  }
}
