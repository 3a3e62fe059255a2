import { Fault } from "@bilbycast/foundation/fault";
import { check } from "@bilbycast/foundation/check";
import { EventFd, LentRingWriter, MediaLibrary, monotonicNow } from "@bilbycast/engine/io";
import { Meter } from "@bilbycast/engine/telemetry";
import type { Registry, Running, SessionInputContext, SessionTimer } from "@bilbycast/engine/transport";
import type { Declaration } from "@bilbycast/engine/transport";
import { statNames } from "./part-stats.ts";
import type { SessionMessage, SessionOrder } from "./session-orders.ts";

type OpenOrder = Extract<SessionOrder, { do: "open" }>;

/** The parts of flows that run on an event loop: files, TCP, HTTP. Each meets its lane in a ring that the lane lent. */
export class SessionHost {
  readonly #registry: Registry;
  readonly #tell: (message: SessionMessage) => void;
  readonly #running = new Map<string, Running>();

  constructor(registry: Registry, tell: (message: SessionMessage) => void) {
    this.#registry = registry;
    this.#tell = tell;
  }

  async open(order: OpenOrder): Promise<void> {
    check(!this.#running.has(order.key), "a session is opened once");
    const transport = this.#registry.get(order.part.kind);
    check(transport?.runsOn === "session" && transport.openInput !== undefined, `${order.part.kind} has no input that runs in a session`);
    const { context, close } = this.#context(order, transport.declaration);
    try {
      const running = await transport.openInput(order.part.config as never, context as SessionInputContext<never>);
      this.#running.set(order.key, {
        close: () => {
          running.close();
          close();
        },
      });
    } catch (error) {
      close();
      throw error;
    }
  }

  close(key: string): void {
    this.#running.get(key)?.close();
    this.#running.delete(key);
  }

  closeAll(): void {
    for (const key of [...this.#running.keys()]) {
      this.close(key);
    }
  }

  #context(order: OpenOrder, declaration: Declaration): { context: SessionInputContext<Declaration>; close: () => void } {
    const { key, part, wake } = order;
    const timers = new Set<SessionTimer>();
    const fail = (cause: unknown): void => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.close(key);
      this.#tell({ report: "failed", key, message: error.message, stack: error.stack ?? "" });
    };
    const rouse = "fd" in wake ? new EventFd(wake.fd).signal : (): void => wake.port.postMessage(0);
    const values = new Float64Array(order.table);
    const names = statNames(declaration, "input");
    const library = new MediaLibrary(order.mediaFolder);
    const context: SessionInputContext<Declaration> = {
      stats: Object.fromEntries(names.map((name, i) => [name, new Meter(values, order.meters + i)])),
      sink: new LentRingWriter((order.memory as WebAssembly.Memory).buffer, order.ring, rouse),
      now: monotonicNow,
      timer: (onDue) => {
        const timer = guardedTimer(onDue, fail, () => timers.delete(timer));
        timers.add(timer);
        return timer;
      },
      openMedia: (name) => library.open(name),
      fault: (code, cause) => new Fault(code, declaration.faults[code] ?? code, { cause, details: { part_id: part.id } }),
      report: (event) => this.#tell({ report: "event", key, event }),
      fail,
    };
    const close = (): void => {
      for (const timer of timers) {
        timer.close();
      }
      if ("port" in wake) {
        wake.port.close();
      }
    };
    return { context, close };
  }
}

/** One callback at a time on the event loop; what it throws ends its session and no other. */
const guardedTimer = (onDue: () => void, fail: (cause: unknown) => void, forget: () => void): SessionTimer => {
  let pending: NodeJS.Timeout | undefined;
  const run = (): void => {
    pending = undefined;
    try {
      onDue();
    } catch (cause) {
      fail(cause);
    }
  };
  return {
    set: (at) => {
      clearTimeout(pending);
      pending = at === Infinity ? undefined : setTimeout(run, Math.max(0, (at - monotonicNow()) / 1_000));
    },
    close: () => {
      clearTimeout(pending);
      forget();
    },
  };
};
