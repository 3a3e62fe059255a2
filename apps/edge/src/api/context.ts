import type { FastifyInstance, FastifyBaseLogger, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { isObject } from "@bilbycast/contracts/config";
import { Fault } from "@bilbycast/foundation/fault";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import type { Control } from "../control.ts";
import type { ConfigStore } from "../config-store.ts";
import type { EventLog } from "../event-log.ts";
import type { Sample } from "../sampler.ts";

/** What the routes work with. */
export type ApiContext = {
  version: string;
  store: ConfigStore;
  control: Control;
  events: EventLog;
  declarations: readonly Declaration[];
  /** The newest sample of the engine's counters. */
  sample: () => Sample;
  /** Seconds since the edge started. */
  uptimeSecs: () => number;
  apiAddress: () => string;
  restarts: number;
  /** How the engine reaches its sockets, and why a better way does not serve. */
  backend: { name: string; declined?: string };
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
