import { Engine, type EngineEvent, type PictureListener } from "@bilbycast/engine/flow";
import { declarations } from "@bilbycast/transports/declarations";
import { registry } from "@bilbycast/transports/registry";
import { knownButUnused } from "@bilbycast/contracts/config";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { FrontDoor } from "./api/front-door.ts";
import { Control } from "./control.ts";
import { ConfigStore } from "./config-store.ts";
import { WarningWatch } from "./config-warnings.ts";
import { recordBroken } from "./config-trouble.ts";
import type { EngineSettings } from "./engine-settings.ts";
import { catalogued } from "./event-form.ts";
import { EventLog } from "./event-log.ts";
import { allFlowStats } from "./flow-stats.ts";
import { MediaLibrary } from "./media/media-library.ts";
import { enrol, enrolmentOf } from "./node-link/enrolment.ts";
import { LinkHolder } from "./node-link/link-holder.ts";
import { logEvent, logTrouble, moduleLog, type Log } from "./log.ts";
import { unitsTotal } from "./resource-budget.ts";
import { resourceLimitsOf } from "./resource-limits.ts";
import { Sampler } from "./sampler.ts";
import { SystemWatch } from "./system-watch.ts";

export type EdgeOptions = {
  configPath: string;
  /** Address and ports of the API instead of the configured ones; the first port that is free is taken. 0: the system chooses. */
  bind?: string;
  ports?: readonly number[];
  /** Port of the monitor page instead of the configured one; 0: the system chooses. */
  monitorPort?: number;
  engine: EngineSettings;
  mediaFolder: string;
  version: string;
  /** How often the launcher started the edge again, and what ended it. */
  restart: { count: number; reason: string };
  log: Log;
  /** Writes to the terminal of whoever started the edge, and nowhere else. */
  print?: (text: string) => void;
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
  const link = new LinkHolder();
  const events = new EventLog({ onEvent: (event) => (logEvent(log, event), link.event(event)) });
  const store = await ConfigStore.open(options.configPath, declarations);
  const record = (event: EngineEvent): void => events.record(catalogued(event, store.config), new Date());
  let door: FrontDoor | undefined;
  const engine = await startEngine(options, record, (...picture) => (door?.show(...picture), link.show(...picture)));
  const warnings = new WarningWatch();
  const onChange = (): void => {
    record({ severity: "info", category: "config", code: "config_updated", message: "The configuration was changed" });
    warnings.take(store).forEach(record);
    door?.warnOfOpenApi();
    link.configure();
  };
  const watch = watchOf(store, record, log);
  const control = new Control({ store, engine, declarations, onChange, gate: () => watch.gate() });
  const sampler = new Sampler();
  const sample = () => sampler.take(engine.snapshot(), performance.now());
  let timer: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await control.settle();
    await link.stop();
    // Flows end first and the API last, so that whoever looks on sees them end.
    await engine.stop();
    await door?.close();
  };
  try {
    recordDeclined(engine, record);
    recordRestart(options.restart, record);
    recordBroken(store.broken, record);
    warnings.take(store).forEach(record);
    await control.start();
    const enrolment = enrolmentOf(process.env, store);
    if (enrolment !== undefined) {
      await control.change((draft) => enrol(draft, enrolment));
    }
    timer = setInterval(() => watch.take(sample()), SAMPLE_INTERVAL);
    const context = {
      version: options.version,
      store,
      control,
      engine,
      events,
      declarations,
      sample,
      system: () => watch.system,
      backend: backendOf(engine),
      uptimeSecs: () => Math.floor((performance.now() - startedAt) / 1_000),
      restarts: options.restart.count,
      manager: () => link.state,
    };
    const { bind, ports, monitorPort } = options;
    door = await FrontDoor.open({ context, log: moduleLog(log, "api"), record, bind, ports, monitorPort });
    warnOfUnused(store, log);
    await keepIdentity(store, log);
    const media = new MediaLibrary(options.mediaFolder);
    link.start({ context: door.context, media, log: moduleLog(log, "manager"), record, environment: process.env });
  } catch (fault) {
    await stop();
    throw fault;
  }
  const { address, setupNotice } = door;
  if (setupNotice !== undefined) {
    (options.print ?? writeOut)(setupNotice);
  }
  log.info({ address, flows: store.config.flows.length, config: store.path }, "the edge runs");
  return { address, stats: () => allFlowStats(store.config, sample(), Date.now()), stop };
};

const watchOf = (store: ConfigStore, record: (event: EngineEvent) => void, log: Log): SystemWatch => {
  const inputsWith = (field: string, value: unknown): ReadonlySet<string> =>
    new Set(store.config.inputs.filter((input) => input[field] === value).map(({ id }) => id));
  return new SystemWatch({
    limits: () => resourceLimitsOf(store.config),
    jpegXsInputs: () => inputsWith("tr07_mode", true),
    s302mInputs: () => inputsWith("transport_mode", "audio_302m"),
    record,
    onTrouble: (trouble) => logTrouble(log, trouble),
  });
};

const startEngine = (
  { engine: { codecs, ...engine }, mediaFolder }: EdgeOptions,
  onEvent: (event: EngineEvent) => void,
  onPicture: PictureListener,
): Promise<Engine> =>
  Engine.start({
    ...engine,
    media: { backends: codecs, units: unitsTotal() },
    onPicture,
    laneEntry: new URL("./lane-worker.ts", import.meta.url),
    sessionEntry: new URL("./session-worker.ts", import.meta.url),
    registry,
    mediaFolder,
    onEvent,
    analysis: true,
  });

const writeOut = (text: string): void => void process.stdout.write(text);

const backendOf = ({ backend: { backend, declined } }: Engine): { name: string; declined?: string } => ({
  name: backend,
  ...(declined === undefined ? {} : { declined }),
});

/** Says which better way to the sockets does not serve. */
const recordDeclined = (engine: Engine, record: (event: EngineEvent) => void): void => {
  const { declined } = engine.backend;
  if (declined !== undefined) {
    record({
      severity: "warning",
      category: "lane",
      code: "backend_declined",
      message: `A better backend does not work on this machine (${declined}); ${engine.backend.backend} serves`,
      details: { backend: engine.backend.backend, reason: declined },
    });
  }
};

const recordRestart = (restart: EdgeOptions["restart"], record: (event: EngineEvent) => void): void => {
  if (restart.count > 0) {
    const message = `The edge ended abnormally (${restart.reason}) and was started again`;
    const details = { restarts: restart.count, reason: restart.reason };
    record({ severity: "critical", category: "edge", code: "edge_restarted", message, details });
  }
};

const warnOfUnused = (store: ConfigStore, log: Log): void => {
  const fields = knownButUnused(store.document);
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
