import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { ENDPOINTS, flowRowSchema, type EndpointName } from "@bilbycast/contracts/manager-api";
import { WebSocketServer, type WebSocket } from "ws";
import { z } from "zod";
import { answers, type Answer, type Asked } from "./fake-answers.ts";
import { alarms, cards, flowRows, flowStats } from "./plant.ts";

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
        this.#sockets.handleUpgrade(request, socket, head, (client) =>
          speak(client, (topic) => this.#live.get(topic)?.() ?? objectsOf(topic)),
        );
      }
    });
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
      send(response, 404, { error: "The API has no such path.", error_code: "route_not_found" });
      return;
    }
    const body = await bodyOf(request);
    if (request.method !== "GET") {
      this.acts.push({ ...found, body });
    }
    const { status, value, type } = this.#answer(found.name, { params: found.params, body, query: searchParams });
    send(response, status, value, type);
  }

  #answer(name: EndpointName, asked: Asked): ReturnType<Answer> {
    if (!this.#isSignedIn && name !== "login") {
      return { status: 401, value: { error: "The request carries no session and no token.", error_code: "auth_missing" } };
    }
    const answer = this.#own.get(name) ?? answers[name];
    if (answer === undefined) {
      return { status: 500, value: { error: `${name} has no answer here`, error_code: "internal" } };
    }
    const given = answer(asked);
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

const send = (response: ServerResponse, status: number, value: unknown, type?: string): void => {
  if (status === 204) {
    response.writeHead(204).end();
    return;
  }
  response
    .writeHead(status, { "content-type": type ?? "application/json" })
    .end(type === undefined ? JSON.stringify(value) : String(value));
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

/** One browser on the live channel: snapshots of what it wants, and a patch of the cards every second. */
const speak = (socket: WebSocket, objects: (topic: string) => Objects): void => {
  let seq = 0;
  const topics = new Set<string>();
  const say = (message: Record<string, unknown>): void => {
    seq += 1;
    socket.send(JSON.stringify({ seq, at: new Date().toISOString(), ...message }));
  };
  say({ type: "hello", resume_token: "again", instance_id: "ldn-a", region: "eu-west", version: "1.4.0", resumed: false });
  socket.on("message", (data) => {
    const message = JSON.parse((data as Buffer).toString()) as { type: string; topics?: string[] };
    if (message.type === "ping") {
      say({ type: "pong" });
    }
    for (const topic of (message.topics ?? []).filter((each) => !topics.has(each))) {
      topics.add(topic);
      say({ type: "snapshot", topic, objects: objects(topic) });
    }
  });
  const timer = setInterval(() => [...topics].forEach((topic) => say({ type: "patch", topic, objects: objects(topic) })), 1_000);
  socket.on("close", () => clearInterval(timer));
};

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
  return topic.startsWith("node:") ? Object.fromEntries(flowStats().map((flow) => [String(flow["flow_id"]), flow])) : {};
};
