import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Lane, LaneTask } from "@bilbycast/engine/io";
import type { Meter } from "@bilbycast/engine/telemetry";
import { BandwidthWatch } from "./bandwidth-watch.ts";
import type { BandwidthChange } from "./bandwidth-guard.ts";
import { Bus } from "./bus.ts";
import type { FlowOrder } from "./orders.ts";
import type { LaneInput } from "./lane-input.ts";
import type { LaneOutput } from "./lane-output.ts";
import type { Bandwidth } from "./spec.ts";

/** Whoever is called when the bus has moved; true when it could not take all and is to be tried again. */
export type BusReader = { drain(): boolean };

/** A flow on its lane: inputs, one of them active, the bus, and readers that do not know each other. As a task it drains its readers. */
export class LaneFlow implements LaneTask {
  readonly id: string;
  readonly serial: number;
  readonly bus: Bus;
  readonly queue: number;
  readonly inputs = new Map<string, LaneInput>();
  readonly outputs = new Map<string, LaneOutput>();
  readonly #lane: Lane;
  readonly #onDeath: (flow: LaneFlow, cause: unknown) => void;
  /** The readers in an array, so that a pass walks them without an iterator. */
  #readers: BusReader[] = [];
  /** Inputs of other flows of this lane that read this one. */
  readonly #taps = new Set<BusReader>();
  readonly #onBandwidth: (flow: LaneFlow, change: BandwidthChange) => void;
  /** Bits per second that it is bound to. */
  rate: number | undefined;
  #watch: BandwidthWatch | undefined;
  #active: LaneInput | undefined;
  #published: Meter | undefined;
  /** Packets that may be published before the readers are called. */
  readonly #burst: number;
  /** Head of the bus when the readers were called last. */
  #drainedAt = 0;
  #queued = false;
  #dead = false;
  /** Set while a flow that died is closed: memory that other threads still use outlives it. */
  #orphans: (() => void)[] | undefined;

  constructor(
    lane: Lane,
    order: Pick<FlowOrder, "id" | "serial" | "bus" | "queue" | "bandwidth">,
    onDeath: (flow: LaneFlow, cause: unknown) => void,
    onBandwidth: (flow: LaneFlow, change: BandwidthChange) => void = () => {},
  ) {
    this.#lane = lane;
    this.id = order.id;
    this.serial = order.serial;
    this.queue = order.queue;
    this.bus = new Bus(lane.arena, order.bus.bytes, order.bus.packets);
    this.#burst = Math.max(1, Math.floor(Math.min(order.bus.packets, order.queue) / 4));
    this.#onDeath = onDeath;
    this.#onBandwidth = onBandwidth;
    this.limit(order.bandwidth);
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Puts what an input made onto the bus, if it is the active one. */
  publish(input: LaneInput, batch: PacketBatch): void {
    const { count } = batch;
    if (input !== this.#active || count === 0 || this.#dead) {
      return;
    }
    if (this.#watch?.admits(batch) === false) {
      input.meter("packetsFiltered").add(count);
      return;
    }
    this.#published?.add(count);
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

  /** One assignment between two packets. */
  activate(inputId: string | undefined): void {
    const input = inputId === undefined ? undefined : this.inputs.get(inputId);
    if (inputId !== undefined && input === undefined) {
      throw new Fault("unknown_input", `Flow ${this.id} has no input ${inputId} that runs.`, {
        details: { flow_id: this.id, input_id: inputId },
      });
    }
    this.#active = input;
    this.#published = input?.meter("unitsPublished");
  }

  /** Another bound on the rate, or none; measuring begins anew. */
  limit(bandwidth: Bandwidth | undefined): void {
    this.#watch?.close();
    this.rate = bandwidth?.maxBitrate;
    this.#watch =
      bandwidth === undefined
        ? undefined
        : new BandwidthWatch(this.#lane, bandwidth, {
            changed: (change) => this.#onBandwidth(this, change),
            failed: (cause) => this.failed(cause),
          });
  }

  addInput(input: LaneInput): void {
    check(!this.inputs.has(input.id), "an input is added once");
    this.inputs.set(input.id, input);
  }

  addOutput(output: LaneOutput): void {
    check(!this.outputs.has(output.id), "an output is added once");
    this.outputs.set(output.id, output);
    this.#gather();
  }

  removeInput(id: string): void {
    const input = this.inputs.get(id);
    if (input === this.#active) {
      this.activate(undefined);
    }
    this.inputs.delete(id);
    input?.close();
  }

  removeOutput(id: string): void {
    const output = this.outputs.get(id);
    this.outputs.delete(id);
    this.#gather();
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
      this.#onDeath(this, cause);
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
    this.#active = undefined;
    if (this.bus.shared) {
      this.keepOrClose(() => this.bus.close());
    } else {
      this.bus.close();
    }
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
