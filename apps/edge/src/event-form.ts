import { constants } from "node:os";
import type { Config } from "@bilbycast/contracts/config";
import type { EngineEvent } from "@bilbycast/engine/flow";
import { splitAddress } from "@bilbycast/foundation/address";

/** True for what happened because another program, or another part, holds the port. */
export const isPortConflict = ({ details, message }: { details?: Readonly<Record<string, unknown>>; message: string }): boolean =>
  details?.["errno"] === constants.errno.EADDRINUSE || /\bEADDRINUSE\b/.test(message);

/** The field of a part that names the local address it listens on or sends from. */
const LOCAL_FIELDS = ["bind_addr", "listen_addr", "local_addr"];

/**
 * The form that the catalogue has for a part that gets no local address: category `port_conflict` where another holds the port, else
 * `bind_failed`, with the facts that tell a machine who wanted what. All other events stay as they are.
 */
export const catalogued = (event: EngineEvent, config: Config): EngineEvent => {
  const isTaken = isPortConflict(event);
  if (event.severity === "info" || (!isTaken && !event.code.endsWith("_bind_failed"))) {
    return event;
  }
  const isInput = event.inputId !== undefined;
  const part = isInput ? config.inputs.find(({ id }) => id === event.inputId) : config.outputs.find(({ id }) => id === event.outputId);
  const addr = LOCAL_FIELDS.map((field) => part?.[field]).find((value) => typeof value === "string" && splitAddress(value) !== undefined);
  return {
    ...event,
    category: isTaken ? "port_conflict" : "bind_failed",
    details: {
      ...event.details,
      ...(part === undefined ? {} : { component: `${part.type} ${isInput ? "input" : "output"}` }),
      ...(addr === undefined ? {} : { addr }),
      protocol: typeof event.details?.["protocol"] === "string" ? event.details["protocol"] : "udp",
      error: event.message,
    },
  };
};
