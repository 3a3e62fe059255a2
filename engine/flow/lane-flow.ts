import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import type { Lane, LaneTask } from "@bilbycast/engine/io";
import type { Meter } from "@bilbycast/engine/telemetry";
import type { PcrLog } from "@bilbycast/protocols/mpegts";
import { BandwidthWatch } from "./bandwidth-watch.ts";
import type { BandwidthChange } from "./bandwidth-guard.ts";
import { Bus } from "./bus.ts";
import { FlowContinuity } from "./flow-continuity.ts";
import type { Mirror } from "./mirror.ts";
import { SwitchWatch, type SwitchOutcome } from "./switch-watch.ts";
import type { FlowOrder } from "./orders.ts";
import type { LaneInput } from "./lane-input.ts";
import type { LaneOutput } from "./lane-output.ts";
import type { Bandwidth } from "./spec.ts";

/** Whoever is called when the bus has moved; true when it could not take all and is to be tried again. */
export type BusReader = { drain(): boolean };

/** Who hears of a flow on its lane. */
export type FlowHooks = {
  died(flow: LaneFlow, cause: unknown): void;
  bandwidth?(flow: LaneFlow, change: BandwidthChange): void;
  switched?(flow: LaneFlow, outcome: SwitchOutcome): void;
  /** Where the lane's analysers look, while there are any. */
  mirror?(): Mirror | undefined;
};

/** A flow on its lane: inputs, one of them active, the bus, and readers that do not know each other. As a task it drains its readers. */
export class LaneFlow implements LaneTask {
  readonly id: string;
  readonly serial: number;
  readonly bus: Bus;
  readonly queue: number;
  readonly inputs = new Map<string, LaneInput>();
  readonly outputs = new Map<string, LaneOutput>();
  readonly #lane: Lane;
  readonly #hooks: FlowHooks;
  readonly #continuity: FlowContinuity;
  /** The readers in an array, so that a pass walks them without an iterator. */
  #readers: BusReader[] = [];
  /** Inputs of other flows of this lane that read this one. */
  readonly #taps = new Set<BusReader>();
  /** Bits per second that it is bound to. */
  rate: number | undefined;
  #watch: BandwidthWatch | undefined;
  #active: LaneInput | undefined;
  #switching: SwitchWatch | undefined;
  #jumps = 0;
  #published: Meter | undefined;
  /** Packets that may be published before the readers are called. */
  readonly #burst: number;
  /** Head of the bus when the readers were called last. */
  #drainedAt = 0;
  #queued = false;
  #dead = false;
  /** Set while a flow that died is closed: memory that other threads still use outlives it. */
  #orphans: (() => void)[] | undefined;

  constructor(lane: Lane, order: Pick<FlowOrder, "id" | "serial" | "bus" | "queue" | "bandwidth">, hooks: FlowHooks) {
    this.#lane = lane;
    this.id = order.id;
    this.serial = order.serial;
    this.queue = order.queue;
    this.bus = new Bus(lane.arena, order.bus.bytes, order.bus.packets);
    this.#continuity = this.#makeContinuity();
    this.bus.rewriter = this.#continuity;
    this.#burst = Math.max(1, Math.floor(Math.min(order.bus.packets, order.queue) / 4));
    this.#hooks = hooks;
    this.limit(order.bandwidth);
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Puts what an input made onto the bus, if it is the active one. */
  publish(input: LaneInput, batch: PacketBatch): void {
    const { count } = batch;
    if (count === 0 || this.#dead) {
      return;
    }
    input.tables?.observe(batch, this.#hooks.mirror?.());
    if (input !== this.#active) {
      return;
    }
    this.#continuity.heard();
    if (this.#watch?.admits(batch) === false) {
      input.meter("packetsFiltered").add(count);
      return;
    }
    this.#published?.add(count);
    if (this.#switching !== undefined && input.tables !== undefined) {
      this.#switching.published(batch, this.bus.head, input.tables.cache);
    }
    this.#write(batch);
    const jumps = this.#continuity.sourceDiscontinuities;
    if (jumps !== this.#jumps) {
      input.meter("sourceDiscontinuities").add(jumps - this.#jumps);
      this.#jumps = jumps;
    }
  }

  /** Where the PCRs on the bus stand; `undefined` before the first packet. */
  get pcrLog(): PcrLog | undefined {
    return this.#continuity.pcrLog;
  }

  /** An output has handed everything before packet `next` to the system. */
  sent(outputId: string, next: number): void {
    if (this.#switching !== undefined) {
      this.#switching.sent(outputId, next);
      this.#switching = this.#switching.isOver ? undefined : this.#switching;
    }
  }

  #write(batch: PacketBatch): void {
    const { count } = batch;
    for (let row = 0; row < count;) {
      // A burst that comes within one pass must not lap readers that keep up: they go first.
      if (this.bus.head - this.#drainedAt >= this.#burst) {
        this.#drain();
      }
      row = this.bus.publish(batch, row, this.#burst, this.#lane.now);
    }
    if (!this.#queued) {
      this.#queued = true;
      this.#lane.atEnd(this);
    }
  }

  /** One assignment between two packets. `commandedAt`: it is told what becomes of it. */
  activate(inputId: string | undefined, commandedAt?: Instant): void {
    const input = inputId === undefined ? undefined : this.inputs.get(inputId);
    if (inputId !== undefined && input === undefined) {
      throw new Fault("unknown_input", `Flow ${this.id} has no input ${inputId} that runs.`, {
        details: { flow_id: this.id, input_id: inputId },
      });
    }
    this.#switching?.supersede();
    this.#switching = undefined;
    if (input !== undefined && commandedAt !== undefined) {
      const what = { inputId: input.id, commandedAt, outputs: [...this.outputs.keys()] };
      this.#switching = new SwitchWatch(this.#lane, what, {
        tell: (outcome) => this.#hooks.switched?.(this, outcome),
        failed: (cause) => this.failed(cause),
      });
    }
    if (input !== this.#active) {
      this.#active = input;
      this.#published = input?.meter("unitsPublished");
      this.#continuity.follow(input?.tables?.cache);
    }
  }

  /** Another bound on the rate, or none; measuring begins anew. */
  limit(bandwidth: Bandwidth | undefined): void {
    this.#watch?.close();
    this.rate = bandwidth?.maxBitrate;
    this.#watch =
      bandwidth === undefined
        ? undefined
        : new BandwidthWatch(this.#lane, bandwidth, {
            changed: (change) => this.#hooks.bandwidth?.(this, change),
            failed: (cause) => this.failed(cause),
          });
  }

  addInput(input: LaneInput): void {
    check(!this.inputs.has(input.id), "an input is added once");
    this.inputs.set(input.id, input);
    this.#settle();
  }

  addOutput(output: LaneOutput): void {
    check(!this.outputs.has(output.id), "an output is added once");
    this.outputs.set(output.id, output);
    this.#gather();
    this.#settle();
  }

  removeInput(id: string): void {
    const input = this.inputs.get(id);
    if (input === this.#active) {
      this.activate(undefined);
    }
    this.inputs.delete(id);
    this.#settle();
    input?.close();
  }

  removeOutput(id: string): void {
    const output = this.outputs.get(id);
    this.outputs.delete(id);
    this.#switching?.outputGone(id);
    this.#gather();
    this.#settle();
    output?.close();
  }

  addTap(reader: BusReader): void {
    this.#taps.add(reader);
    this.#gather();
  }

  removeTap(reader: BusReader): void {
    this.#taps.delete(reader);
    this.#gather();
  }

  /** One output takes the place of another on the bus, and the other closes. */
  handOver(oldId: string, newId: string): void {
    const from = this.outputs.get(oldId);
    const to = this.outputs.get(newId);
    check(to !== undefined, "an output takes a place when it is open");
    if (from !== undefined) {
      to.takeOver(from);
      this.#switching?.outputGone(oldId, newId);
      this.removeOutput(oldId);
    }
  }

  run(): void {
    this.#queued = false;
    if (!this.#dead && this.#drain()) {
      this.#queued = true;
      this.#lane.soon(this);
    }
  }

  /** An error of ours ends this flow and no other. */
  failed(cause: unknown): void {
    // What it was about to send must not be taken for the next flow's.
    this.#lane.sendList.abandon();
    if (!this.#dead) {
      this.#orphans = [];
      this.close();
      this.#hooks.died(this, cause);
    }
  }

  /** Gives back memory that other threads know of: at once, or where the flow died, when main has told those threads. */
  keepOrClose(release: () => void): void {
    if (this.#orphans === undefined) {
      release();
    } else {
      this.#orphans.push(release);
    }
  }

  /** Main has told everybody that the flow is no more. */
  bury(): void {
    for (const release of this.#orphans ?? []) {
      release();
    }
    this.#orphans = undefined;
  }

  close(): void {
    this.#dead = true;
    this.limit(undefined);
    this.#switching?.close();
    this.#continuity.close();
    for (const input of this.inputs.values()) {
      input.close();
    }
    for (const output of this.outputs.values()) {
      output.close();
    }
    this.outputs.clear();
    this.inputs.clear();
    this.#taps.clear();
    this.#gather();
    this.#lane.letWait(this, undefined);
    this.#active = undefined;
    if (this.bus.shared) {
      this.keepOrClose(() => this.bus.close());
    } else {
      this.bus.close();
    }
  }

  #makeContinuity(): FlowContinuity {
    try {
      return new FlowContinuity(this.#lane, this.bus, {
        publish: (batch) => this.#write(batch),
        hasStandby: () => this.inputs.size > 1,
        failed: (cause) => this.failed(cause),
      });
    } catch (error) {
      this.bus.close();
      throw error;
    }
  }

  /** Packets may wait where all that brings them evens them out, or all that takes them. */
  #settle(): void {
    const least = (parts: Iterable<{ patience: Microseconds }>): Microseconds => Math.min(...[...parts].map(({ patience }) => patience));
    this.#lane.letWait(this, Math.max(least(this.inputs.values()), least(this.outputs.values())));
  }

  #gather(): void {
    this.#readers = [...this.outputs.values(), ...this.#taps];
  }

  #drain(): boolean {
    const readers = this.#readers;
    let blocked = false;
    this.#drainedAt = this.bus.head;
    for (let i = 0; i < readers.length; i++) {
      blocked = (readers[i] as BusReader).drain() || blocked;
    }
    return blocked;
  }
}
