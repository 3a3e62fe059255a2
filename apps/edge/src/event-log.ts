import type { EngineEvent } from "@bilbycast/engine/flow";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";

/** Events that are kept in memory. */
const EVENT_CAPACITY = 4096;

/** The last events, oldest first. When it is full the oldest info goes first, then the oldest warning, then the oldest of all. */
export class EventLog {
  readonly #capacity: number;
  readonly #onEvent: (event: EdgeEventRecord) => void;
  #events: EdgeEventRecord[] = [];
  #sequence = 0;
  #dropped = 0;
  readonly #counts: Record<EngineEvent["severity"], number> = { info: 0, warning: 0, critical: 0 };

  constructor(options: { capacity?: number; onEvent?: (event: EdgeEventRecord) => void } = {}) {
    this.#capacity = options.capacity ?? EVENT_CAPACITY;
    this.#onEvent = options.onEvent ?? (() => undefined);
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Events since the start by severity, those that were given up among them. */
  get counts(): Readonly<Record<EngineEvent["severity"], number>> {
    return this.#counts;
  }

  record(event: EngineEvent, time: Date): void {
    this.#sequence += 1;
    this.#counts[event.severity] += 1;
    const entry: EdgeEventRecord = {
      sequence: this.#sequence,
      time: time.toISOString(),
      severity: event.severity,
      category: event.category,
      message: event.message,
      ...(event.flowId === undefined ? {} : { flow_id: event.flowId }),
      ...(event.inputId === undefined ? {} : { input_id: event.inputId }),
      ...(event.outputId === undefined ? {} : { output_id: event.outputId }),
      details: { ...event.details, error_code: event.code },
    };
    if (this.#events.length >= this.#capacity) {
      this.#events.splice(this.#leastMissed(), 1);
      this.#dropped += 1;
    }
    this.#events.push(entry);
    this.#onEvent(entry);
  }

  /** Events behind a sequence number; the newest `limit` of them. */
  after(sequence: number, limit: number): EdgeEventRecord[] {
    return this.#events.filter((event) => event.sequence > sequence).slice(-limit);
  }

  #leastMissed(): number {
    for (const severity of ["info", "warning"] as const) {
      const index = this.#events.findIndex((event) => event.severity === severity);
      if (index >= 0) {
        return index;
      }
    }
    return 0;
  }
}
