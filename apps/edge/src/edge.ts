import { Engine, type EngineEvent } from "@bilbycast/engine/flow";
import { declarations } from "@bilbycast/transports/declarations";
import { registry } from "@bilbycast/transports/registry";
import { Fault } from "@bilbycast/foundation/fault";
import { keptButUnused } from "@bilbycast/contracts/config";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { apiServer } from "./api/server.ts";
import type { Api } from "./api/context.ts";
import { Control } from "./control.ts";
import { ConfigStore } from "./config-store.ts";
import type { EngineSettings } from "./engine-settings.ts";
import { EventLog } from "./event-log.ts";
import { allFlowStats } from "./flow-stats.ts";
import { logEvent, type Log } from "./log.ts";
import { Sampler } from "./sampler.ts";

export type EdgeOptions = {
  configPath: string;
  /** Address and ports of the API instead of the configured ones; the first port that is free is taken. 0: the system chooses. */
  bind?: string;
  ports?: readonly number[];
  engine: EngineSettings;
  mediaFolder: string;
  version: string;
  /** How often the launcher started the edge again, and what ended it. */
  restart: { count: number; reason: string };
  log: Log;
};

export type RunningEdge = {
  /** `http://127.0.0.1:8080` */
  address: string;
  stats(): FlowStats[];
  /** Closes the API, then every flow. */
  stop(): Promise<void>;
};

/** Milliseconds between two samples of the engine's counters. */
const SAMPLE_INTERVAL = 1_000;

/** Brings up a whole edge: configuration, engine, flows, API. Throws the Fault of what refused, with nothing left open. */
export const startEdge = async (options: EdgeOptions): Promise<RunningEdge> => {
  const { log } = options;
  const startedAt = performance.now();
  const events = new EventLog({ onEvent: (event) => logEvent(log, event) });
  const record = (event: EngineEvent): void => events.record(event, new Date());
  const store = await ConfigStore.open(options.configPath, declarations);
  const engine = await Engine.start({
    ...options.engine,
    laneEntry: new URL("./lane-worker.ts", import.meta.url),
    sessionEntry: new URL("./session-worker.ts", import.meta.url),
    registry,
    mediaFolder: options.mediaFolder,
    onEvent: record,
  });
  const onChange = (): void =>
    record({ severity: "info", category: "config", code: "config_updated", message: "The configuration was changed" });
  const control = new Control({ store, engine, declarations, onChange });
  const sampler = new Sampler();
  const sample = () => sampler.take(engine.snapshot(), performance.now());
  let address = "";
  let timer: NodeJS.Timeout | undefined;
  let api: Api | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await api?.close();
    await control.settle();
    await engine.stop();
  };
  const { declined } = engine.backend;
  if (declined !== undefined) {
    record({
      severity: "warning",
      category: "lane",
      code: "backend_declined",
      message: `The native backend does not work on this machine (${declined}); node:dgram serves at several times its cost`,
      details: { backend: engine.backend.backend, reason: declined },
    });
  }
  try {
    recordRestart(options.restart, record);
    await control.start();
    timer = setInterval(sample, SAMPLE_INTERVAL);
    const context = {
      version: options.version,
      store,
      control,
      events,
      declarations,
      sample,
      backend: backendOf(engine),
      uptimeSecs: () => Math.floor((performance.now() - startedAt) / 1_000),
      apiAddress: () => address.replace("http://", ""),
      restarts: options.restart.count,
    };
    api = await apiServer(context, log);
    const host = options.bind ?? store.config.server.listen_addr;
    address = await listen(api, host, options.ports ?? [store.config.server.listen_port]);
    warnOfOpenApi(host, log);
    warnOfUnused(store, log);
    await keepIdentity(store, log);
  } catch (fault) {
    await stop();
    throw fault;
  }
  log.info({ address, flows: store.config.flows.length, config: store.path }, "the edge runs");
  return { address, stats: () => allFlowStats(store.config, sample(), Date.now()), stop };
};

const backendOf = ({ backend: { backend, declined } }: Engine): { name: string; declined?: string } => ({
  name: backend,
  ...(declined === undefined ? {} : { declined }),
});

const listen = async (api: Api, host: string, ports: readonly number[]): Promise<string> => {
  let cause: unknown;
  for (const port of ports) {
    try {
      return await api.listen({ host, port });
    } catch (error) {
      cause = error;
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") {
        break;
      }
    }
  }
  const place = `${host}:${ports.join(", ")}`;
  throw new Fault("api_bind_failed", `The API cannot listen on ${place}; choose another with --bind and --port`, {
    cause,
    details: { host, ports },
  });
};

const recordRestart = (restart: EdgeOptions["restart"], record: (event: EngineEvent) => void): void => {
  if (restart.count > 0) {
    const message = `The edge ended abnormally (${restart.reason}) and was started again`;
    const details = { restarts: restart.count, reason: restart.reason };
    record({ severity: "critical", category: "edge", code: "edge_restarted", message, details });
  }
};

const warnOfOpenApi = (host: string, log: Log): void => {
  if (host !== "::1" && !host.startsWith("127.")) {
    log.warn({ host }, "the API asks for no credential and can be reached from other machines");
  }
};

const warnOfUnused = (store: ConfigStore, log: Log): void => {
  const fields = keptButUnused(store.document, declarations);
  if (fields.length > 0) {
    log.warn({ fields }, "fields of the configuration are kept and not used by this version");
  }
};

/** A disk that cannot be written to costs the identity, not the flows. */
const keepIdentity = async (store: ConfigStore, log: Log): Promise<void> => {
  try {
    await store.keepIdentity();
  } catch (err) {
    log.warn({ err }, "the configuration cannot be written; changes will be refused");
  }
};
