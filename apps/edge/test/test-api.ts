import type { TestContext } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";
import type { Api, ApiContext } from "../src/api/context.ts";
import { apiServer, monitorServer, type ServerOptions } from "../src/api/server.ts";
import { SetupGuard } from "../src/auth/setup-guard.ts";
import { AddressBuckets } from "../src/auth/token-bucket.ts";
import { ConfigStore } from "../src/config-store.ts";
import { Control } from "../src/control.ts";
import { EventLog } from "../src/event-log.ts";
import type { Environment } from "../src/secrets-key.ts";
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
  context: ApiContext;
  path: string;
  /** What a setup from another machine must say. */
  setupToken: string;
  call(method: "GET" | "POST" | "PUT" | "DELETE", url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
};

export type TestApiOptions = {
  /** What the file holds when the edge starts. */
  config?: Record<string, unknown>;
  server?: ServerOptions;
  /** Serves the monitor page and not the API. */
  monitor?: boolean;
  /** Each configuration that took effect, and each event. */
  onChange?: () => void;
  onEvent?: (event: EdgeEventRecord) => void;
  /** What the environment of the edge has. */
  environment?: Environment;
};

/** The whole control plane over an engine that carries nothing, without a socket. */
export const testApi = async (t: TestContext, options: TestApiOptions = {}): Promise<TestApi> => {
  const path = join(temporaryFolder(t), "config.json");
  if (options.config !== undefined) {
    writeFileSync(path, JSON.stringify({ version: 2, ...options.config }));
  }
  const store = await ConfigStore.open(path, declarations, options.environment ?? process.env);
  const engine = new MemoryEngine();
  const control = new Control({ store, engine, declarations, onChange: options.onChange ?? (() => undefined) });
  await control.start();
  const sampler = new Sampler();
  const setup = new SetupGuard(() => store.config);
  const context: ApiContext = {
    version: "0.0.0",
    store,
    control,
    events: new EventLog(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    declarations,
    engine,
    sample: () => sampler.take(engine.snapshot(), 0),
    system: () => undefined,
    uptimeSecs: () => 1,
    apiAddress: () => "127.0.0.1:8080",
    restarts: 0,
    manager: () => undefined,
    backend: { name: "dgram" },
    setup,
    tokenBuckets: new AddressBuckets(),
    warnings: () => [],
    monitorAddress: () => undefined,
    admitTls: () => Promise.resolve(() => undefined),
  };
  const build = options.monitor === true ? monitorServer : apiServer;
  const api = await build(context, pino({ level: "silent" }), options.server);
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
  return { engine, store, control, api, context, path, call, setupToken: setup.madeToken ?? "" };
};
