import { PacketBatch } from "@bilbycast/foundation/packets";
import { RingCopier, type Lane, type LaneTimer } from "@bilbycast/engine/io";
import type { Meter } from "@bilbycast/engine/telemetry";
import { Cursor } from "./cursor.ts";
import type { LaneFlow } from "./lane-flow.ts";
import type { LaneInput } from "./lane-input.ts";
import type { BusTap } from "./orders.ts";

/** Rows that are read at once. */
const ROWS = 256;

/** Rounds of reading in one pass: a flow that floods must not keep the others of this lane waiting. */
const ROUNDS = 8;

/** What the input of a flow counts, whichever flow it reads. */
class Arrivals {
  readonly #packets: Meter;
  readonly #bytes: Meter;
  readonly #last: Meter;

  constructor(input: LaneInput) {
    this.#packets = input.meter("packetsReceived");
    this.#bytes = input.meter("bytesReceived");
    this.#last = input.meter("lastReceivedUs");
  }

  count(packets: number, bytes: number, now: number): void {
    this.#packets.add(packets);
    this.#bytes.add(bytes);
    this.#last.set(now);
  }
}

/** An input that reads a flow of another lane: the packets are copied over when that lane has published, and it waits for nobody. */
export class SharedInput {
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #input: LaneInput;
  readonly #copier: RingCopier;
  readonly #timer: LaneTimer;
  readonly #arrivals: Arrivals;
  readonly #lost: Meter;
  readonly #rows = new PacketBatch(ROWS);
  #open = true;

  /** Throws the Fault `arena_exhausted`. */
  constructor(lane: Lane, flow: LaneFlow, input: LaneInput, tap: BusTap) {
    this.#lane = lane;
    this.#flow = flow;
    this.#input = input;
    this.#arrivals = new Arrivals(input);
    this.#lost = input.meter("packetsLost");
    this.#copier = new RingCopier(lane.arena, tap.memory as WebAssembly.Memory, tap.layout);
    this.#timer = lane.timer({ run: () => this.#read(), failed: (cause) => flow.failed(cause) });
    this.#timer.set(lane.now);
  }

  /** The other lane may have published. Wakes come between passes, so the work is put into the next one. */
  wake(): void {
    this.#timer.set(this.#lane.now);
    this.#lane.driver.nudge?.();
  }

  close(): void {
    this.#open = false;
    this.#timer.close();
    this.#copier.close();
  }

  #read(): void {
    const { now } = this.#lane;
    const copier = this.#copier;
    let more = true;
    for (let round = 0; more && round < ROUNDS; round++) {
      this.#rows.clear();
      more = copier.read(this.#rows);
      if (this.#rows.count > 0) {
        this.#arrivals.count(this.#rows.count, copier.bytes, now);
        this.#flow.publish(this.#input, this.#rows);
      }
    }
    this.#lost.set(copier.lost);
    if (!this.#open) {
      return;
    }
    if (more || !copier.sleeps()) {
      this.#timer.set(now);
    } else if (this.#lane.driver.wake === undefined) {
      void this.#listen();
    }
  }

  /** A lane on an event loop has no descriptor that the other could write to. */
  async #listen(): Promise<void> {
    await this.#copier.published();
    if (this.#open) {
      this.wake();
    }
  }
}

/** An input that reads a flow of its own lane: one more reader of that bus, whose packets go straight onto this one. */
export class NeighbourInput {
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #input: LaneInput;
  readonly #source: LaneFlow;
  readonly #cursor: Cursor;
  readonly #arrivals: Arrivals;
  readonly #rows = new PacketBatch(ROWS);

  constructor(lane: Lane, flow: LaneFlow, input: LaneInput, source: LaneFlow) {
    this.#lane = lane;
    this.#flow = flow;
    this.#input = input;
    this.#source = source;
    this.#arrivals = new Arrivals(input);
    this.#cursor = new Cursor(source.bus, Infinity, input.meter("packetsLost"));
    source.addTap(this);
  }

  /** Called with the other readers of that flow; what fails here is this flow's own. Never blocked. */
  drain(): boolean {
    try {
      this.#read();
    } catch (cause) {
      this.#flow.failed(cause);
    }
    return false;
  }

  close(): void {
    this.#source.removeTap(this);
  }

  #read(): void {
    const cursor = this.#cursor;
    const { bus } = this.#source;
    while (cursor.waiting() > 0) {
      this.#rows.clear();
      let bytes = 0;
      for (; cursor.next < bus.head && this.#rows.count < ROWS; cursor.next++) {
        const column = cursor.next & bus.mask;
        this.#rows.push(bus.offset[column] ?? 0, bus.length[column] ?? 0, 0);
        bytes += bus.length[column] ?? 0;
      }
      this.#arrivals.count(this.#rows.count, bytes, this.#lane.now);
      this.#flow.publish(this.#input, this.#rows);
    }
  }
}
