import { check } from "@bilbycast/foundation/check";
import { Fault, faultBodyOf, isFault, type FaultBody } from "@bilbycast/foundation/fault";
import { monotonicNow } from "@bilbycast/engine/io";
import type { LaneHandle } from "./lane-handle.ts";
import type { Direction } from "./part-stats.ts";
import { heedPart, heedSession, type PartReport } from "./part-events.ts";
import { heedBandwidth, limitBandwidth, type BandwidthReport } from "./flow-bandwidth.ts";
import { mirroredOf, setAnalysis } from "./flow-analysis.ts";
import { FlowEvents } from "./flow-events.ts";
import { freestOf, markFailed, named, partsOf, withoutPart, withParts } from "./flow-parts.ts";
import { closingOrder, sourcesFirst } from "./flow-source.ts";
import { heedSwitch, switchInput, type SwitchReport } from "./flow-switch.ts";
import { FlowShares, shareWaits } from "./flow-shares.ts";
import { FlowTaps, sourceGone } from "./flow-taps.ts";
import type { BusTap } from "./orders.ts";
import { later } from "./later.ts";
import { PartOpener, type OpenerOptions } from "./part-opener.ts";
import type { Step } from "./plan.ts";
import { RunningFlow, RunningPart } from "./running-flow.ts";
import type { SessionReport } from "./session-handle.ts";
import type { EngineEvent, FlowSnapshot, FlowSpec, PartSpec } from "./spec.ts";

export type KeeperOptions = OpenerOptions & {
  lanes: readonly LaneHandle[];
  onEvent: (event: EngineEvent) => void;
  /** Runs a task behind all others that change something. */
  enqueue: (task: () => Promise<void>) => void;
};

/** Keeps the flows that are wanted on their lanes: takes the steps of plans, and starts again what fails. */
export class FlowKeeper {
  readonly #options: KeeperOptions;
  readonly #flows = new Map<string, RunningFlow>();
  readonly #taps = new FlowTaps(this.#flows);
  readonly #shares = new FlowShares(this.#flows);
  readonly #opener: PartOpener;
  readonly #events: FlowEvents;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#opener = new PartOpener(options, this.#taps, this.#shares);
    this.#events = new FlowEvents(options.onEvent);
  }

  /** What is wanted now: the flows as they were opened, with the changes since. */
  specs(): FlowSpec[] {
    return [...this.#flows.values()].map(({ spec }) => spec);
  }

  flows(): Iterable<RunningFlow> {
    return this.#flows.values();
  }

  /** The number of an input, or of the active one, of a flow that there is. */
  tagOf(flowId: string, inputId?: string): number | undefined {
    const flow = this.#flows.get(flowId);
    const id = inputId ?? flow?.active;
    return id === undefined ? undefined : flow?.inputs.get(id)?.tag;
  }

  snapshot(): FlowSnapshot[] {
    return [...this.#flows.values()].map((flow) => flow.snapshot());
  }

  /** Takes one step. Rejects with a Fault and leaves things as they were; with `tolerant` what does not open is left failed. */
  async take(step: Step, tolerant: boolean): Promise<void> {
    switch (step.do) {
      case "openFlow":
        return this.#openFlow(step.flow, tolerant);
      case "closeFlow":
        return this.#closeFlow(this.#flow(step.flowId));
      case "addPart":
        return this.#add(this.#flow(step.flowId), step.part, step.direction, tolerant);
      case "removePart":
        return this.#remove(this.#flow(step.flowId), step.partId, step.direction);
      case "replacePart":
        return this.#replace(this.#flow(step.flowId), step.part, step.direction, step.overlap, tolerant);
      case "switchInput":
        return switchInput(this.#flow(step.flowId), step.inputId, step.commandedAt ?? monotonicNow(), this.#events);
      case "setAnalysis":
        return setAnalysis(this.#flow(step.flowId), step);
      case "limitBandwidth":
        return limitBandwidth(this.#flow(step.flowId), step.bandwidth, this.#events);
    }
  }

  tap(flowId: string): Promise<BusTap> {
    return this.#taps.share(this.#flow(flowId));
  }

  /** Closes every flow, readers of others one by one before those, all else at once. `ended` hears of each. */
  async closeAll(ended: (flowId: string) => void): Promise<void> {
    this.endRetries();
    const { alone, linked } = closingOrder(this.specs());
    const close = async ({ id }: FlowSpec): Promise<void> => {
      await Promise.allSettled([this.#opener.closeFlow(this.#flow(id))]);
      ended(id);
    };
    const inTurn = linked.reduce((before, spec) => before.then(() => close(spec)), Promise.resolve());
    await Promise.all([...alone.map(close), inTurn]);
  }

  readonly switchTold = (report: SwitchReport): void => heedSwitch(this.#flows.get(report.flowId), report, this.#events);

  endRetries(): void {
    for (const flow of this.#flows.values()) {
      flow.retry?.close();
      for (const part of flow.allParts()) {
        part.retry?.close();
      }
    }
  }

  readonly bandwidthChanged = (report: BandwidthReport): void => heedBandwidth(this.#flows.get(report.flowId), report, this.#events);

  /** The lane ended a flow by an error of ours: what is left of it is cleared away, and it is opened again after a while. */
  async flowDied(flowId: string, serial: number, fault: FaultBody): Promise<void> {
    const flow = this.#flows.get(flowId);
    // A report that comes late is about a flow that has been closed since.
    if (flow?.state !== "running" || flow.serial !== serial) {
      return;
    }
    await this.#endReaders(flow);
    await this.#opener.closeFlow(flow);
    this.#events.flow("critical", "flow_died", `Flow ${flowId} ended by an error of ours and is started again.`, {
      flowId,
      details: { error: fault.message },
    });
    this.#flowFailed(flow, fault);
  }

  /** A lane is no more: its flows have no memory and no sockets. They stay wanted, failed until `reopen`. */
  async laneEnded(lane: LaneHandle, fault: FaultBody): Promise<void> {
    for (const flow of this.#onLane(lane)) {
      flow.retry?.close();
      await this.#endReaders(flow);
      await this.#opener.endSessions(flow);
      await this.#opener.endTaps(flow);
      markFailed(flow, fault);
    }
  }

  /** Brings the flows of a lane that is no more onto the one that takes its place. */
  async reopen(lane: LaneHandle, instead: LaneHandle): Promise<void> {
    const flows = new Map(this.#onLane(lane).map((flow) => [flow.spec, flow]));
    for (const spec of sourcesFirst([...flows.keys()])) {
      const flow = flows.get(spec);
      for (const part of flow?.allParts() ?? []) {
        part.release();
      }
      await this.#openFlow(spec, true, flow, instead);
    }
  }

  readonly partTold = (report: PartReport): void => heedPart(this.#flows.get(report.flowId), report, this.#events);

  readonly nameOfSession = (key: string): string | undefined => this.#opener.nameOf(key);

  sessionTold(report: Exclude<SessionReport, { report: "failed" | "encode" }>): void {
    heedSession(this.#opener.ownerOf(report.key), report, this.#events);
  }

  /** A session ended by an error of ours. */
  async sessionFailed(key: string, fault: FaultBody): Promise<void> {
    const { flow, part } = this.#opener.ownerOf(key) ?? {};
    if (flow !== undefined && part !== undefined) {
      this.#opener.forgetSession(part);
      await this.#opener.close(flow, part);
      this.#partFailed(flow, part, fault);
    }
  }

  async sessionsDied(fault: FaultBody): Promise<void> {
    const keys = [...this.#flows.values()].flatMap((flow) => flow.allParts().map((part) => part.session));
    for (const key of keys) {
      if (key !== undefined) {
        await this.sessionFailed(key, fault);
      }
    }
  }

  async #openFlow(spec: FlowSpec, tolerant: boolean, before?: RunningFlow, lane?: LaneHandle): Promise<void> {
    const flow = new RunningFlow(spec, lane ?? before?.lane ?? freestOf(this.#options.lanes, [...this.#flows.values()], spec.id));
    if (before !== undefined) {
      flow.backOff.adopt(before.backOff);
    }
    for (const part of spec.inputs) {
      flow.inputs.set(part.id, new RunningPart(part, "input", flow.lane, this.#options.registry, mirroredOf(spec)));
    }
    for (const part of spec.outputs) {
      flow.outputs.set(part.id, new RunningPart(part, "output", flow.lane, this.#options.registry));
    }
    try {
      const faults = await this.#opener.openFlow(flow, tolerant);
      this.#flows.set(spec.id, flow);
      flow.state = "running";
      flow.backOff.started(monotonicNow());
      for (const [part, fault] of faults) {
        this.#partFailed(flow, part, fault.toJSON());
      }
    } catch (error) {
      if (!tolerant || !isFault(error)) {
        for (const part of flow.allParts()) {
          part.release();
        }
        throw named(error, flow);
      }
      this.#flows.set(spec.id, flow);
      // Told once and not with every try.
      if (before?.error?.code !== error.code) {
        const details = { fault: error.code };
        this.#events.flow("critical", "flow_start_failed", `Flow ${spec.id} could not be started: ${error.message}`, {
          flowId: spec.id,
          details,
        });
      }
      this.#flowFailed(flow, error.toJSON());
      return;
    }
    this.#events.flow("info", "flow_started", `Flow ${spec.id} runs.`, { flowId: spec.id });
    for (const part of flow.allParts()) {
      const told = before?.parts(part.direction).get(part.spec.id)?.toldLacks ?? [];
      told.forEach((lack) => part.toldLacks.add(lack));
      this.#events.lacks(flow, part);
    }
    await this.#openReaders(spec.id);
  }

  async #closeFlow(flow: RunningFlow): Promise<void> {
    const flowId = flow.spec.id;
    flow.retry?.close();
    await this.#endReaders(flow);
    await this.#opener.closeFlow(flow);
    for (const part of flow.allParts()) {
      part.release();
    }
    this.#flows.delete(flowId);
    this.#events.flow("info", "flow_stopped", `Flow ${flowId} is stopped.`, { flowId });
  }

  async #add(flow: RunningFlow, spec: PartSpec, direction: Direction, tolerant: boolean): Promise<void> {
    const part = await this.#opened(flow, spec, direction, tolerant);
    flow.parts(direction).set(spec.id, part);
    flow.spec = withParts(flow.spec, direction, [...partsOf(flow.spec, direction), spec]);
    this.#events.part(`${direction}_added`, flow, part, "was added");
  }

  async #remove(flow: RunningFlow, partId: string, direction: Direction): Promise<void> {
    const part = flow.parts(direction).get(partId);
    check(part !== undefined, "a plan removes what is there");
    await this.#opener.close(flow, part);
    part.release();
    flow.parts(direction).delete(partId);
    flow.spec = withoutPart(flow.spec, direction, partId);
    this.#events.part(`${direction}_removed`, flow, part, "was removed");
  }

  async #replace(flow: RunningFlow, spec: PartSpec, direction: Direction, overlap: boolean, tolerant: boolean): Promise<void> {
    const parts = flow.parts(direction);
    const old = parts.get(spec.id);
    check(old !== undefined, "a plan replaces what is there");
    if (!overlap) {
      await this.#endReaders(flow, this.#shares.behind(flow, old));
      await this.#opener.close(flow, old);
    }
    let part: RunningPart;
    try {
      part = await this.#opened(flow, spec, direction, tolerant, overlap && direction === "output" ? old : undefined);
    } catch (error) {
      if (!overlap) {
        await this.#bringBack(flow, old);
      }
      throw error;
    }
    parts.set(spec.id, part);
    flow.spec = withParts(
      flow.spec,
      direction,
      partsOf(flow.spec, direction).map((one) => (one.id === spec.id ? spec : one)),
    );
    await this.#putOnBus(flow, part);
    if (overlap) {
      await this.#opener.close(flow, old);
    }
    old.release();
    this.#events.part(`${direction}_changed`, flow, part, "was changed");
  }

  /** What made room for another that then did not open. */
  async #bringBack(flow: RunningFlow, old: RunningPart): Promise<void> {
    old.state = "starting";
    try {
      await this.#opener.open(flow, old);
      await this.#putOnBus(flow, old);
    } catch (error) {
      this.#partFailed(flow, old, faultBodyOf(error));
    }
  }

  /** A new part, open where its flow runs; with `tolerant` perhaps failed. */
  async #opened(flow: RunningFlow, spec: PartSpec, direction: Direction, tolerant: boolean, replaces?: RunningPart): Promise<RunningPart> {
    const part = new RunningPart(spec, direction, flow.lane, this.#options.registry, mirroredOf(flow.spec));
    if (flow.state !== "running") {
      return part;
    }
    try {
      await this.#opener.open(flow, part, replaces);
    } catch (error) {
      if (!tolerant || !isFault(error)) {
        part.release();
        throw named(error, flow, part);
      }
      this.#partFailed(flow, part, error.toJSON());
    }
    this.#events.lacks(flow, part);
    return part;
  }

  /** Inputs of other flows must not read a bus that is about to be somebody else's memory, nor outputs be one with what is gone; they are tried again. */
  async #endReaders(source: RunningFlow, readers = [...this.#taps.readersOf(source), ...this.#shares.behind(source)]): Promise<void> {
    for (const [flow, part] of readers) {
      // Where the reader's lane is no more, nothing reads.
      await Promise.allSettled([this.#opener.close(flow, part)]);
      this.#partFailed(flow, part, (part.direction === "input" ? sourceGone : shareWaits)(source.spec.id).toJSON());
    }
  }

  /** What waited for a flow need not wait for its next try. */
  async #openReaders(id: string): Promise<void> {
    for (const [flow, part] of [...this.#taps.waitingFor(id), ...this.#shares.waitingFor(id)]) {
      part.retry?.close();
      await this.#tryAgain(flow, part);
    }
  }

  /** An input that has just opened and is to be the active one. */
  async #putOnBus(flow: RunningFlow, part: RunningPart): Promise<void> {
    if (part.direction === "input" && part.state === "running" && flow.active === part.spec.id) {
      await flow.lane.do({ do: "switchInput", flowId: flow.spec.id, inputId: part.key });
    }
  }

  #flowFailed(flow: RunningFlow, fault: FaultBody): void {
    markFailed(flow, fault);
    const { id } = flow.spec;
    flow.retry = later(flow.backOff.failed(monotonicNow()), () => {
      this.#options.enqueue(async () => {
        if (this.#flows.get(id) === flow) {
          for (const part of flow.allParts()) {
            part.release();
          }
          await this.#openFlow(flow.spec, true, flow);
        }
      });
    });
  }

  #partFailed(flow: RunningFlow, part: RunningPart, fault: FaultBody): void {
    const first = part.error === undefined;
    part.state = "failed";
    part.error = fault;
    if (first) {
      this.#events.partFailed(flow, part, fault);
    }
    part.retry = later(part.backOff.failed(monotonicNow()), () => {
      this.#options.enqueue(() => this.#tryAgain(flow, part));
    });
  }

  async #tryAgain(flow: RunningFlow, part: RunningPart): Promise<void> {
    const wanted = flow.parts(part.direction).get(part.spec.id) === part && this.#flows.get(flow.spec.id) === flow;
    if (!wanted || flow.state !== "running" || part.state !== "failed") {
      return;
    }
    try {
      await this.#opener.open(flow, part);
    } catch (error) {
      this.#partFailed(flow, part, faultBodyOf(error));
      return;
    }
    await this.#putOnBus(flow, part);
    await this.#openReaders(flow.spec.id);
    this.#events.part(`${part.direction}_recovered`, flow, part, "runs again");
    this.#events.lacks(flow, part);
  }

  #onLane(lane: LaneHandle): RunningFlow[] {
    return [...this.#flows.values()].filter((flow) => flow.lane === lane);
  }

  #flow(id: string): RunningFlow {
    const flow = this.#flows.get(id);
    if (flow === undefined) {
      throw new Fault("unknown_flow", `There is no flow ${id} that is to run.`, { details: { flow_id: id } });
    }
    return flow;
  }
}
