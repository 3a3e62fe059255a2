import { Fault, isFault } from "@bilbycast/foundation/fault";
import { check } from "@bilbycast/foundation/check";
import type { Lane } from "@bilbycast/engine/io";
import type { EventReport, Registry, TransportModule } from "@bilbycast/engine/transport";
import type { Bus } from "./bus.ts";
import { FLOW_KIND, FLOW_MODULE } from "./flow-source.ts";
import type { BandwidthChange } from "./bandwidth-guard.ts";
import { sourceGone } from "./flow-taps.ts";
import { LaneFlow, type FlowHooks } from "./lane-flow.ts";
import { LaneInput } from "./lane-input.ts";
import { LaneOutput } from "./lane-output.ts";
import type { LanePart } from "./lane-part.ts";
import { Mirror } from "./mirror.ts";
import type { SwitchOutcome } from "./switch-watch.ts";
import type { FlowOrder, Order, OrderResult, PartOpened, PartOrder } from "./orders.ts";

export type HostOptions = {
  lane: Lane;
  registry: Registry;
  meters: Float64Array;
  random32: () => number;
  onFlowDied: (flow: LaneFlow, cause: unknown) => void;
  onBandwidth?: (flow: LaneFlow, change: BandwidthChange) => void;
  onSwitched?: (flow: LaneFlow, outcome: SwitchOutcome) => void;
  onEvent?: (flow: LaneFlow, partId: string, event: EventReport) => void;
  /** An error of ours that ended nothing: something did not close as it should. */
  onMishap: (cause: unknown) => void;
};

/** The flows of a lane, and what is done to them between passes. An order that fails leaves everything as it was. */
export class LaneHost {
  readonly #options: HostOptions;
  readonly #flows = new Map<string, LaneFlow>();
  /** Flows that died and that main has not closed yet. */
  readonly #dead = new Map<string, LaneFlow>();
  readonly #hooks: FlowHooks;
  #mirror: Mirror | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#hooks = {
      died: (dead, cause) => {
        this.#flows.delete(dead.id);
        this.#dead.set(dead.id, dead);
        options.lane.crowd = this.#flows.size;
        options.onFlowDied(dead, cause);
      },
      bandwidth: (flow, change) => options.onBandwidth?.(flow, change),
      switched: (flow, outcome) => options.onSwitched?.(flow, outcome),
      mirror: () => this.#mirror,
    };
  }

  /** Runs one order. Answers at once where sockets open at once; throws or rejects with a Fault. */
  execute(order: Order): OrderResult | Promise<OrderResult> {
    switch (order.do) {
      case "openFlow":
        return this.#openFlow(order.flow, order.tolerant);
      case "closeFlow":
        this.#flows.get(order.flowId)?.close();
        this.#flows.delete(order.flowId);
        this.#dead.get(order.flowId)?.bury();
        this.#dead.delete(order.flowId);
        this.#options.lane.crowd = this.#flows.size;
        return {};
      case "addInput":
        return this.#add(this.#flow(order.flowId), order.part, "input");
      case "addOutput":
        return this.#add(this.#flow(order.flowId), order.part, "output", order.replaces);
      case "removeInput":
        this.#flow(order.flowId).removeInput(order.partId);
        return {};
      case "removeOutput":
        this.#flow(order.flowId).removeOutput(order.partId);
        return {};
      case "switchInput":
        this.#flow(order.flowId).activate(order.inputId, order.commandedAt);
        return {};
      case "limitBandwidth":
        this.#flow(order.flowId).limit(order.bandwidth);
        return {};
      case "shareBus": {
        const { bus } = this.#flow(order.flowId);
        bus.share();
        this.#listen(bus, order.listener);
        return { bus: bus.layout };
      }
      case "unshareBus":
        this.#flows.get(order.flowId)?.bus.unlisten(order.reader);
        return {};
      case "mirror":
        this.#mirror ??= new Mirror(this.#options.lane.arena);
        return { bus: this.#mirror.layout };
      case "mirrorInput": {
        const tables = this.#flow(order.flowId).inputs.get(order.partId)?.tables;
        if (tables !== undefined) {
          tables.mirrored = order.mirrored;
        }
        return {};
      }
      case "stop":
        this.close();
        this.#options.lane.stop();
        return {};
    }
  }

  /** Sessions may have written: their lanes look. */
  woken(): void {
    for (const flow of this.#flows.values()) {
      for (const input of flow.inputs.values()) {
        input.woken();
      }
    }
  }

  close(): void {
    for (const flow of this.#flows.values()) {
      flow.close();
    }
    this.#flows.clear();
  }

  #openFlow(order: FlowOrder, tolerant: boolean): OrderResult | Promise<OrderResult> {
    check(!this.#flows.has(order.id) && !this.#dead.has(order.id), "a flow is opened once, and again when it was closed");
    const flow = new LaneFlow(this.#options.lane, order, this.#hooks);
    const parts: PartOpened[] = [];
    const pending: Promise<void>[] = [];
    try {
      const all = [...order.inputs.map((part) => [part, "input"] as const), ...order.outputs.map((part) => [part, "output"] as const)];
      for (const [part, direction] of all) {
        const done = this.#tryAdd(flow, part, direction, tolerant);
        if (done instanceof Promise) {
          const settled = done.then((opened) => void parts.push(opened));
          // A part that is refused at once is answered for before this one is heard.
          settled.catch(() => {});
          pending.push(settled);
        } else {
          parts.push(done);
        }
      }
    } catch (error) {
      flow.close();
      if (pending.length === 0) {
        throw error;
      }
      // A port is free again only when its bind has settled.
      return Promise.allSettled(pending).then(() => Promise.reject(error));
    }
    const begin = (): OrderResult => {
      if (flow.isDead) {
        throw new Fault("flow_not_running", `Flow ${order.id} ended while it was opened.`);
      }
      if (order.active !== undefined && flow.inputs.has(order.active)) {
        flow.activate(order.active);
      }
      this.#flows.set(order.id, flow);
      this.#options.lane.crowd = this.#flows.size;
      return { parts };
    };
    if (pending.length === 0) {
      return begin();
    }
    return Promise.all(pending).then(begin, async (error: unknown) => {
      flow.close();
      await Promise.allSettled(pending);
      throw error;
    });
  }

  #tryAdd(flow: LaneFlow, part: PartOrder, direction: "input" | "output", tolerant: boolean): PartOpened | Promise<PartOpened> {
    const giveUp = (error: unknown): PartOpened => {
      if (!tolerant || !(error instanceof Fault)) {
        throw error;
      }
      return { partId: part.id, fault: error.toJSON() };
    };
    try {
      const added = this.#open(flow, part, direction);
      return added instanceof Promise ? added.catch(giveUp) : added;
    } catch (error) {
      return giveUp(error);
    }
  }

  #add(flow: LaneFlow, part: PartOrder, direction: "input" | "output", replaces?: string): OrderResult | Promise<OrderResult> {
    const finish = (opened: PartOpened): OrderResult => {
      if (replaces !== undefined) {
        flow.handOver(replaces, part.id);
      }
      return { parts: [opened] };
    };
    const opened = this.#open(flow, part, direction);
    return opened instanceof Promise ? opened.then(finish) : finish(opened);
  }

  #open(flow: LaneFlow, order: PartOrder, direction: "input" | "output"): PartOpened | Promise<PartOpened> {
    const { lane, meters, random32, onMishap } = this.#options;
    const onEvent = (event: EventReport): void => this.#options.onEvent?.(flow, order.id, event);
    check(!flow.inputs.has(order.id) && !flow.outputs.has(order.id), "a part is opened once");
    try {
      const source = this.#sourceOf(order);
      const birth = { lane, flow, order, source, transport: this.#transport(order.kind), values: meters, onEvent, onMishap };
      if (direction === "input") {
        const input = new LaneInput(birth);
        flow.addInput(input);
        return this.#settled(input, () => flow.removeInput(input.id));
      }
      const output = new LaneOutput(birth, random32);
      flow.addOutput(output);
      return this.#settled(output, () => flow.removeOutput(output.id));
    } catch (error) {
      throw blame(error, order.id);
    }
  }

  #settled(part: LanePart, remove: () => void): PartOpened | Promise<PartOpened> {
    if (part.opening.length === 0) {
      return part.opened();
    }
    return Promise.all(part.opening).then(
      () => part.opened(),
      async (error: unknown) => {
        remove();
        await Promise.allSettled(part.opening);
        throw blame(error, part.id);
      },
    );
  }

  /** A lane on an event loop needs no bell: it waits for the bus's words. */
  #listen(bus: Bus, listener: { reader: string; wakeFd: number | undefined } | undefined): void {
    const { driver } = this.#options.lane;
    if (listener?.wakeFd !== undefined && driver.bell !== undefined) {
      bus.listen(listener.reader, driver.bell({ fd: listener.wakeFd }));
    }
  }

  /** The flow of this lane that an input is to read, if it reads one of this lane. */
  #sourceOf({ tap }: PartOrder): LaneFlow | undefined {
    if (tap === undefined || !("flowId" in tap)) {
      return undefined;
    }
    const source = this.#flows.get(tap.flowId);
    if (source === undefined) {
      throw sourceGone(tap.flowId);
    }
    return source;
  }

  #flow(id: string): LaneFlow {
    const flow = this.#flows.get(id);
    if (flow === undefined) {
      throw new Fault("flow_not_running", `Flow ${id} does not run.`, { details: { flow_id: id } });
    }
    return flow;
  }

  #transport(kind: string): TransportModule {
    const transport = kind === FLOW_KIND ? FLOW_MODULE : this.#options.registry.get(kind);
    check(transport !== undefined, `there is no transport ${kind}`);
    return transport;
  }
}

/** The same Fault with the part that it is about. */
const blame = (error: unknown, partId: string): unknown =>
  isFault(error) ? new Fault(error.code, error.message, { cause: error.cause, details: { ...error.details, part_id: partId } }) : error;
