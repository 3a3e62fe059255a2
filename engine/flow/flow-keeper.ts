import { MessageChannel } from "node:worker_threads";
import { Fault, isFault, type FaultBody } from "@bilbycast/foundation/fault";
import { monotonicNow } from "@bilbycast/engine/io";
import type { EventReport, Registry } from "@bilbycast/engine/transport";
import type { LaneHandle } from "./lane-handle.ts";
import type { PartOpened, PartOrder } from "./orders.ts";
import type { Direction } from "./part-stats.ts";
import type { Step } from "./plan.ts";
import { RunningFlow, RunningPart } from "./running-flow.ts";
import type { SessionHandle } from "./session-handle.ts";
import type { EngineEvent, FlowSnapshot, FlowSpec, PartSpec } from "./spec.ts";

export type KeeperOptions = {
  registry: Registry;
  mediaFolder: string;
  lanes: readonly LaneHandle[];
  sessions: () => SessionHandle;
  onEvent: (event: EngineEvent) => void;
  /** Runs a task behind all others that change something. */
  enqueue: (task: () => Promise<void>) => void;
};

/** Keeps the flows that are wanted on their lanes: takes the steps of plans, and starts again what fails. */
export class FlowKeeper {
  readonly #options: KeeperOptions;
  readonly #flows = new Map<string, RunningFlow>();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** What is wanted now: the flows as they were opened, with the changes since. */
  specs(): FlowSpec[] {
    return [...this.#flows.values()].map(({ spec }) => spec);
  }

  snapshot(): FlowSnapshot[] {
    return [...this.#flows.values()].map((flow) => flow.snapshot());
  }

  /** Takes one step. Rejects with a Fault and leaves things as they were; with `tolerant` what does not open is left failed. */
  async take(step: Step, tolerant: boolean): Promise<void> {
    switch (step.do) {
      case "openFlow":
        await this.#open(new RunningFlow(step.flow, this.#freestLane()), tolerant);
        return;
      case "closeFlow":
        await this.#close(step.flowId);
        return;
      case "addInput":
        await this.#add(this.#flow(step.flowId), step.part, "input", tolerant);
        return;
      case "addOutput":
        await this.#add(this.#flow(step.flowId), step.part, "output", tolerant);
        return;
      case "removeInput":
        await this.#remove(this.#flow(step.flowId), step.partId, "input");
        return;
      case "removeOutput":
        await this.#remove(this.#flow(step.flowId), step.partId, "output");
        return;
      case "switchInput":
        await this.#switch(this.#flow(step.flowId), step.inputId);
    }
  }

  endRetries(): void {
    for (const flow of this.#flows.values()) {
      clearTimeout(flow.retry);
      for (const part of flow.allParts()) {
        clearTimeout(part.retry);
      }
    }
  }

  /** The lane ended a flow by an error of ours: what is left of it is cleared away, and it is opened again after a while. */
  async flowDied(flowId: string, fault: FaultBody): Promise<void> {
    const flow = this.#flows.get(flowId);
    if (flow === undefined) {
      return;
    }
    this.#event("critical", "flow_died", `Flow ${flowId} ended by an error of ours and is started again.`, { flowId, details: { error: fault.message } });
    await this.#endSessions(flow);
    await flow.lane.do({ do: "closeFlow", flowId });
    this.#failFlow(flow, fault);
  }

  /** A lane is no more: its flows have no memory and no sockets. Returns them. */
  async abandonLane(lane: LaneHandle | undefined): Promise<RunningFlow[]> {
    const flows = [...this.#flows.values()].filter((flow) => flow.lane === lane);
    for (const flow of flows) {
      clearTimeout(flow.retry);
      await this.#endSessions(flow);
    }
    return flows;
  }

  async reopen(flows: readonly RunningFlow[], lane: LaneHandle | undefined): Promise<void> {
    for (const { spec, active } of flows) {
      const flow = new RunningFlow(spec, lane ?? this.#freestLane());
      flow.active = active;
      await this.#open(flow, true);
    }
  }

  sessionEvent(key: string, event: EventReport): void {
    const [flowId = "", inputId = ""] = key.split("/").map(decodeURIComponent);
    const kind = this.#flows.get(flowId)?.inputs.get(inputId)?.spec.kind ?? "session";
    const { severity, code, message, details } = event;
    this.#options.onEvent({ severity, category: kind, code, message, flowId, inputId, ...(details === undefined ? {} : { details }) });
  }

  async sessionFailed(key: string, fault: FaultBody): Promise<void> {
    for (const flow of this.#flows.values()) {
      for (const part of flow.inputs.values()) {
        if (part.session === key) {
          part.session = undefined;
          await flow.lane.do({ do: "removeInput", flowId: flow.spec.id, partId: part.spec.id });
          this.#failPart(flow, part, fault);
        }
      }
    }
  }

  async sessionsDied(fault: FaultBody): Promise<void> {
    const keys = [...this.#flows.values()].flatMap((flow) => [...flow.inputs.values()].map((part) => part.session));
    for (const key of keys) {
      if (key !== undefined) {
        await this.sessionFailed(key, fault);
      }
    }
  }

  async #open(flow: RunningFlow, tolerant: boolean): Promise<void> {
    const { spec, lane } = flow;
    const { registry } = this.#options;
    for (const [direction, parts] of [["input", spec.inputs] as const, ["output", spec.outputs] as const]) {
      for (const part of parts) {
        flow.parts(direction).set(part.id, new RunningPart(part, direction, lane, registry));
      }
    }
    const order = { ...spec, active: flow.active, inputs: orders(flow, "input"), outputs: orders(flow, "output") };
    const wakes = this.#wakePorts(flow, order.inputs);
    try {
      const { parts = [] } = await lane.do({ do: "openFlow", flow: order, tolerant }, wakes.transfer);
      this.#flows.set(spec.id, flow);
      flow.state = "running";
      flow.backOff.started(monotonicNow());
      for (const opened of parts) {
        await this.#settle(flow, opened, wakes.ports.get(opened.partId), tolerant);
      }
    } catch (error) {
      if (tolerant && isFault(error) && !this.#flows.has(spec.id)) {
        this.#flows.set(spec.id, flow);
        this.#failFlow(flow, error.toJSON());
        return;
      }
      if (this.#flows.get(spec.id) === flow) {
        await this.#close(spec.id);
      }
      for (const part of flow.allParts()) {
        part.release();
      }
      throw named(error, spec.id);
    }
    this.#event("info", "flow_started", `Flow ${spec.id} runs.`, { flowId: spec.id });
  }

  async #close(flowId: string): Promise<void> {
    const flow = this.#flow(flowId);
    clearTimeout(flow.retry);
    await this.#endSessions(flow);
    await flow.lane.do({ do: "closeFlow", flowId });
    for (const part of flow.allParts()) {
      part.release();
    }
    this.#flows.delete(flowId);
    this.#event("info", "flow_stopped", `Flow ${flowId} is stopped.`, { flowId });
  }

  async #add(flow: RunningFlow, spec: PartSpec, direction: Direction, tolerant: boolean): Promise<void> {
    const part = new RunningPart(spec, direction, flow.lane, this.#options.registry);
    flow.parts(direction).set(spec.id, part);
    try {
      if (flow.state === "running") {
        await this.#openPart(flow, part, tolerant);
      }
    } catch (error) {
      flow.parts(direction).delete(spec.id);
      part.release();
      throw named(error, flow.spec.id, spec.id, direction);
    }
    flow.spec = withParts(flow.spec, direction, [...partsOf(flow.spec, direction), spec]);
    if (direction === "output" && part.state === "running") {
      this.#event("info", "output_added", `Output ${spec.id} was added.`, { flowId: flow.spec.id, outputId: spec.id });
    }
  }

  async #openPart(flow: RunningFlow, part: RunningPart, tolerant: boolean): Promise<void> {
    const flowId = flow.spec.id;
    const { direction } = part;
    const order: PartOrder = { ...part.order };
    const wakes = this.#wakePorts(flow, direction === "input" ? [order] : []);
    try {
      const { parts: [opened] = [] } = await flow.lane.do({ do: direction === "input" ? "addInput" : "addOutput", flowId, part: order }, wakes.transfer);
      await this.#settle(flow, opened ?? { partId: part.spec.id }, wakes.ports.get(part.spec.id), tolerant);
    } catch (error) {
      if (!tolerant || !isFault(error)) {
        throw error;
      }
      this.#failPart(flow, part, error.toJSON());
    }
  }

  /** The lane has opened a part, or not: starts its session where it has one. */
  async #settle(flow: RunningFlow, opened: PartOpened, port: MessagePort | undefined, tolerant: boolean): Promise<void> {
    const part = flow.inputs.get(opened.partId) ?? flow.outputs.get(opened.partId);
    if (part === undefined) {
      return;
    }
    if (opened.fault !== undefined) {
      this.#failPart(flow, part, opened.fault);
      return;
    }
    if (opened.lent !== undefined) {
      try {
        await this.#openSession(flow, part, opened.lent, port);
      } catch (error) {
        await flow.lane.do({ do: "removeInput", flowId: flow.spec.id, partId: part.spec.id });
        if (!tolerant || !isFault(error)) {
          throw named(error, flow.spec.id, part.spec.id, part.direction);
        }
        this.#failPart(flow, part, error.toJSON());
        return;
      }
    }
    part.state = "running";
    part.error = undefined;
    part.localAddress = opened.localAddress;
    part.backOff.started(monotonicNow());
  }

  async #openSession(flow: RunningFlow, part: RunningPart, ring: NonNullable<PartOpened["lent"]>, port: MessagePort | undefined): Promise<void> {
    const key = [flow.spec.id, part.spec.id].map(encodeURIComponent).join("/");
    const { lane } = flow;
    const wake = port === undefined ? { fd: lane.wakeFd ?? -1 } : { port: port as never };
    await this.#options.sessions().do(
      {
        do: "open",
        key,
        part: part.spec,
        meters: part.order.meters,
        table: lane.meters.buffer,
        memory: lane.memory,
        ring,
        wake,
        mediaFolder: this.#options.mediaFolder,
      },
      port === undefined ? [] : [port],
    );
    part.session = key;
  }

  async #remove(flow: RunningFlow, partId: string, direction: Direction): Promise<void> {
    const part = flow.parts(direction).get(partId);
    if (part !== undefined) {
      await this.#endSession(part);
      if (part.state === "running") {
        await flow.lane.do({ do: direction === "input" ? "removeInput" : "removeOutput", flowId: flow.spec.id, partId });
      }
      part.release();
    }
    flow.parts(direction).delete(partId);
    flow.spec = withParts(
      flow.spec,
      direction,
      partsOf(flow.spec, direction).filter(({ id }) => id !== partId),
    );
    if (direction === "output") {
      this.#event("info", "output_removed", `Output ${partId} was removed.`, { flowId: flow.spec.id, outputId: partId });
    }
  }

  async #switch(flow: RunningFlow, inputId: string | undefined): Promise<void> {
    const flowId = flow.spec.id;
    const part = inputId === undefined ? undefined : flow.inputs.get(inputId);
    if (inputId !== undefined && part === undefined) {
      throw new Fault("unknown_input", `Flow ${flowId} has no input ${inputId}.`, { details: { flow_id: flowId, input_id: inputId } });
    }
    // An input that does not run yet is put on the bus as soon as it does.
    if (flow.state === "running" && (part === undefined || part.state === "running")) {
      await flow.lane.do({ do: "switchInput", flowId, inputId });
    }
    flow.spec = { ...flow.spec, active: inputId };
    flow.active = inputId;
    this.#event("info", "input_switched", `Flow ${flowId} carries ${inputId ?? "no input"}.`, { flowId, ...(inputId === undefined ? {} : { inputId }) });
  }

  #failFlow(flow: RunningFlow, fault: FaultBody): void {
    flow.state = "failed";
    flow.error = fault;
    for (const part of flow.allParts()) {
      part.state = "failed";
      part.session = undefined;
    }
    const { id } = flow.spec;
    flow.retry = later(flow.backOff.failed(monotonicNow()), () => {
      this.#options.enqueue(async () => {
        if (this.#flows.get(id) === flow && flow.state === "failed") {
          for (const part of flow.allParts()) {
            part.release();
          }
          this.#flows.delete(id);
          const again = new RunningFlow(flow.spec, flow.lane);
          again.active = flow.active;
          again.backOff.adopt(flow.backOff);
          await this.#open(again, true);
        }
      });
    });
  }

  #failPart(flow: RunningFlow, part: RunningPart, fault: FaultBody): void {
    const flowId = flow.spec.id;
    const { id } = part.spec;
    const first = part.error === undefined;
    part.state = "failed";
    part.error = fault;
    if (first) {
      const named = part.direction === "input" ? { inputId: id } : { outputId: id };
      this.#event(part.direction === "input" ? "critical" : "warning", fault.code, fault.message, { flowId, ...named, details: fault.details });
    }
    part.retry = later(part.backOff.failed(monotonicNow()), () => {
      this.#options.enqueue(async () => {
        if (flow.state === "running" && flow.parts(part.direction).get(id) === part && part.state === "failed") {
          await this.#openPart(flow, part, true);
          await this.#recovered(flow, part);
        }
      });
    });
  }

  async #recovered(flow: RunningFlow, part: RunningPart): Promise<void> {
    // A failure of this attempt has set another timer and changed the state back.
    if ((part.state as string) !== "running") {
      return;
    }
    const flowId = flow.spec.id;
    const { id } = part.spec;
    const named = part.direction === "input" ? { inputId: id } : { outputId: id };
    this.#event("info", `${part.direction}_recovered`, `${part.direction === "input" ? "Input" : "Output"} ${id} runs again.`, { flowId, ...named });
    if (part.direction === "input" && flow.active === id) {
      await flow.lane.do({ do: "switchInput", flowId, inputId: id });
    }
  }

  async #endSessions(flow: RunningFlow): Promise<void> {
    for (const part of flow.inputs.values()) {
      await this.#endSession(part);
    }
  }

  async #endSession(part: RunningPart): Promise<void> {
    if (part.session !== undefined) {
      const key = part.session;
      part.session = undefined;
      await this.#options.sessions().do({ do: "close", key });
    }
  }

  /** Lanes without a descriptor are roused through a port for each session. */
  #wakePorts(flow: RunningFlow, inputs: readonly PartOrder[]): { ports: Map<string, MessagePort>; transfer: unknown[] } {
    const ports = new Map<string, MessagePort>();
    const transfer: unknown[] = [];
    for (const order of inputs) {
      if (flow.lane.wakeFd === undefined && this.#options.registry.get(order.kind)?.runsOn === "session") {
        const { port1, port2 } = new MessageChannel();
        order.wake = port1;
        transfer.push(port1);
        ports.set(order.id, port2 as unknown as MessagePort);
      }
    }
    return { ports, transfer };
  }

  #freestLane(): LaneHandle {
    const load = (lane: LaneHandle): number => [...this.#flows.values()].filter((flow) => flow.lane === lane).length;
    const [first, ...rest] = this.#options.lanes;
    return rest.reduce((best, lane) => (load(lane) < load(best) ? lane : best), first as LaneHandle);
  }

  #flow(id: string): RunningFlow {
    const flow = this.#flows.get(id);
    if (flow === undefined) {
      throw new Fault("unknown_flow", `There is no flow ${id} that is to run.`, { details: { flow_id: id } });
    }
    return flow;
  }

  #event(severity: EngineEvent["severity"], code: string, message: string, rest: Partial<EngineEvent>): void {
    this.#options.onEvent({ severity, category: "flow", code, message, ...rest });
  }
}

type MessagePort = import("node:worker_threads").MessagePort;

const later = (wait: number, run: () => void): NodeJS.Timeout => setTimeout(run, wait / 1_000);

const orders = (flow: RunningFlow, direction: Direction): PartOrder[] => [...flow.parts(direction).values()].map((part) => ({ ...part.order }));

const partsOf = (spec: FlowSpec, direction: Direction): readonly PartSpec[] => (direction === "input" ? spec.inputs : spec.outputs);

const withParts = (spec: FlowSpec, direction: Direction, parts: readonly PartSpec[]): FlowSpec =>
  direction === "input" ? { ...spec, inputs: parts } : { ...spec, outputs: parts };

/** The same Fault with the flow and the part in its details. */
const named = (error: unknown, flowId: string, partId?: string, direction?: Direction): unknown => {
  if (!isFault(error)) {
    return error;
  }
  const part = partId === undefined || direction === undefined ? {} : { [`${direction}_id`]: partId };
  return new Fault(error.code, error.message, { cause: error.cause, details: { ...error.details, flow_id: flowId, ...part } });
};
