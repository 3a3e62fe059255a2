import { isJsonObject, mergePatch, type Json, type JsonObject } from "./merge-patch.ts";

/** Called without arguments: whoever listens asks for what it shows. */
export type Listener = () => void;

type Topic = {
  rows: Map<string, Json>;
  /** The same array until a row comes or goes. */
  keys: readonly string[];
  /** When the last word of this topic came; `undefined` before the first. */
  heardAt: number | undefined;
  rowListeners: Map<string, Set<Listener>>;
  keyListeners: Set<Listener>;
};

const NO_KEYS: readonly string[] = [];

/**
 * Live documents by topic and key, outside React: a change of one row tells those who show that row and nobody else.
 * Times are those of the caller's clock, in milliseconds.
 */
export class LiveStore {
  readonly #topics = new Map<string, Topic>();
  readonly #nulls: Readonly<Record<string, JsonObject>>;

  /** `nulls`: by topic, the fields that are null where a patch has taken them out. A merge patch cannot write null. */
  constructor(nulls: Readonly<Record<string, JsonObject>> = {}) {
    this.#nulls = nulls;
  }

  row(topic: string, key: string): Json | undefined {
    return this.#topics.get(topic)?.rows.get(key);
  }

  keys(topic: string): readonly string[] {
    return this.#topics.get(topic)?.keys ?? NO_KEYS;
  }

  heardAt(topic: string): number | undefined {
    return this.#topics.get(topic)?.heardAt;
  }

  /** Tells of changes of one row. */
  onRow(topic: string, key: string, listener: Listener): () => void {
    const { rowListeners } = this.#topic(topic);
    const set = rowListeners.get(key) ?? new Set();
    rowListeners.set(key, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && rowListeners.get(key) === set) {
        rowListeners.delete(key);
      }
    };
  }

  /** Tells of rows that come and go. */
  onKeys(topic: string, listener: Listener): () => void {
    const { keyListeners } = this.#topic(topic);
    keyListeners.add(listener);
    return () => keyListeners.delete(listener);
  }

  /** All rows of a topic, in place of those that were there. Rows that are the same stay the same objects. */
  replace(name: string, rows: JsonObject, now: number): void {
    const gone = this.keys(name).filter((key) => !Object.hasOwn(rows, key));
    const patch = Object.fromEntries([...gone.map((key) => [key, null]), ...Object.entries(rows)]) as JsonObject;
    this.#apply(name, patch, now, keepSame);
  }

  /** Changes of some rows: a merge patch each, or null for a row that is gone. */
  merge(name: string, patch: JsonObject, now: number): void {
    const nulls = this.#nulls[name];
    this.#apply(name, patch, now, (before, change) => withNulls(mergePatch(before, change), before, nulls));
  }

  /** Nobody looks at it any more: its rows would only grow old. */
  drop(name: string): void {
    const topic = this.#topics.get(name);
    if (topic !== undefined) {
      this.#apply(name, Object.fromEntries(topic.keys.map((key) => [key, null])), 0, mergePatch);
      topic.heardAt = undefined;
    }
  }

  #apply(name: string, patch: JsonObject, now: number, change: (before: Json | undefined, patch: Json) => Json): void {
    const topic = this.#topic(name);
    topic.heardAt = now;
    const told = new Set<Listener>();
    let moved = false;
    for (const [key, part] of Object.entries(patch)) {
      const before = topic.rows.get(key);
      const after = part === null ? undefined : change(before, part);
      if (after === before) {
        continue;
      }
      moved ||= (after === undefined) !== (before === undefined);
      if (after === undefined) {
        topic.rows.delete(key);
      } else {
        topic.rows.set(key, after);
      }
      topic.rowListeners.get(key)?.forEach((listener) => told.add(listener));
    }
    if (moved) {
      topic.keys = [...topic.rows.keys()];
      topic.keyListeners.forEach((listener) => told.add(listener));
    }
    // Each once, after all is in place: nobody sees half a message.
    told.forEach((listener) => listener());
  }

  #topic(name: string): Topic {
    const found = this.#topics.get(name);
    if (found !== undefined) {
      return found;
    }
    const made: Topic = { rows: new Map(), keys: NO_KEYS, heardAt: undefined, rowListeners: new Map(), keyListeners: new Set() };
    this.#topics.set(name, made);
    return made;
  }
}

const withNulls = (row: Json, before: Json | undefined, nulls: JsonObject | undefined): Json => {
  if (nulls === undefined || row === before || !isJsonObject(row)) {
    return row;
  }
  const full = { ...nulls, ...row };
  return isJsonObject(before) ? keepSame(before, full) : full;
};

/** The new value, with all of the old that is the same: whoever shows that need not draw anew. */
const keepSame = (before: Json | undefined, after: Json): Json => {
  if (before === after || !isJsonObject(before) || !isJsonObject(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? (before as Json) : after;
  }
  const keys = Object.keys(after);
  const kept = Object.fromEntries(
    keys.map((key) => [key, Object.hasOwn(before, key) ? keepSame(before[key], after[key] as Json) : (after[key] as Json)]),
  );
  const isSame = keys.length === Object.keys(before).length && keys.every((key) => Object.hasOwn(before, key) && kept[key] === before[key]);
  return isSame ? before : kept;
};
