import { randomBytes } from "node:crypto";
import type { LiveMessage } from "@bilbycast/contracts/manager-api";
import type { Caller } from "../access/caller.ts";
import type { Sight } from "./directory.ts";

/** What one topic has been told so far. */
export type TopicState = {
  /** The round of the board that was told last; undefined: the whole is to be sent. */
  seen: number | undefined;
};

/** Where the reading stood when a message had gone out. */
type Mark = { seq: number; round: number; feed: number; nodes: ReadonlySet<string> | undefined; at: number };

/** Marks that are kept, and milliseconds for which one may come back to them. */
const MOST_MARKS = 1_000;
export const RESUME_FOR = 60_000;

/** Bytes that may wait for a browser before it is passed over, and milliseconds after which one that takes none of them is given up. */
const SLOW = 256 * 1024;
const HOPELESS_AFTER = 30_000;

/** What a session writes to: a browser's socket. */
export type Outlet = { readonly bufferedAmount: number; send(text: string): void; close(code: number, reason: string): void };

/**
 * One browser as it watches. It keeps no messages: numbers of what it was told, by which what it lacks is made when it can take it. So a slow
 * or absent browser costs what a fast one does, and what it gets is filtered by what it may see when it gets it.
 */
export class LiveSession {
  readonly token = randomBytes(24).toString("base64url");
  readonly credential: string;
  caller: Caller;
  sight: Sight | undefined;
  /** What the sight was made of. */
  sightOf: { caller: Caller; version: number } | undefined;
  topics = new Map<string, TopicState>();
  /** Number of the feed that was told last. */
  feed: number;
  isVisible = true;
  /** When it is to be served next while it is not visible. Milliseconds since 1970. */
  dueAt = 0;
  /** When it was last seen that this person may watch. */
  verifiedAt = Date.now();
  outlet: Outlet | undefined;
  #seq = 0;
  #marks: Mark[] = [];
  #slowSince: number | undefined;

  constructor(caller: Caller, credential: string, feed: number) {
    this.caller = caller;
    this.credential = credential;
    this.feed = feed;
  }

  /** `members`: JSON text of the fields that the message has besides. */
  send(type: LiveMessage["type"], members: string): void {
    this.#seq += 1;
    this.outlet?.send(`{"type":"${type}","seq":${this.#seq},"at":"${new Date().toISOString()}"${members === "" ? "" : `,${members}`}}`);
  }

  /** Whether it takes more now. One that has not for long is closed: it comes back by itself, with a network that bears it. */
  canTake(now: number): boolean {
    if (this.outlet === undefined) {
      return false;
    }
    if (this.outlet.bufferedAmount <= SLOW) {
      this.#slowSince = undefined;
      return true;
    }
    this.#slowSince ??= now;
    if (now - this.#slowSince > HOPELESS_AFTER) {
      this.outlet.close(1_013, "too slow for what is to be seen");
    }
    return false;
  }

  /** Remembers how far it has been told, so that it can go on from there. */
  mark(round: number, now: number): void {
    const last = this.#marks.at(-1);
    if (last?.seq === this.#seq) {
      last.round = round;
      last.feed = this.feed;
      return;
    }
    this.#marks.push({ seq: this.#seq, round, feed: this.feed, nodes: this.sight?.nodes, at: now });
    if (this.#marks.length > MOST_MARKS || now - (this.#marks[0]?.at ?? now) > 2 * RESUME_FOR) {
      this.#marks.shift();
    }
  }

  /** Goes back to what the browser has; false: that is not known any more, or something that it saw is no longer its business. */
  goBackTo(seq: number): boolean {
    const mark = this.#marks.findLast((each) => each.seq <= seq);
    if (mark === undefined || seq > this.#seq || mark.nodes !== this.sight?.nodes) {
      return false;
    }
    this.feed = mark.feed;
    for (const state of this.topics.values()) {
      state.seen = state.seen === undefined ? undefined : Math.min(state.seen, mark.round);
    }
    return true;
  }

  /** Everything is to be told anew. */
  forgetTold(feed: number): void {
    this.feed = feed;
    for (const state of this.topics.values()) {
      state.seen = undefined;
    }
  }
}
