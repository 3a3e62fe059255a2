import { isJsonObject, mergePatch, type Json, type JsonObject } from "./merge-patch.ts";

/** Called without arguments: whoever listens asks for what it shows. */
export type Listener = () => void;

/** A field of a row whose number is told by itself, and how much one of what is told is. */
export type NumberField = { readonly field: string; readonly scale: number };
/** Of some rows the number `n` that the row has for it, then its numbers. */
export type Numbers = readonly (readonly (number | null)[])[];
/** What is known of the rows of a topic: fields that are null where they are not told, as a merge patch cannot write null; and its numbers. */
export type RowFacts = { readonly nulls: JsonObject; readonly numbers?: readonly NumberField[] };

type Topic = {
  rows: Map<string, Json>;
  /** By the number `n` that a row has for it: its key. */
  keyOf: Map<Json, string>;
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
  readonly #of: Readonly<Record<string, RowFacts>>;

  constructor(of: Readonly<Record<string, RowFacts>> = {}) {
    this.#of = of;
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
  replace(name: string, rows: JsonObject, now: number, numbers: Numbers = []): void {
    const gone = this.keys(name).filter((key) => !Object.hasOwn(rows, key));
    const patch = Object.fromEntries([...gone.map((key) => [key, null]), ...Object.entries(rows)]) as JsonObject;
    const nulls = this.#of[name]?.nulls;
    const counted = this.#of[name]?.numbers ?? [];
    this.#apply(name, patch, now, numbers, (before, row) =>
      keepSame(before, nulls === undefined || !isJsonObject(row) ? row : { ...nulls, ...kept(before, counted), ...row }),
    );
  }

  /** Changes of some rows: a merge patch each, or null for a row that is gone. `numbers`: of some rows, after that. */
  merge(name: string, patch: JsonObject, now: number, numbers: Numbers = []): void {
    const nulls = this.#of[name]?.nulls;
    this.#apply(name, patch, now, numbers, (before, change) => withNulls(mergePatch(before, change), before, change, nulls));
  }

  /** Nobody looks at it any more: its rows would only grow old. */
  drop(name: string): void {
    const topic = this.#topics.get(name);
    if (topic !== undefined) {
      this.#apply(name, Object.fromEntries(topic.keys.map((key) => [key, null])), 0, [], mergePatch);
      topic.heardAt = undefined;
    }
  }

  #apply(name: string, patch: JsonObject, now: number, numbers: Numbers, change: (before: Json | undefined, patch: Json) => Json): void {
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
      place(topic, key, before, after);
      topic.rowListeners.get(key)?.forEach((listener) => told.add(listener));
    }
    this.#count(topic, this.#of[name]?.numbers ?? [], numbers, told);
    if (moved) {
      topic.keys = [...topic.rows.keys()];
      topic.keyListeners.forEach((listener) => told.add(listener));
    }
    // Each once, after all is in place: nobody sees half a message.
    told.forEach((listener) => listener());
  }

  /** Numbers of rows that are known; others are passed over. */
  #count(topic: Topic, fields: readonly NumberField[], numbers: Numbers, told: Set<Listener>): void {
    for (const [n = null, ...values] of numbers) {
      const key = topic.keyOf.get(n);
      const row = key === undefined ? undefined : topic.rows.get(key);
      if (key === undefined || !isJsonObject(row)) {
        continue;
      }
      let after: Record<string, Json> | undefined;
      for (const [i, { field, scale }] of fields.entries()) {
        const value = values[i] ?? null;
        const number = value === null ? null : Math.round(value * scale);
        if (row[field] !== number) {
          after ??= { ...row };
          after[field] = number;
        }
      }
      if (after !== undefined) {
        topic.rows.set(key, after);
        topic.rowListeners.get(key)?.forEach((listener) => told.add(listener));
      }
    }
  }

  #topic(name: string): Topic {
    const found = this.#topics.get(name);
    if (found !== undefined) {
      return found;
    }
    const made: Topic = {
      rows: new Map(),
      keyOf: new Map(),
      keys: NO_KEYS,
      heardAt: undefined,
      rowListeners: new Map(),
      keyListeners: new Set(),
    };
    this.#topics.set(name, made);
    return made;
  }
}

const place = (topic: Topic, key: string, before: Json | undefined, after: Json | undefined): void => {
  const [was, is] = [numberOf(before), numberOf(after)];
  if (was !== is && topic.keyOf.get(was) === key) {
    topic.keyOf.delete(was);
  }
  if (is !== null) {
    topic.keyOf.set(is, key);
  }
  if (after === undefined) {
    topic.rows.delete(key);
  } else {
    topic.rows.set(key, after);
  }
};

/** A snapshot has them beside its rows: until they are read the former ones stand. */
const kept = (before: Json | undefined, fields: readonly NumberField[]): JsonObject =>
  isJsonObject(before) ? Object.fromEntries(fields.map(({ field }) => [field, before[field] ?? null])) : {};

const numberOf = (row: Json | undefined): Json => (isJsonObject(row) ? (row["n"] ?? null) : null);

/** A merge patch takes out of a row what it makes null; where the field may be null it is to be null. */
const withNulls = (row: Json, before: Json | undefined, patch: Json, nulls: JsonObject | undefined): Json => {
  if (nulls === undefined || row === before || !isJsonObject(row) || !isJsonObject(patch)) {
    return row;
  }
  if (!isJsonObject(before)) {
    return { ...nulls, ...row };
  }
  const gone = Object.keys(patch).filter((field) => patch[field] === null && Object.hasOwn(nulls, field));
  if (gone.length === 0) {
    return row;
  }
  const isSame = gone.every((field) => before[field] === null) && Object.keys(patch).length === gone.length;
  return isSame ? before : { ...row, ...Object.fromEntries(gone.map((field) => [field, null])) };
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
