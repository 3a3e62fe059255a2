import type { EgressStage, Tally } from "@bilbycast/foundation/packets";
import { after, instant, type Instant } from "@bilbycast/foundation/time";
import type { Lane, LaneTimer } from "@bilbycast/engine/io";
import type { Pacer } from "@bilbycast/engine/transport";
import { Cursor } from "./cursor.ts";
import type { LaneFlow } from "./lane-flow.ts";

/** Units for which the socket had no room are tried again this much later. */
export const RETRY = 1_000;

/** One who sends what a stage puts together. */
export type UnitSender = {
  /** Number of the unit that is sent next. */
  readonly nextUnit: number;
  /** Sends what waits; true when the socket had no room for all. */
  sendUnits(): boolean;
};

/**
 * A stage at work between the flow's bus and those who send its units: one sender, or the two legs of an output, which so send the same.
 * Packets wait on the bus for the stage's time, and while its ring is full because no socket has room. Units wait for nobody: the sender
 * that is furthest makes room, and one that falls behind by the whole ring loses its own.
 */
export class StageFeed {
  readonly stage: EgressStage;
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #packets: Cursor;
  readonly #pacer: Pacer | undefined;
  readonly #timer: LaneTimer;
  /** When the pacer lets the next packet go. */
  readonly #release: LaneTimer | undefined;
  /** What a packet of the bus that was given up is counted by. */
  readonly #dropped: Tally[];
  /** Those whose sockets are open. */
  readonly #senders: UnitSender[] = [];
  #users = 0;
  #before: StageFeed | undefined;

  constructor(lane: Lane, flow: LaneFlow, stage: EgressStage, pacer: Pacer | undefined, dropped: Tally) {
    this.stage = stage;
    this.#lane = lane;
    this.#flow = flow;
    this.#pacer = pacer;
    this.#dropped = [dropped];
    // What waits for its time is no backlog: it may fill the bus.
    const waits = pacer !== undefined || stage.hold > 0;
    this.#packets = new Cursor(flow.bus, waits ? flow.bus.mask + 1 : flow.queue, {
      add: (amount) => this.#dropped.forEach((tally) => tally.add(amount)),
      set: () => {},
    });
    const task = { run: () => void this.drain(), failed: (cause: unknown) => flow.failed(cause) };
    this.#timer = lane.timer(task);
    this.#release = pacer === undefined ? undefined : lane.timer(task);
  }

  /** One more will send the units; `dropped` counts for it alone. Each user closes the feed once. */
  join(dropped: Tally | undefined): void {
    this.#users++;
    if (dropped !== undefined) {
      this.#dropped.push(dropped);
    }
  }

  /** The socket of one who joined is open. The first of them begins behind the newest packet. */
  add(sender: UnitSender): void {
    if (this.#senders.length === 0) {
      this.#packets.next = this.#flow.bus.head;
    }
    this.#senders.push(sender);
  }

  /** Number of the packet of the bus that the stage takes next. */
  get nextPacket(): number {
    return this.#packets.next;
  }

  /** Goes on where another sender stood on the bus, and where it had a stage, for the same receiver: once, however many senders there are. */
  goOnFrom(nextPacket: number, before: StageFeed | undefined): void {
    this.#packets.next = nextPacket;
    if (before !== undefined && this.#before !== before) {
      this.#before = before;
      this.stage.goOnFrom(before.stage, this.#lane.now);
      this.#timer.set(this.stage.deadline);
    }
  }

  /** Sends what the stage has put together: another sender takes its place. */
  finish(): void {
    this.stage.flush();
    this.#send();
  }

  /** Packets go from the bus into the stage, units from the stage to the sockets, by turns until the stage takes no more for now. True when a socket had no room. */
  drain(): boolean {
    let isFull = false;
    for (;;) {
      const packets = this.#packets;
      packets.waiting();
      const first = packets.next;
      packets.next = this.stage.take(this.#flow.bus, first, this.#allowed(), this.#furthest(), this.#lane.now);
      const full = this.#send();
      isFull ||= full > 0;
      if (full > 0 && full === this.#senders.length) {
        this.#timer.set(this.#retryAt());
        return true;
      }
      if (packets.next === first) {
        this.#timer.set(isFull ? instant(Math.min(this.#retryAt(), this.stage.deadline)) : this.stage.deadline);
        return isFull;
      }
    }
  }

  close(): void {
    this.#users--;
    if (this.#users === 0) {
      this.#timer.close();
      this.#release?.close();
      this.stage.close();
    }
  }

  /** Returns how many sockets had no room. */
  #send(): number {
    let full = 0;
    for (const sender of this.#senders) {
      full += sender.sendUnits() ? 1 : 0;
    }
    return full;
  }

  #furthest(): number {
    let furthest = 0;
    for (const { nextUnit } of this.#senders) {
      furthest = Math.max(furthest, nextUnit);
    }
    return furthest;
  }

  #retryAt(): Instant {
    return after(this.#lane.now, RETRY);
  }

  /** Number behind the last packet that the pacer lets go now; sees to it that the next one has its own time. */
  #allowed(): number {
    const { bus } = this.#flow;
    if (this.#pacer === undefined) {
      return bus.head;
    }
    const end = this.#pacer.allow(bus, this.#packets.next, this.#lane.now);
    this.#release?.set(this.#pacer.due(bus, end));
    return end;
  }
}
