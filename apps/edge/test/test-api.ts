import type { TestContext } from "node:test";
import { join } from "node:path";
import { pino } from "pino";
import type { Api } from "../src/api/context.ts";
import { apiServer } from "../src/api/server.ts";
import { ConfigStore } from "../src/config-store.ts";
import { Control } from "../src/control.ts";
import { EventLog } from "../src/event-log.ts";
import { Sampler } from "../src/sampler.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { declarations } from "./test-declarations.ts";

export type Answer = {
  status: number;
  body: Record<string, unknown> & { data?: unknown; error?: string; error_code?: string; field?: string };
};

export type TestApi = {
  engine: MemoryEngine;
  store: ConfigStore;
  control: Control;
  api: Api;
  path: string;
  call(method: "GET" | "POST" | "PUT" | "DELETE", url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
};

/** The whole control plane over an engine that carries nothing, without a socket. */
export const testApi = async (t: TestContext): Promise<TestApi> => {
  const path = join(temporaryFolder(t), "config.json");
  const store = await ConfigStore.open(path, declarations);
  const engine = new MemoryEngine();
  const control = new Control({ store, engine, declarations, onChange: () => undefined });
  await control.start();
  const sampler = new Sampler();
  const context = {
    version: "0.0.0",
    store,
    control,
    events: new EventLog(),
    declarations,
    sample: () => sampler.take(engine.snapshot(), 0),
    uptimeSecs: () => 1,
    apiAddress: () => "127.0.0.1:8080",
    restarts: 0,
    backend: { name: "dgram" },
  };
  const api = await apiServer(context, pino({ level: "silent" }));
  t.after(() => api.close());
  const call: TestApi["call"] = async (method, url, body, headers = {}) => {
    const response = await api.inject({
      method,
      url,
      headers: { host: "127.0.0.1:8080", ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.statusCode, body: response.json() };
  };
  return { engine, store, control, api, path, call };
};
