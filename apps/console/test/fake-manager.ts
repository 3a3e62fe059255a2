import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { ENDPOINTS, flowRowSchema, type EndpointName } from "@bilbycast/contracts/manager-api";
import { WebSocketServer, type WebSocket } from "ws";
import { z } from "zod";
import { answers, type Answer, type Asked } from "./fake-answers.ts";
import { FakeDesk } from "./fake-desk.ts";
import type { Person } from "./fake-presets.ts";
import { deskAnswers } from "./fake-desk-answers.ts";
import { alarms, cards, flowRows, flowStats, GROUP, PEOPLE } from "./plant.ts";

/** What the manager sends with the console: code and styles come from its own files and from nowhere else. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

type Objects = Record<string, unknown>;
type Act = { name: EndpointName; params: Record<string, string>; body: unknown };

/** A manager as far as the console can tell: the contract's routes over one plant, the live channel, the built files under a strict policy. */
export class FakeManager {
  /** What was asked to be changed, in order. */
  readonly acts: Act[] = [];
  /** The switcher of the plant's group. */
  readonly desk = new FakeDesk();
  readonly #deskAnswers = deskAnswers(this.desk);
  readonly #speakers = new Set<Speaker>();
  readonly #own = new Map<EndpointName, Answer>();
  readonly #live = new Map<string, () => Objects>();
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #folder: string;
  #isSignedIn = true;
  #isDown = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server.on("upgrade", (request, socket, head) => {
      if (this.#isDown || !this.#isSignedIn) {
        socket.destroy();
      } else {
        this.#sockets.handleUpgrade(request, socket, head, (client) => this.#speak(client, personOf(request)));
      }
    });
    this.desk.onPatch = (objects) => this.#speakers.forEach((speaker) => speaker.tell(DESK_TOPIC, objects));
  }

  #speak(socket: WebSocket, person: Person): void {
    const speaker = new Speaker(socket, (topic) =>
      topic === DESK_TOPIC ? (person.role === "viewer" ? {} : this.desk.objects()) : (this.#live.get(topic)?.() ?? objectsOf(topic)),
    );
    // Whoever may not read a desk hears nothing of it.
    if (person.role === "viewer") {
      return;
    }
    this.#speakers.add(speaker);
    socket.on("close", () => this.#speakers.delete(speaker));
  }

  static async start(folder: string): Promise<FakeManager> {
    const made = new FakeManager(folder);
    await new Promise<void>((resolve) => made.#server.listen(0, "127.0.0.1", resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers an endpoint in another way than usual. */
  answer(name: EndpointName, answer: Answer): void {
    this.#own.set(name, answer);
  }

  /** Tells another thing of a topic than usual. */
  live(topic: string, objects: () => Objects): void {
    this.#live.set(topic, objects);
  }

  signOut(): void {
    this.#isSignedIn = false;
  }

  /** Ends all live connections; refuses new ones while it is down. */
  cut(isDown: boolean): void {
    this.#isDown = isDown;
    this.#sockets.clients.forEach((client) => client.terminate());
  }

  close(): Promise<void> {
    this.cut(true);
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://console.test");
    if (!pathname.startsWith("/api/v1/")) {
      serveFile(this.#folder, pathname, response);
      return;
    }
    const found = routeOf(request.method ?? "GET", pathname.slice("/api/v1".length));
    if (found === undefined) {
      send(response, { status: 404, value: { error: "The API has no such path.", error_code: "route_not_found" } });
      return;
    }
    const body = await bodyOf(request);
    if (request.method !== "GET") {
      this.acts.push({ ...found, body });
    }
    const match = /^"(\d+)"$/.exec(request.headers["if-match"] ?? "");
    const version = match === null ? undefined : Number(match[1]);
    const given = await this.#answer(found.name, { params: found.params, body, query: searchParams, person: personOf(request), version });
    const tag = given.headers?.["etag"];
    send(response, tag !== undefined && tag === request.headers["if-none-match"] ? { ...given, status: 304 } : given);
  }

  async #answer(name: EndpointName, asked: Asked): Promise<Awaited<ReturnType<Answer>>> {
    if (!this.#isSignedIn && name !== "login") {
      return { status: 401, value: { error: "The request carries no session and no token.", error_code: "auth_missing" } };
    }
    const answer = this.#own.get(name) ?? this.#deskAnswers[name] ?? answers[name];
    if (answer === undefined) {
      return { status: 500, value: { error: `${name} has no answer here`, error_code: "internal" } };
    }
    const given = await answer(asked);
    if (name === "login" && given.status === 200) {
      this.#isSignedIn = true;
    }
    // What stands in for the manager must not say what the manager cannot say.
    const checked = given.status < 204 && given.type === undefined ? ENDPOINTS[name].answer.safeParse(given.value) : undefined;
    return checked?.success === false
      ? { status: 500, value: { error: `${name}: ${checked.error.message}`, error_code: "internal" } }
      : given;
  }
}

const send = (response: ServerResponse, { status, value, type, headers = {} }: Awaited<ReturnType<Answer>>): void => {
  if (status === 204 || status === 304) {
    response.writeHead(status, headers).end();
    return;
  }
  response
    .writeHead(status, { ...headers, "content-type": type ?? "application/json" })
    .end(type === undefined ? JSON.stringify(value) : value instanceof Uint8Array ? value : String(value));
};

const DESK_TOPIC = `desk:${GROUP}`;

/** Who sits at the browser: its cookie says so, where a test has set one. */
const personOf = (request: IncomingMessage): Person => {
  const name = /(?:^|; )who=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  return PEOPLE[(name ?? "kaur") as keyof typeof PEOPLE];
};

/** Paths of the console itself are all its one page. */
const serveFile = (folder: string, pathname: string, response: ServerResponse): void => {
  const file = extname(pathname) === "" ? "/index.html" : normalize(pathname);
  try {
    const bytes = readFileSync(join(folder, file));
    response
      .writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        "content-security-policy": CONTENT_SECURITY_POLICY,
      })
      .end(bytes);
  } catch {
    response.writeHead(404).end();
  }
};

const ROUTES = (Object.keys(ENDPOINTS) as EndpointName[]).map((name) => {
  const { method, path } = ENDPOINTS[name];
  return { name, method, pattern: new RegExp(`^${path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`) };
});

const routeOf = (method: string, path: string): { name: EndpointName; params: Record<string, string> } | undefined => {
  for (const route of ROUTES) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match !== null) {
      return {
        name: route.name,
        params: Object.fromEntries(Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)])),
      };
    }
  }
  return undefined;
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) {
    text += String(piece);
  }
  return text === "" ? undefined : (JSON.parse(text) as unknown);
};

/** One browser on the live channel: snapshots of what it wants, a patch of them every second, and of the desk with each change of it. */
class Speaker {
  readonly #socket: WebSocket;
  readonly #topics = new Set<string>();
  #seq = 0;

  constructor(socket: WebSocket, objects: (topic: string) => Record<string, unknown>) {
    this.#socket = socket;
    this.#say({ type: "hello", resume_token: "again", instance_id: "ldn-a", region: "eu-west", version: "1.4.0", resumed: false });
    socket.on("message", (data) => {
      const message = JSON.parse((data as Buffer).toString()) as { type: string; topics?: string[] };
      if (message.type === "ping") {
        this.#say({ type: "pong" });
      }
      for (const topic of (message.topics ?? []).filter((each) => !this.#topics.has(each))) {
        this.#topics.add(topic);
        this.#say({ type: "snapshot", topic, objects: objects(topic) });
      }
      if (message.topics !== undefined) {
        const wanted = new Set(message.topics);
        [...this.#topics].filter((topic) => !wanted.has(topic)).forEach((topic) => this.#topics.delete(topic));
      }
    });
    const timer = setInterval(
      () => [...this.#topics].filter((topic) => topic !== DESK_TOPIC).forEach((topic) => this.tell(topic, objects(topic))),
      1_000,
    );
    socket.on("close", () => clearInterval(timer));
  }

  /** To who wants the topic. */
  tell(topic: string, objects: Record<string, unknown>): void {
    if (this.#topics.has(topic)) {
      this.#say({ type: "patch", topic, objects });
    }
  }

  #say(message: Record<string, unknown>): void {
    this.#seq += 1;
    this.#socket.send(JSON.stringify({ seq: this.#seq, at: new Date().toISOString(), ...message }));
  }
}

/** What the live channel tells is held to the contract as answers are. */
const FLOWS = z.record(z.string(), z.record(z.string(), flowRowSchema));

const objectsOf = (topic: string): Objects => {
  const now = Date.now();
  const byId = (list: readonly { id: string }[]): Record<string, unknown> => Object.fromEntries(list.map((each) => [each.id, each]));
  if (topic === "nodes") {
    return byId(cards(now));
  }
  if (topic === "flows") {
    return FLOWS.parse(flowRows(now));
  }
  if (topic === "alarms") {
    return byId(alarms(now).filter((alarm) => alarm.is_raised));
  }
  return topic.startsWith("node:") ? Object.fromEntries(flowStats().map((flow) => [`flow:${String(flow["flow_id"])}`, flow])) : {};
};
