import { randomInt } from "node:crypto";
import { CARD_NUMBERS, type NodeCard } from "@bilbycast/contracts/manager-api";

type Numbers = Pick<NodeCard, (typeof CARD_NUMBERS)[number]["field"]>;

/** A card's row as text, and the round in which it changed. */
type Posted = { n: number; text: string; version: number };

/** Above how many nodes there are by far: a number says nothing of how many others there are. */
const NUMBERS = 1 << 24;

/** The numbers of cards that change all the time. A row is whole, so that who missed some gets the newest and lacks nothing. */
export class NumberBoard {
  readonly #rows = new Map<string, Posted>();
  readonly #taken = new Set<number>();

  /** Answers by which number the card's row is told. */
  put(id: string, numbers: Numbers, round: number): number {
    let posted = this.#rows.get(id);
    if (posted === undefined) {
      posted = { n: this.#fresh(), text: "", version: round };
      this.#rows.set(id, posted);
    }
    const text = rowOf(posted.n, numbers);
    if (text !== posted.text) {
      posted.text = text;
      posted.version = round;
    }
    return posted.n;
  }

  drop(id: string): void {
    const posted = this.#rows.get(id);
    if (posted !== undefined) {
      this.#rows.delete(id);
      this.#taken.delete(posted.n);
    }
  }

  /** The row, for somebody who saw round `seen`; undefined: it is the same. */
  since(id: string, seen: number): string | undefined {
    const posted = this.#rows.get(id);
    return posted === undefined || posted.version <= seen ? undefined : posted.text;
  }

  #fresh(): number {
    let n = randomInt(NUMBERS);
    while (this.#taken.has(n)) {
      n = randomInt(NUMBERS);
    }
    this.#taken.add(n);
    return n;
  }
}

const rowOf = (n: number, numbers: Numbers): string =>
  `[${n},${CARD_NUMBERS.map(({ field, scale }) => {
    const value = numbers[field];
    return value === null ? "null" : String(value / scale);
  }).join(",")}]`;

/** The rest of a card. */
export const withoutNumbers = <Card extends Numbers>(card: Card): Omit<Card, keyof Numbers> => {
  const { bitrate_in_bps: _in, bitrate_out_bps: _out, cpu_percent: _cpu, ram_percent: _ram, ...rest } = card;
  return rest;
};
