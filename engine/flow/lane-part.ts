import { check } from "@bilbycast/foundation/check";
import type { Crypto } from "@bilbycast/foundation/crypto";
import { Fault } from "@bilbycast/foundation/fault";
import type { Microseconds } from "@bilbycast/foundation/time";
import { Errno, packetCrypto, type Lane, type LaneSocket } from "@bilbycast/engine/io";
import { Meter } from "@bilbycast/engine/telemetry";
import type { EventReport, Running, TransportModule } from "@bilbycast/engine/transport";
import { statNames, type Direction } from "./part-stats.ts";
import type { LaneFlow } from "./lane-flow.ts";
import { PartMemory } from "./part-memory.ts";
import type { PartOpened, PartOrder } from "./orders.ts";

export type PartBirth = {
  lane: Lane;
  flow: LaneFlow;
  order: PartOrder;
  /** The flow of this lane that an input reads, where it reads one. */
  source: LaneFlow | undefined;
  transport: TransportModule;
  /** The lane's table of meters. */
  values: Float64Array;
  /** Something that the part wants people to know. */
  onEvent: (event: EventReport) => void;
  /** An error of ours that did not keep the work from being done. */
  onMishap: (cause: unknown) => void;
};

/** An input or an output on its lane: what it reserved, opened and counts, so that closing it leaves nothing. */
export abstract class LanePart {
  readonly id: string;
  readonly memory: PartMemory;
  readonly meters: Readonly<Record<string, Meter>>;
  /** Settles when every socket is open, on backends that cannot say so at once. */
  readonly opening: Promise<void>[] = [];
  localAddress = "";
  /** The least of its machines. */
  patience: Microseconds = Infinity;
  /** Those that were opened for it, in this order. */
  protected readonly sockets: LaneSocket[] = [];
  protected readonly lane: Lane;
  /** For the runtime half of its transport. */
  protected readonly report: (event: EventReport) => void;
  readonly #transport: TransportModule;
  readonly #onMishap: (cause: unknown) => void;
  #closers: (() => void)[] = [];

  constructor(birth: PartBirth, direction: Direction) {
    const { lane, order, transport, values } = birth;
    this.lane = lane;
    this.id = order.id;
    this.memory = new PartMemory(lane.arena);
    this.#transport = transport;
    this.#onMishap = birth.onMishap;
    this.report = birth.onEvent;
    const names = statNames(transport.declaration, direction);
    this.meters = Object.fromEntries(names.map((name, i) => [name, new Meter(values, order.meters + i)]));
  }

  /** What the lane answers about it. */
  abstract opened(): PartOpened;

  /** On the part's own memory, so that what ciphers reserve goes back with the rest. */
  protected crypto(): Crypto {
    return packetCrypto(this.lane.driver.name, this.memory);
  }

  /** What every part answers. */
  protected known(): PartOpened {
    const lacking = this.sockets.flatMap((socket) => socket.lacking);
    return {
      partId: this.id,
      ...(this.localAddress === "" ? {} : { localAddress: this.localAddress }),
      ...(lacking.length === 0 ? {} : { lacking }),
    };
  }

  protected bear(machine: { patience?: Microseconds }): void {
    this.patience = Math.min(this.patience, machine.patience ?? 0);
  }

  meter(name: string): Meter {
    const meter = this.meters[name];
    check(meter !== undefined, `there is no meter ${name}`);
    return meter;
  }

  fault(code: string, cause?: unknown): Fault {
    const sentence = this.#transport.declaration.faults[code] ?? code;
    const details = cause instanceof Errno ? { errno: cause.errno } : {};
    return new Fault(code, sentence, { cause, details });
  }

  /** Closes what was opened, newest first, once. What a closer throws is told and keeps nothing else from closing. */
  close(): void {
    const closers = this.#closers.toReversed();
    this.#closers = [];
    for (const closer of closers) {
      try {
        closer();
      } catch (cause) {
        this.#onMishap(cause);
      }
    }
    this.memory.releaseAll();
  }

  protected onClose(closer: () => void): Running {
    let open = true;
    const once = (): void => {
      if (open) {
        open = false;
        closer();
      }
    };
    this.#closers.push(once);
    return { close: once };
  }
}
