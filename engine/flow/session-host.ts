import { randomInt } from "node:crypto";
import { Fault, messageOf } from "@bilbycast/foundation/fault";
import { check } from "@bilbycast/foundation/check";
import { EventFd, LentRingWriter, LoopTimer, MediaLibrary, monotonicNow } from "@bilbycast/engine/io";
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
    const session = this.#session(order, transport.declaration);
    let running: Running;
    try {
      running = await transport.openInput(order.part.config as never, session.context);
    } catch (error) {
      session.end();
      throw error;
    }
    const close = (): void => {
      running.close();
      session.end();
    };
    if (session.failure !== undefined) {
      close();
      throw session.failure.cause;
    }
    this.#running.set(order.key, { close });
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

  #session(order: OpenOrder, declaration: Declaration): Session {
    const { key, wake } = order;
    const timers = new Set<SessionTimer>();
    const fail = (cause: unknown): void => {
      if (!this.#running.has(key)) {
        // It is still opening: `open` tells.
        session.failure ??= { cause };
        return;
      }
      this.close(key);
      this.#tell({ report: "failed", key, message: messageOf(cause), stack: cause instanceof Error ? (cause.stack ?? "") : "" });
    };
    const rouse = "fd" in wake ? new EventFd(wake.fd).signal : (): void => wake.port.postMessage(0);
    const values = new Float64Array(order.table);
    const names = statNames(declaration, "input");
    const library = new MediaLibrary(order.mediaFolder);
    const context: SessionInputContext<Declaration> = {
      stats: Object.fromEntries(names.map((name, i) => [name, new Meter(values, order.meters + i)])),
      sink: new LentRingWriter((order.memory as WebAssembly.Memory).buffer, order.ring, rouse),
      now: monotonicNow,
      random32: () => randomInt(2 ** 32),
      timer: (onDue) => {
        const timer = guardedTimer(onDue, fail, () => timers.delete(timer));
        timers.add(timer);
        return timer;
      },
      openMedia: (name) => library.open(name),
      fault: (code, cause) => new Fault(code, declaration.faults[code] ?? code, { cause }),
      report: (event) => this.#tell({ report: "event", key, event }),
      fail,
    };
    const end = (): void => {
      for (const timer of timers) {
        timer.close();
      }
      if ("port" in wake) {
        wake.port.close();
      }
    };
    const session: Session = { context, end, failure: undefined };
    return session;
  }
}

/** What a session was given; `failure`: it failed before it was open. */
type Session = { context: SessionInputContext<Declaration>; end: () => void; failure: { cause: unknown } | undefined };

/** A timer whose callback, when it throws, ends its session and no other. */
const guardedTimer = (onDue: () => void, fail: (cause: unknown) => void, forget: () => void): SessionTimer => {
  const timer = new LoopTimer(() => {
    try {
      onDue();
    } catch (cause) {
      fail(cause);
    }
  });
  return {
    set: (at) => timer.set(at),
    close: () => {
      timer.close();
      forget();
    },
  };
};
