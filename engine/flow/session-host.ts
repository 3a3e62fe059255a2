import { randomInt } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { Fault, messageOf } from "@bilbycast/foundation/fault";
import { check } from "@bilbycast/foundation/check";
import { EventFd, LentRingWriter, LoopTimer, MediaLibrary, monotonicNow, TcpConnection, wallClockMs } from "@bilbycast/engine/io";
import { Meter } from "@bilbycast/engine/telemetry";
import type { Registry, Running, SessionInputContext, SessionOutputContext, SessionTimer } from "@bilbycast/engine/transport";
import type { Declaration, EncoderHooks, SessionTransport, TestSignalSpec } from "@bilbycast/engine/transport";
import { BusSession } from "./bus-session.ts";
import { SessionEncoder } from "./session-encoder.ts";
import { statNames } from "./part-stats.ts";
import type { SessionMessage, SessionOrder, SessionPlace } from "./session-orders.ts";

type OpenOrder = Extract<SessionOrder, { do: "open" }>;
type InputPlace = Extract<SessionPlace, { direction: "input" }>;
type OutputPlace = Extract<SessionPlace, { direction: "output" }>;

/** The parts of flows that run on an event loop: files, TCP, HTTP. An input fills a ring that its lane lent; an output reads its flow's bus. */
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
    check(transport?.runsOn === "session", `${order.part.kind} runs in no session`);
    const session = this.#session(order, transport.declaration);
    let running: Running;
    try {
      running = await openHalf(transport, order, session);
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
    const { key } = order;
    const closers = new Set<() => void>();
    const fail = (cause: unknown): void => {
      if (!this.#running.has(key)) {
        // It is still opening: `open` tells.
        session.failure ??= { cause };
        return;
      }
      this.close(key);
      this.#tell({ report: "failed", key, message: messageOf(cause), stack: cause instanceof Error ? (cause.stack ?? "") : "" });
    };
    const guard = (run: () => void): void => {
      try {
        run();
      } catch (cause) {
        fail(cause);
      }
    };
    const values = new Float64Array(order.table);
    const names = statNames(declaration, order.place.direction);
    const shared = {
      stats: Object.fromEntries(names.map((name, i) => [name, new Meter(values, order.meters + i)])),
      id: order.part.id,
      now: monotonicNow,
      timeOfDayMs: wallClockMs,
      random32: () => randomInt(2 ** 32),
      timer: (onDue: () => void): SessionTimer => {
        const timer = new LoopTimer(() => guard(onDue));
        const close = (): void => {
          timer.close();
          closers.delete(close);
        };
        closers.add(close);
        return { set: (at) => timer.set(at), close };
      },
      fault: (code: string, cause?: unknown) => new Fault(code, declaration.faults[code] ?? code, { cause }),
      report: (event: Extract<SessionMessage, { report: "event" }>["event"]) => this.#tell({ report: "event", key, event }),
      fail,
    };
    const session: Session = {
      shared,
      guard,
      peer: (peer) => this.#tell({ report: "peer", key, peer }),
      encode: (spec, port) => this.#tell({ report: "encode", key, spec, port }),
      atEnd: (close) => void closers.add(close),
      end: () => closers.forEach((close) => close()),
      failure: undefined,
    };
    return session;
  }
}

/** What a session was given; `failure`: it failed before it was open. */
type Session = {
  shared: Omit<SessionInputContext<Declaration>, "sink" | "openMedia" | "encode"> & { stats: Readonly<Record<string, Meter>> };
  /** Runs a callback; when it throws, that ends this session and no other. */
  guard: (run: () => void) => void;
  peer: SessionOutputContext<Declaration>["peer"];
  encode: (spec: TestSignalSpec, port: MessagePort) => void;
  atEnd: (close: () => void) => void;
  end: () => void;
  failure: { cause: unknown } | undefined;
};

const openHalf = (transport: SessionTransport, order: OpenOrder, session: Session): Running | Promise<Running> => {
  const { kind, config } = order.part;
  const { place } = order;
  if (place.direction === "input") {
    check(transport.openInput !== undefined, `${kind} has an input`);
    return transport.openInput(config as never, inputContext(order, place, session));
  }
  check(transport.openOutput !== undefined, `${kind} has an output`);
  return transport.openOutput(config as never, outputContext(order, place, session));
};

const memoryOf = (order: OpenOrder): WebAssembly.Memory => order.memory as WebAssembly.Memory;

const inputContext = (order: OpenOrder, { ring, wake }: InputPlace, session: Session): SessionInputContext<Declaration> => {
  const library = new MediaLibrary(order.mediaFolder);
  const rouse = "fd" in wake ? new EventFd(wake.fd).signal : (): void => wake.port.postMessage(0);
  if ("port" in wake) {
    session.atEnd(() => wake.port.close());
  }
  return {
    ...session.shared,
    sink: new LentRingWriter(memoryOf(order).buffer, ring, rouse),
    openMedia: (name) => library.open(name),
    encode: (spec, hooks) => {
      const encoder = new SessionEncoder(spec, session.encode, guarded(hooks, session.guard));
      session.atEnd(() => encoder.close());
      return encoder;
    },
  };
};

/** What throws in a hook ends its session and no other. */
const guarded = (hooks: EncoderHooks, guard: Session["guard"]): EncoderHooks => ({
  onOpened: () => guard(() => hooks.onOpened()),
  onUnit: (unit) => guard(() => hooks.onUnit(unit)),
  onLost: (why) => guard(() => hooks.onLost(why)),
  onRefused: (code, message) => guard(() => hooks.onRefused(code, message)),
});

const outputContext = (order: OpenOrder, { bus, queue }: OutputPlace, session: Session): SessionOutputContext<Declaration> => {
  const { shared, guard } = session;
  const dropped = shared.stats["packetsDropped"];
  check(dropped !== undefined, "every output counts what it drops");
  return {
    ...shared,
    receive: (onUnit) => {
      const reader = new BusSession({ memory: memoryOf(order), bus, queue }, dropped, onUnit, guard);
      session.atEnd(() => reader.close());
      return reader;
    },
    connect: (options, listener) =>
      new TcpConnection(options, {
        connected: () => guard(() => listener.connected()),
        received: (bytes) => guard(() => listener.received(bytes)),
        drained: () => guard(() => listener.drained()),
        closed: (end, message) => guard(() => listener.closed(end, message)),
      }),
    peer: session.peer,
  };
};
