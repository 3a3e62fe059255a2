import type { EngineEvent } from "@bilbycast/engine/flow";
import type { Fault } from "@bilbycast/foundation/fault";

const CATEGORY = "manager";

/** What happens to the connection, as events: once for each change, however often an attempt fails. */
export class LinkEvents {
  readonly #record: (event: EngineEvent) => void;
  /** Of the trouble that was told last; gone with the next good connection. */
  #told: string | undefined;
  #dropsTold = 0;

  constructor(record: (event: EngineEvent) => void) {
    this.#record = record;
  }

  registered(url: string, nodeId: string): void {
    const message = "The manager registered this node";
    this.#record({ severity: "info", category: CATEGORY, code: "manager_registered", message, details: { url, node_id: nodeId } });
  }

  connected(url: string, dropped: number): void {
    this.#told = undefined;
    this.#record({
      severity: "info",
      category: CATEGORY,
      code: "manager_connected",
      message: "The manager is connected",
      details: { url },
    });
    if (dropped > this.#dropsTold) {
      const count = dropped - this.#dropsTold;
      this.#dropsTold = dropped;
      const message = `${count} events were given up while the manager was away`;
      this.#record({ severity: "warning", category: CATEGORY, code: "manager_events_dropped", message, details: { count } });
    }
  }

  lost(url: string, fault: Fault): void {
    this.#tell("warning", "manager_lost", "The connection to the manager is lost", url, fault);
  }

  refused(url: string, fault: Fault): void {
    this.#tell("critical", "manager_auth_failed", fault.message, url, fault);
  }

  unreachable(url: string, fault: Fault): void {
    this.#tell("warning", "manager_unreachable", `The manager cannot be reached: ${fault.message}`, url, fault);
  }

  /** Binary frames that are no piece of a media file: `count` of them by now. */
  malformed(count: number, facts: Readonly<Record<string, unknown>>): void {
    const message = "A binary frame of the manager is none of media";
    this.#record({ severity: "warning", category: CATEGORY, code: "manager_frame_malformed", message, details: { ...facts, count } });
  }

  unsaved(fault: Fault): void {
    const message = "What the manager gave this node could not be written; after a start it must be registered anew";
    this.#tell("critical", "manager_credentials_unsaved", message, undefined, fault);
  }

  /** A connection that ended for our own reasons: what comes is news again. */
  forget(): void {
    this.#told = undefined;
  }

  #tell(severity: EngineEvent["severity"], code: string, message: string, url: string | undefined, fault: Fault): void {
    const key = `${code} ${fault.code}`;
    // A connection that is lost and does not come back at once is one trouble.
    if (key === this.#told || (code === "manager_unreachable" && this.#told?.startsWith("manager_lost") === true)) {
      return;
    }
    this.#told = key;
    const details = { ...(url === undefined ? {} : { url }), reason: fault.code, ...fault.details };
    this.#record({ severity, category: CATEGORY, code, message, details });
  }
}
