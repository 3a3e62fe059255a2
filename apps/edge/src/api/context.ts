import type { FastifyInstance, FastifyBaseLogger, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { isObject } from "@bilbycast/contracts/config";
import type { ApiProblem, Health } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import type { SetupGuard } from "../auth/setup-guard.ts";
import type { AddressBuckets } from "../auth/token-bucket.ts";
import type { Admission, Control } from "../control.ts";
import type { ConfigStore } from "../config-store.ts";
import type { FlowEngine } from "../flow-engine.ts";
import type { EventLog } from "../event-log.ts";
import type { LinkState } from "../node-link/link-state.ts";
import type { Sample } from "../sampler.ts";
import type { SystemState } from "../system-watch.ts";

/** What the routes work with. */
export type EdgeContext = {
  version: string;
  store: ConfigStore;
  control: Control;
  events: EventLog;
  declarations: readonly Declaration[];
  /** Where pictures are. */
  engine: Pick<FlowEngine, "picture" | "look">;
  /** The newest sample of the engine's counters. */
  sample: () => Sample;
  /** The machine's load; `undefined` until it was looked at twice. */
  system: () => SystemState | undefined;
  /** Seconds since the edge started. */
  uptimeSecs: () => number;
  restarts: number;
  /** How the connection to the manager stands; `undefined` while none is configured. */
  manager: () => LinkState | undefined;
  /** How the engine reaches its sockets, and why a better way does not serve. */
  backend: { name: string; declined?: string };
};

/** What the routes know of the ports that they are served on, besides. */
export type ApiContext = EdgeContext & {
  apiAddress: () => string;
  setup: SetupGuard;
  tokenBuckets: AddressBuckets;
  /** What an operator should know about the way this edge is set up. */
  warnings: () => NonNullable<Health["warnings"]>;
  /** Where the monitor page listens; `undefined` when it does not. */
  monitorAddress: () => string | undefined;
  /**
   * Reads the certificate that a configuration names, before that is in force; the answer puts it into service. Throws the Fault
   * `tls_unusable`; the former one serves on.
   */
  admitTls: Admission;
};

export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** For bodies that become part of the configuration: the whole of it is checked then, with better sentences. */
export const passBody = () => (body: unknown) => ({ value: body });

/** The body as an object. Throws the Fault `request_malformed`. */
export const objectBody = (body: unknown): Record<string, unknown> => {
  if (!isObject(body)) {
    throw new Fault("request_malformed", "The body must be a JSON object");
  }
  return body;
};

/** The answer to a change that took effect. */
export const changed = <T>(data: T, warnings: readonly ApiProblem[]): { success: true; data: T; warnings?: ApiProblem[] } => ({
  success: true,
  data,
  ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
});
