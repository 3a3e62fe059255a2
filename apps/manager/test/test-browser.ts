import { once } from "node:events";
import { WebSocket } from "ws";
import { CARD_NUMBERS, LIVE_PATH, liveMessageSchema } from "@bilbycast/contracts/manager-api";
import type { TestClient } from "./test-client.ts";

type Message = { type: string; seq: number; topic?: string; objects?: Record<string, unknown>; [field: string]: unknown };
type Members = Record<string, unknown>;

/** A person's browser that watches: it keeps what it is told as the console does, and every byte of it. */
export class TestBrowser {
  readonly socket: WebSocket;
  readonly topics = new Map<string, Members>();
  readonly messages: Message[] = [];
  bytes = "";
  seq = 0;
  token = "";
  closed: { code: number; reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => this.#hear(data.toString("utf8")));
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString("utf8") };
    });
  }

  static async open(client: TestClient, topics: readonly string[] = [], resume?: TestBrowser): Promise<TestBrowser> {
    const browser = new TestBrowser(connect(client));
    await once(browser.socket, "open");
    if (resume !== undefined) {
      browser.topics.clear();
      for (const [topic, objects] of resume.topics) {
        browser.topics.set(topic, objects);
      }
      browser.say({ type: "resume", resume_token: resume.token, seq: resume.seq });
    }
    browser.say({ type: "subscribe", topics });
    return browser;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  of<T = Members>(topic: string, key: string): T | undefined {
    return this.topics.get(topic)?.[key] as T | undefined;
  }

  all(type: string): Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  async leave(): Promise<void> {
    if (this.closed === undefined) {
      this.socket.close();
      await once(this.socket, "close");
    }
  }

  #hear(text: string): void {
    this.bytes += text;
    const message = JSON.parse(text) as Message;
    if (!liveMessageSchema.safeParse(message).success) {
      throw new Error(`not what the contract says: ${text.slice(0, 500)}`);
    }
    if (message.seq !== this.seq + 1 && this.seq !== 0) {
      throw new Error(`message ${message.seq} follows ${this.seq}`);
    }
    this.seq = message.seq;
    this.messages.push(message);
    const { topic = "", objects = {} } = message;
    if (message.type === "hello") {
      this.token = String(message["resume_token"]);
    } else if (message.type === "snapshot") {
      this.topics.set(topic, { ...objects });
    } else if (message.type === "patch") {
      this.topics.set(topic, merged(this.topics.get(topic) ?? {}, objects));
    } else if (message.type === "alarm") {
      const alarm = message["alarm"] as { id: string };
      this.topics.set("alarms", { ...this.topics.get("alarms"), [alarm.id]: alarm });
    }
    this.#count((message["numbers"] ?? []) as [number, ...(number | null)[]][]);
  }

  #count(rows: readonly [number, ...(number | null)[]][]): void {
    const cards = this.topics.get("nodes") ?? {};
    for (const [n, ...values] of rows) {
      const [id, card] = Object.entries(cards as Record<string, Members>).find(([, each]) => each["n"] === n) ?? [];
      if (id === undefined) {
        throw new Error(`numbers of a card that was not told: ${n}`);
      }
      const numbers = CARD_NUMBERS.map(({ field, scale }, i) => [field, values[i] === null ? null : Math.round((values[i] ?? 0) * scale)]);
      this.topics.set("nodes", { ...this.topics.get("nodes"), [id]: { ...card, ...Object.fromEntries(numbers) } });
    }
  }
}

/** As it is before it has said anything. */
export const connect = (client: TestClient, headers: Record<string, string> = {}): WebSocket =>
  new WebSocket(`${client.base.replace("http", "ws")}${LIVE_PATH}`, {
    headers: { cookie: [...client.cookies].map(([name, value]) => `${name}=${value}`).join("; "), ...headers },
  });

/** How an upgrade was refused: its HTTP status and code. */
export const refusalOf = async (socket: WebSocket): Promise<{ status: number | undefined; code: unknown }> => {
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, AsyncIterable<Buffer> & { statusCode?: number }];
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk);
  }
  return { status: response.statusCode, code: (JSON.parse(Buffer.concat(chunks).toString("utf8")) as Members)["error_code"] };
};

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7396. */
export const merged = (target: Members, patch: Members): Members => {
  const next = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      delete next[name];
    } else {
      const was = next[name];
      next[name] = isMembers(value) ? merged(isMembers(was) ? was : {}, value) : value;
    }
  }
  return next;
};
