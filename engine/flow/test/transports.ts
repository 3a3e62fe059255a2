import { check } from "@bilbycast/foundation/check";
import type { MediaMachine, Memory, PacketBatch, Packetizer, PacketRing, Wire } from "@bilbycast/foundation/packets";
import { NEVER, instant } from "@bilbycast/foundation/time";
import { splitAddress } from "@bilbycast/foundation/address";
import { counter, declare, type Claim } from "@bilbycast/engine/transport/declare";
import type { OpenInput, OpenOutput, OpenSessionInput, OpenSessionOutput, Registry, TransportModule } from "@bilbycast/engine/transport";
import { z } from "zod";

const claim = (address: string | undefined): Claim[] => {
  const port = address === undefined ? 0 : (splitAddress(address)?.port ?? 0);
  return port === 0 || address === undefined ? [] : [{ protocol: "udp", address }];
};

const input = z.object({ bind: z.string() });
const output = z.object({ to: z.string(), bind: z.string().optional(), dscp: z.number().optional() });

/** Datagrams in, the same datagrams out. */
const plain = declare({
  kind: "plain",
  title: "Datagrams as they are",
  runsOn: "lane",
  input,
  output,
  claimsInput: ({ bind }: { bind: string }) => claim(bind),
  claimsOutput: ({ bind }: { bind?: string }) => claim(bind),
  stats: {},
  faults: { plain_refused: "The address cannot be had." },
});

/** As plain, and does what a datagram says when it begins with `!`. */
const grenade = declare({
  kind: "grenade",
  title: "Datagrams that may be bugs of ours",
  runsOn: "lane",
  input: input.extend({
    refuse: z.boolean().optional(),
    /** Where `!hang` waits until it is notified. */
    rope: z.instanceof(Int32Array).optional(),
  }),
  output: output.extend({ refuse: z.boolean().optional() }),
  stats: { pulled: counter("times", "How often a pin was pulled.") },
  faults: { grenade_refused: "The address cannot be had.", grenade_unwilling: "It was told to refuse." },
});

/** Units of a session, each with the time at which it is due. */
const clockwork = declare({
  kind: "clockwork",
  title: "Units at their time",
  runsOn: "session",
  input: z.object({
    /** Microseconds between two units. */
    period: z.number(),
    /** What becomes of the session, after so many units, the first time that it is started. */
    end: z.enum(["never", "fail", "throw", "crash", "fail_opening", "refuse"]),
    after: z.number(),
    /** Counts the starts for all threads. */
    starts: z.instanceof(Int32Array),
  }),
  stats: {},
  faults: { clockwork_refused: "It was told to refuse." },
  events: { clockwork_started: "It runs." },
});

/** Units of the bus over TCP, as they are. */
const scribe = declare({
  kind: "scribe",
  title: "Units over TCP",
  runsOn: "session",
  takes: ["ts"],
  output: z.object({
    port: z.number(),
    /** What becomes of it at the first unit, the first time that it is started; `hang` keeps the thread from everything else for so many ms. */
    end: z.enum(["never", "fail", "hang"]),
    starts: z.instanceof(Int32Array),
  }),
  stats: { unitsWritten: counter("units", "Units that were written.", "output") },
  faults: {},
});

/** Bytes of a clockwork's unit: its number, how often the session was started, and when it is due. */
export const CLOCKWORK_UNIT = 200;

class Passing implements MediaMachine {
  readonly deadline = NEVER;

  receive(batch: PacketBatch, _now: number, out: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      out.take(batch, i);
    }
  }

  expire(): void {}

  close(): void {}
}

class OneByOne implements Packetizer {
  emit(ring: PacketRing, first: number, end: number, wire: Wire): void {
    for (let n = first; n < end; n++) {
      wire.ensure(1, 0);
      wire.message(0, n, 0);
      wire.piece(ring.offset[n & ring.mask] ?? 0, ring.length[n & ring.mask] ?? 0);
    }
  }

  close(): void {}
}

/** Reserves memory, as machines do, so that a death that keeps it is seen. */
class LiveInput extends Passing {
  readonly #memory: Memory;
  readonly #held: number;
  readonly #rope: Int32Array | undefined;
  #closes = "well";

  constructor(memory: Memory, rope: Int32Array | undefined) {
    super();
    this.#memory = memory;
    this.#rope = rope;
    this.#held = memory.reserve(40_000);
    memory.reserve(5_000);
  }

  override receive(batch: PacketBatch, now: number, out: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      this.#obey(commandAt(this.#memory, batch.offset[i] ?? 0, batch.length[i] ?? 0));
    }
    super.receive(batch, now, out);
  }

  override close(): void {
    check(this.#closes !== "badly", "closing fails as well");
    this.#memory.release(this.#held);
  }

  #obey(command: string): void {
    switch (command) {
      case "!throw":
        throw new TypeError("the pin of the input was pulled");
      case "!throw-and-close-badly":
        this.#closes = "badly";
        throw new TypeError("the pin of the input was pulled");
      case "!throw-nothing":
        throw Object.create(null);
      case "!close-badly":
        this.#closes = "badly";
        return;
      case "!hang":
        Atomics.wait(this.#rope ?? new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        return;
      case "!end-the-thread":
        process.exit(7);
    }
  }
}

class LiveOutput extends OneByOne {
  readonly #memory: Memory;
  readonly #held: number;

  constructor(memory: Memory) {
    super();
    this.#memory = memory;
    this.#held = memory.reserve(20_000);
  }

  override emit(ring: PacketRing, first: number, end: number, wire: Wire): void {
    super.emit(ring, first, end, wire);
    for (let n = first; n < end; n++) {
      if (commandAt(this.#memory, ring.offset[n & ring.mask] ?? 0, ring.length[n & ring.mask] ?? 0) === "!emit") {
        throw new TypeError("the pin of the output was pulled");
      }
    }
  }

  override close(): void {
    this.#memory.release(this.#held);
  }
}

const commandAt = (memory: Memory, offset: number, length: number): string =>
  memory.bytes[offset] === 0x21 ? Buffer.from(memory.bytes.slice(offset, offset + length)).toString() : "";

const plainInput: OpenInput<typeof plain> = (config, context) =>
  context.receive({ bind: config.bind, fault: "plain_refused" }, new Passing());

const options = (config: { to: string; bind?: string | undefined; dscp?: number | undefined }) => ({
  to: config.to,
  ...(config.bind === undefined ? {} : { bind: config.bind }),
  dscp: config.dscp ?? 0,
  trains: true,
});

const plainOutput: OpenOutput<typeof plain> = (config, context) =>
  context.send({ ...options(config), fault: "plain_refused" }, new OneByOne());

const grenadeInput: OpenInput<typeof grenade> = (config, context) => {
  const running = context.receive({ bind: config.bind, fault: "grenade_refused" }, new LiveInput(context.memory, config.rope));
  if (config.refuse === true) {
    throw context.fault("grenade_unwilling");
  }
  return running;
};

const grenadeOutput: OpenOutput<typeof grenade> = (config, context) => {
  const running = context.send({ ...options(config), fault: "grenade_refused" }, new LiveOutput(context.memory));
  if (config.refuse === true) {
    throw context.fault("grenade_unwilling");
  }
  return running;
};

const clockworkInput: OpenSessionInput<typeof clockwork> = (config, context) => {
  const start = Atomics.add(config.starts, 0, 1);
  const end = start === 0 ? config.end : "never";
  if (end === "refuse") {
    throw context.fault("clockwork_refused");
  }
  const unit = Buffer.alloc(CLOCKWORK_UNIT, 0x55);
  unit.writeUInt32BE(start, 4);
  let next = 0;
  let due = context.now();
  const timer = context.timer(() => {
    while (context.sink.room() > 0 && due < context.now() + 50_000) {
      if (next === config.after && end !== "never" && end !== "fail_opening") {
        return finish();
      }
      unit.writeUInt32BE(next);
      unit.writeDoubleBE(due, 8);
      check(context.sink.write(unit, instant(due)), "there is room");
      next++;
      due = instant(due + config.period);
    }
    context.sink.flush();
    timer.set(instant(context.now() + 10_000));
  });
  const finish = (): void => {
    context.sink.flush();
    if (end === "throw") {
      throw new TypeError("the session's timer throws");
    }
    if (end === "crash") {
      setImmediate(() => {
        throw new TypeError("the session's thread ends");
      });
    } else {
      context.fail(new TypeError("the session gives up"));
    }
  };
  if (end === "fail_opening") {
    context.fail(new TypeError("the session gives up while it opens"));
  }
  timer.set(context.now());
  context.report({ severity: "info", code: "clockwork_started", message: "It runs." });
  return { close: () => timer.close() };
};

const scribeOutput: OpenSessionOutput<typeof scribe> = ({ port, end, starts }, context) => {
  const isFirst = Atomics.add(starts, 0, 1) === 0;
  let isConnected = false;
  let units = 0;
  context.peer({ state: "connecting" });
  const connection = context.connect(
    { host: "127.0.0.1", port, tls: false },
    {
      connected: () => {
        isConnected = true;
        context.peer({ state: "connected" });
      },
      received: () => {},
      drained: () => {},
      closed: (reason, message) => context.peer({ state: "closed", code: reason, message }),
    },
  );
  const reading = context.receive((unit) => {
    units++;
    if (isFirst && end === "fail" && units === 50) {
      throw new TypeError("the session throws at a unit");
    }
    if (isFirst && end === "hang" && units === 50) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    }
    if (isConnected) {
      connection.write(unit.slice());
      context.stats.unitsWritten.add(1);
    }
  });
  return {
    close: () => {
      reading.close();
      connection.close();
    },
  };
};

export const registry: Registry = new Map<string, TransportModule>([
  [plain.kind, { runsOn: "lane", declaration: plain, openInput: plainInput, openOutput: plainOutput }],
  [grenade.kind, { runsOn: "lane", declaration: grenade, openInput: grenadeInput, openOutput: grenadeOutput }],
  [scribe.kind, { runsOn: "session", declaration: scribe, openOutput: scribeOutput }],
  [clockwork.kind, { runsOn: "session", declaration: clockwork, openInput: clockworkInput }],
]);
