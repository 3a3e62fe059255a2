import { Caller } from "./caller.ts";
import type { Endpoint, EndpointOptions } from "./endpoint.ts";
import { Listener } from "./listener.ts";
import { Rendezvous } from "./rendezvous.ts";

export type SrtMode = "caller" | "listener" | "rendezvous";

/** A socket of that mode; `most`: callers that a listener takes at the same time. Throws the Fault `arena_exhausted`. */
export const createEndpoint = (mode: SrtMode, options: EndpointOptions, most = 1): Endpoint => {
  switch (mode) {
    case "caller":
      return new Caller(options);
    case "listener":
      return new Listener(options, most);
    default:
      return new Rendezvous(options);
  }
};
