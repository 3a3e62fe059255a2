import type { Alarm, LiveMessage, LiveRequest } from "@bilbycast/contracts/manager-api";
import type { LiveStore } from "./live-store.ts";
import { isJsonObject, type JsonObject } from "./merge-patch.ts";

/** What a session wants of its socket, and what it has for the app. */
export type LiveOutput =
  | { to: "socket"; act: "open" }
  | { to: "socket"; act: "close" }
  | { to: "socket"; act: "send"; message: LiveRequest }
  | { to: "app"; message: LiveMessage }
  /** The server does not know who this is any more. */
  | { to: "app"; refused: true };

/** live: messages come. connecting: never had one yet. lost: had, and has none. */
export type LinkState = "connecting" | "live" | "lost";

export type Link = {
  state: LinkState;
  /** When the last message came. */
  heardAt: number | undefined;
  /** When the connection was lost; `undefined` while there is one. */
  lostAt: number | undefined;
  /** When the next try begins; `undefined` while there is a connection or a try. */
  nextTryAt: number | undefined;
  /** How long it was lost the last time, and when it came back. */
  back: { at: number; afterMs: number } | undefined;
};

/** Waits between tries, the last again and again. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000];
/** After so much silence the server is asked whether it is there, and after so much it is taken for gone. */
const ASK_MS = 6_000;
const SILENCE_MS = 12_000;
/** Alarms that are over and are kept beside those that stand. */
const MOST_OVER = 200;
/** WebSocket close codes of a session that has ended or was taken away. */
const REFUSED = new Set([1_008, 4_401]);

/**
 * The browser's end of the live channel, as a value that is fed: messages, closings and the time go in, wishes of the socket come
 * out, documents land in the store. Never opens anything and reads no clock. After every call, `poll` until `undefined`.
 */
export class LiveSession {
  readonly #store: LiveStore;
  readonly #out: LiveOutput[] = [];
  #topics: readonly string[] = [];
  #isVisible = true;
  #isOpen = false;
  #hasAsked = false;
  #tries = 0;
  #sequence: number | undefined;
  #resumeToken: string | undefined;
  /** Topics of which the ground is not known: patches would land on the wrong one until their snapshot comes. */
  readonly #groundless = new Set<string>();
  /** Alarms that are over, in the order in which they ended. */
  readonly #over = new Set<string>();
  #link: Link = { state: "connecting", heardAt: undefined, lostAt: undefined, nextTryAt: undefined, back: undefined };

  constructor(store: LiveStore) {
    this.#store = store;
  }

  /** A new object after every change of it. */
  get link(): Link {
    return this.#link;
  }

  get deadline(): number | undefined {
    return this.#isOpen && this.#link.heardAt !== undefined
      ? this.#link.heardAt + (this.#hasAsked ? SILENCE_MS : ASK_MS)
      : this.#link.nextTryAt;
  }

  poll(): LiveOutput | undefined {
    return this.#out.shift();
  }

  start(): void {
    this.#out.push({ to: "socket", act: "open" });
  }

  /** The socket stands. What was missed since the last number is asked for, if the server still has it. */
  opened(now: number): void {
    this.#isOpen = true;
    this.#hasAsked = false;
    this.#set({ heardAt: now, nextTryAt: undefined });
    if (this.#resumeToken !== undefined && this.#sequence !== undefined) {
      this.#send({ type: "resume", resume_token: this.#resumeToken, seq: this.#sequence });
    }
    this.#send({ type: "rate", visible: this.#isVisible });
    this.#subscribe();
  }

  closed(now: number, code = 1_006): void {
    this.#isOpen = false;
    if (REFUSED.has(code)) {
      this.#set({ state: "lost", lostAt: this.#link.lostAt ?? now, nextTryAt: undefined });
      this.#out.push({ to: "app", refused: true });
      return;
    }
    const wait = RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)] ?? 0;
    this.#tries += 1;
    const lost = this.#link.state === "connecting" ? {} : { state: "lost" as const, lostAt: this.#link.lostAt ?? now };
    this.#set({ ...lost, nextTryAt: now + wait });
  }

  /** One message. What cannot be read is passed over: the next snapshot mends it. */
  received(text: string, now: number): void {
    const message = parse(text);
    if (message === undefined || !this.#isOpen) {
      return;
    }
    this.#hear(now);
    if (message.type === "hello") {
      this.#greet(message);
      return;
    }
    if (!this.#isInOrder(message)) {
      this.#beginAnew(now);
      return;
    }
    switch (message.type) {
      case "snapshot":
      case "patch":
        this.#land(message, now);
        break;
      case "resync":
        // What follows has no ground before its snapshot, whatever the reason was.
        this.#topics.forEach((topic) => this.#groundless.add(topic));
        this.#subscribe();
        break;
      case "pong":
        break;
      case "alarm":
        this.#landAlarm(message.alarm, now);
        this.#out.push({ to: "app", message });
        break;
      case "event":
      case "change":
      case "notice":
        this.#out.push({ to: "app", message });
        break;
      default:
        // A newer server may say more than this console knows.
        break;
    }
  }

  expire(now: number): void {
    const { deadline } = this;
    if (deadline === undefined || now < deadline) {
      return;
    }
    if (!this.#isOpen) {
      this.#set({ nextTryAt: undefined });
      this.#out.push({ to: "socket", act: "open" });
    } else if (this.#hasAsked) {
      // Half a connection: nothing comes, and nobody said that it ended.
      this.#out.push({ to: "socket", act: "close" });
      this.closed(now);
    } else {
      this.#hasAsked = true;
      this.#send({ type: "ping" });
    }
  }

  /** What somebody looks at now. Of what is no longer wanted nothing is kept. */
  want(topics: readonly string[]): void {
    const dropped = this.#topics.filter((topic) => !topics.includes(topic));
    const added = topics.filter((topic) => !this.#topics.includes(topic));
    this.#topics = topics;
    dropped.forEach((topic) => {
      this.#groundless.delete(topic);
      this.#store.drop(topic);
    });
    if (this.#isOpen && dropped.length + added.length > 0) {
      this.#subscribe();
    }
  }

  /** Hidden pages are told less often. */
  show(isVisible: boolean): void {
    if (isVisible !== this.#isVisible) {
      this.#isVisible = isVisible;
      if (this.#isOpen) {
        this.#send({ type: "rate", visible: isVisible });
      }
    }
  }

  /** Pictures that somebody looks at now: five a second while this is said again. */
  look(pictures: (LiveRequest & { type: "look" })["pictures"]): void {
    if (this.#isOpen) {
      this.#send({ type: "look", pictures });
    }
  }

  /** The first message after a loss ends the loss. */
  #hear(now: number): void {
    const { lostAt } = this.#link;
    this.#tries = 0;
    this.#hasAsked = false;
    const back = lostAt === undefined ? {} : { back: { at: now, afterMs: now - lostAt } };
    this.#set({ state: "live", heardAt: now, lostAt: undefined, ...back });
  }

  #greet(hello: LiveMessage & { type: "hello" }): void {
    this.#resumeToken = hello.resume_token;
    if (!hello.resumed) {
      this.#sequence = hello.seq;
      this.#topics.forEach((topic) => this.#groundless.add(topic));
    }
    this.#out.push({ to: "app", message: hello });
  }

  /** Numbers go up by one from message to message; what has been seen is passed over by `#land`. */
  #isInOrder({ seq }: LiveMessage): boolean {
    const expected = this.#sequence === undefined ? seq : this.#sequence + 1;
    this.#sequence = Math.max(seq, this.#sequence ?? seq);
    return seq <= expected;
  }

  /** Something was lost on the way: everything is asked for once more, over a new connection. */
  #beginAnew(now: number): void {
    this.#resumeToken = undefined;
    this.#sequence = undefined;
    this.#out.push({ to: "socket", act: "close" });
    this.closed(now);
    this.#tries = 0;
  }

  #land(message: LiveMessage & { type: "snapshot" | "patch" }, now: number): void {
    const { topic, type } = message;
    const objects = message.objects as JsonObject;
    const numbers = Array.isArray(message.numbers) ? message.numbers : [];
    if (!this.#topics.includes(topic) || !isJsonObject(objects)) {
      return;
    }
    if (type === "snapshot") {
      this.#groundless.delete(topic);
      this.#store.replace(topic, objects, now, numbers);
    } else if (!this.#groundless.has(topic)) {
      this.#store.merge(topic, objects, now, numbers);
    }
  }

  /** After their snapshot alarms come whole, one by one. What is over stays in sight for a while: others may still have it as it stood. */
  #landAlarm(alarm: Alarm, now: number): void {
    if (!this.#topics.includes("alarms") || this.#groundless.has("alarms")) {
      return;
    }
    this.#over.delete(alarm.id);
    if (!alarm.is_raised) {
      this.#over.add(alarm.id);
    }
    const [oldest = ""] = this.#over.size > MOST_OVER ? this.#over : [];
    this.#over.delete(oldest);
    this.#store.merge("alarms", { ...(oldest === "" ? {} : { [oldest]: null }), [alarm.id]: alarm }, now);
  }

  #subscribe(): void {
    this.#send({ type: "subscribe", topics: [...this.#topics] });
  }

  #send(message: LiveRequest): void {
    this.#out.push({ to: "socket", act: "send", message });
  }

  #set(change: Partial<Link>): void {
    this.#link = { ...this.#link, ...change };
  }
}

const parse = (text: string): LiveMessage | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && typeof value["type"] === "string" && typeof value["seq"] === "number"
      ? (value as unknown as LiveMessage)
      : undefined;
  } catch {
    return undefined;
  }
};
