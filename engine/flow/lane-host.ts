import { Fault } from "@bilbycast/foundation/fault";
import { check } from "@bilbycast/foundation/check";
import type { Lane } from "@bilbycast/engine/io";
import type { Registry, TransportModule } from "@bilbycast/engine/transport";
import { LaneFlow } from "./lane-flow.ts";
import { LaneInput } from "./lane-input.ts";
import { LaneOutput } from "./lane-output.ts";
import type { LanePart } from "./lane-part.ts";
import type { FlowOrder, Order, OrderResult, PartOpened, PartOrder } from "./orders.ts";

export type HostOptions = {
  lane: Lane;
  registry: Registry;
  meters: Float64Array;
  random32: () => number;
  onFlowDied: (flowId: string, cause: unknown) => void;
};

/** The flows of a lane, and what is done to them between passes. An order that fails leaves everything as it was. */
export class LaneHost {
  readonly #options: HostOptions;
  readonly #flows = new Map<string, LaneFlow>();
  /** Flows that died and that main has not closed yet. */
  readonly #dead = new Map<string, LaneFlow>();

  constructor(options: HostOptions) {
    this.#options = options;
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
        return this.#add(this.#flow(order.flowId), order.part, "output");
      case "removeInput":
        this.#flow(order.flowId).removeInput(order.partId);
        return {};
      case "removeOutput":
        this.#flow(order.flowId).removeOutput(order.partId);
        return {};
      case "switchInput":
        this.#flow(order.flowId).activate(order.inputId);
        return {};
      case "shareBus": {
        const { bus } = this.#flow(order.flowId);
        bus.share();
        return { bus: bus.layout };
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
    const flow = new LaneFlow(this.#options.lane, order.id, order.bus, order.queue, (dead, cause) => {
      this.#flows.delete(dead.id);
      this.#dead.set(dead.id, dead);
      this.#options.lane.crowd = this.#flows.size;
      this.#options.onFlowDied(dead.id, cause);
    });
    const parts: PartOpened[] = [];
    const pending: Promise<void>[] = [];
    try {
      const all = [...order.inputs.map((part) => [part, "input"] as const), ...order.outputs.map((part) => [part, "output"] as const)];
      for (const [part, direction] of all) {
        const done = this.#tryAdd(flow, part, direction, tolerant);
        if (done instanceof Promise) {
          pending.push(done.then((opened) => void parts.push(opened)));
        } else {
          parts.push(done);
        }
      }
    } catch (error) {
      flow.close();
      throw error;
    }
    const begin = (): OrderResult => {
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
    return Promise.all(pending).then(begin, (error: unknown) => {
      flow.close();
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

  #add(flow: LaneFlow, part: PartOrder, direction: "input" | "output"): OrderResult | Promise<OrderResult> {
    const opened = this.#open(flow, part, direction);
    return opened instanceof Promise ? opened.then((done) => ({ parts: [done] })) : { parts: [opened] };
  }

  #open(flow: LaneFlow, order: PartOrder, direction: "input" | "output"): PartOpened | Promise<PartOpened> {
    const { lane, meters, random32 } = this.#options;
    const transport = this.#transport(order.kind);
    if (direction === "input") {
      const input = new LaneInput(lane, flow, order, transport, meters);
      flow.addInput(input);
      return this.#settled(input, () => flow.removeInput(input.id));
    }
    const output = new LaneOutput(lane, flow, order, transport, meters, random32);
    flow.addOutput(output);
    return this.#settled(output, () => flow.removeOutput(output.id));
  }

  #settled(part: LanePart, remove: () => void): PartOpened | Promise<PartOpened> {
    if (part.opening.length === 0) {
      return part.opened();
    }
    return Promise.all(part.opening).then(
      () => part.opened(),
      (error: unknown) => {
        remove();
        throw error;
      },
    );
  }

  #flow(id: string): LaneFlow {
    const flow = this.#flows.get(id);
    if (flow === undefined) {
      throw new Fault("flow_not_running", `Flow ${id} does not run.`, { details: { flow_id: id } });
    }
    return flow;
  }

  #transport(kind: string): TransportModule {
    const transport = this.#options.registry.get(kind);
    check(transport !== undefined, `there is no transport ${kind}`);
    return transport;
  }
}
