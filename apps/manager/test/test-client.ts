import type { TestManager } from "./test-manager.ts";
import { PASSWORD } from "./test-manager.ts";

export type Answer = { status: number; headers: Headers; body: Record<string, unknown>; bytes: Buffer };

/** Somebody's browser, or a program, as far as HTTP goes. */
export class TestClient {
  readonly base: string;
  cookies = new Map<string, string>();
  csrf = "";
  bearer: string | undefined;

  constructor(base: string) {
    this.base = base;
  }

  static async loggedIn(manager: TestManager, username: string, password = PASSWORD): Promise<TestClient> {
    const client = new TestClient(manager.base);
    const { status, body } = await client.post("/auth/login", { username, password });
    if (status !== 200) {
      throw new Error(`${username} could not log in: ${JSON.stringify(body)}`);
    }
    return client;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask("GET", path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask("POST", path, body, headers);
  }

  put(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask("PUT", path, body, headers);
  }

  delete(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask("DELETE", path, undefined, headers);
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.base}${path.startsWith("/health") || path.startsWith("/metrics") ? "" : "/api/v1"}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(this.cookies.size === 0 ? {} : { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") }),
        ...(this.csrf === "" ? {} : { "x-csrf-token": this.csrf }),
        ...(this.bearer === undefined ? {} : { authorization: `Bearer ${this.bearer}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    this.#keepCookies(response.headers.getSetCookie());
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body: parsed(bytes), bytes };
  }

  #keepCookies(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ""] = line.split(";");
      const [name = "", value = ""] = pair.split("=");
      if (value === "") {
        this.cookies.delete(name);
      } else {
        this.cookies.set(name, value);
      }
      if (name === "csrf_token") {
        this.csrf = value;
      }
    }
  }
}

const parsed = (bytes: Buffer): Record<string, unknown> => {
  try {
    return JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
};
