import { mergePatch } from "./merge-patch.ts";

type Members = Readonly<Record<string, unknown>>;

/** More than the last change is missing. */
export const WHOLE: unique symbol = Symbol("whole");

/** An object as browsers see it, with its texts: made once for all of them. `before` and `version`: the rounds of its last two changes. */
type Posted = { value: Members; version: number; before: number; whole: string; patch: string };

/**
 * Objects that change, and what each reader lacks of them. A reader is the number of the round that it has seen last; nothing is kept for
 * it, so a slow one costs nothing: it gets the newest, and not what was in between.
 */
export class Board {
  readonly #objects = new Map<string, Posted>();
  /** By key: the round in which it went. */
  readonly #gone = new Map<string, number>();

  /** Keys that went are remembered so many rounds: a minute and a half, also when somebody presses all the time. */
  static readonly MEMORY = 4_000;

  put(key: string, value: Members, round: number): void {
    const known = this.#objects.get(key);
    if (known === undefined) {
      const text = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
      this.#objects.set(key, { value, version: round, before: round, whole: text, patch: text });
      this.#gone.delete(key);
      return;
    }
    if (known.value === value) {
      return;
    }
    const patch = mergePatch(known.value, value);
    known.value = value;
    if (patch !== undefined) {
      known.before = known.version;
      known.version = round;
      known.patch = `${JSON.stringify(key)}:${JSON.stringify(patch)}`;
      known.whole = "";
    }
  }

  drop(key: string, round: number): void {
    if (this.#objects.delete(key)) {
      this.#gone.set(key, round);
    }
    for (const [old, at] of this.#gone) {
      if (at + Board.MEMORY >= round) {
        break;
      }
      this.#gone.delete(old);
    }
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  /** `"key":{…}` of the whole object. */
  whole(key: string): string | undefined {
    const posted = this.#objects.get(key);
    if (posted !== undefined && posted.whole === "") {
      posted.whole = `${JSON.stringify(key)}:${JSON.stringify(posted.value)}`;
    }
    return posted?.whole;
  }

  /** What somebody who saw round `seen` lacks of an object; undefined: nothing. */
  since(key: string, seen: number): string | typeof WHOLE | undefined {
    const posted = this.#objects.get(key);
    if (posted === undefined) {
      const went = this.#gone.get(key);
      return went !== undefined && went > seen ? `${JSON.stringify(key)}:null` : undefined;
    }
    return posted.version <= seen ? undefined : posted.before <= seen ? posted.patch : WHOLE;
  }

  /** Keys that went since. */
  goneSince(seen: number): string[] {
    return [...this.#gone].filter(([, at]) => at > seen).map(([key]) => key);
  }
}
