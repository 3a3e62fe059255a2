import { MessageChannel, type MessagePort } from "node:worker_threads";
import { check } from "@bilbycast/foundation/check";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { monotonicNow } from "@bilbycast/engine/io";
import type { Registry } from "@bilbycast/engine/transport";
import type { FlowShares } from "./flow-shares.ts";
import type { FlowTaps } from "./flow-taps.ts";
import type { OrderResult, PartOpened, PartOrder } from "./orders.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import type { SessionHandle } from "./session-handle.ts";
import type { SessionPlace } from "./session-orders.ts";

export type OpenerOptions = { registry: Registry; mediaFolder: string; sessions: () => SessionHandle };

type Answers = { parts: readonly PartOpened[]; refused: Map<RunningPart, Fault> };

/** Opens and closes flows and parts on their lanes, and the sessions of those parts that have one. */
export class PartOpener {
  readonly #options: OpenerOptions;
  readonly #taps: FlowTaps;
  readonly #shares: FlowShares;
  /** Whose each session is, from the moment that it is asked for. */
  readonly #owners = new Map<string, { flow: RunningFlow; part: RunningPart }>();

  constructor(options: OpenerOptions, taps: FlowTaps, shares: FlowShares) {
    this.#options = options;
    this.#taps = taps;
    this.#shares = shares;
  }

  /** Opens a flow with all of its parts. Returns the Faults of parts that did not open, by part; without `tolerant` the first one rejects. */
  async openFlow(flow: RunningFlow, tolerant: boolean): Promise<Map<RunningPart, Fault>> {
    const ports = new Map<string, MessagePort>();
    const { parts, refused: faults } = await this.#askLane(flow, tolerant, ports);
    const attempt = async (part: RunningPart, open: () => Promise<void>): Promise<void> => {
      try {
        await open();
      } catch (error) {
        if (!tolerant || !(error instanceof Fault)) {
          await this.closeFlow(flow);
          throw error;
        }
        await this.#taps.close(part);
        faults.set(part, error);
      }
    };
    for (const opened of parts) {
      const part = flow.byKey(opened.partId);
      check(part !== undefined, "a lane answers for the parts that it was given");
      await attempt(part, () => this.#settle(flow, part, opened, ports.get(part.key)));
    }
    for (const part of flow.outputs.values()) {
      if (this.#isSessionOutput(part)) {
        await attempt(part, () => this.#openSessionOutput(flow, part));
      }
    }
    return faults;
  }

  /** An output of which its lane knows nothing: it reads the flow's bus from another thread. */
  #isSessionOutput({ direction, spec }: RunningPart): boolean {
    return direction === "output" && this.#options.registry.get(spec.kind)?.runsOn === "session";
  }

  async #openSessionOutput(flow: RunningFlow, part: RunningPart): Promise<void> {
    const { layout } = await this.#taps.share(flow);
    try {
      await this.#openSession(flow, part, { direction: "output", bus: layout, queue: flow.spec.queue });
    } catch (error) {
      this.forgetSession(part);
      throw error;
    }
    markOpen(part);
  }

  /** Has the lane open a flow, without the parts that wait for another flow where that is tolerated. */
  async #askLane(flow: RunningFlow, tolerant: boolean, ports: Map<string, MessagePort>): Promise<Answers> {
    const { inputs: _inputs, outputs: _outputs, analysis: _analysis, ...frame } = flow.spec;
    const refused = new Map<RunningPart, Fault>();
    const orders = { input: [] as PartOrder[], output: [] as PartOrder[] };
    try {
      for (const part of flow.allParts().filter((one) => !this.#isSessionOutput(one))) {
        try {
          orders[part.direction].push(await this.#orderOf(flow, part));
        } catch (error) {
          if (!tolerant || !(error instanceof Fault)) {
            throw error;
          }
          refused.set(part, error);
        }
      }
      const order = {
        ...frame,
        serial: flow.serial,
        active: flow.activeKey(),
        inputs: orders.input,
        outputs: orders.output,
      };
      const transfer = this.#wakePorts(flow, orders.input, ports);
      const { parts = [] } = await flow.lane.do({ do: "openFlow", flow: order, tolerant }, transfer);
      return { parts, refused };
    } catch (error) {
      for (const part of flow.inputs.values()) {
        await this.#taps.close(part);
      }
      throw error;
    }
  }

  /** A part as its lane is told to open it. Rejects with a Fault about the part when the flow that it reads, or what it is one with, is not there. */
  async #orderOf(flow: RunningFlow, part: RunningPart): Promise<PartOrder> {
    try {
      const tap = await this.#taps.open(flow, part);
      const share = this.#shares.orderOf(flow, part);
      return { ...part.order, ...(tap === undefined ? {} : { tap }), ...(share === undefined ? {} : { share }) };
    } catch (error) {
      throw isFault(error)
        ? new Fault(error.code, error.message, { cause: error.cause, details: { ...error.details, part_id: part.key } })
        : error;
    }
  }

  /** Opens one part of a flow that runs; an output may take the place of another. Rejects with a Fault and leaves nothing open. */
  async open(flow: RunningFlow, part: RunningPart, replaces?: RunningPart): Promise<void> {
    const flowId = flow.spec.id;
    if (this.#isSessionOutput(part)) {
      return this.#openSessionOutput(flow, part);
    }
    const order = await this.#orderOf(flow, part);
    const ports = new Map<string, MessagePort>();
    const transfer = this.#wakePorts(flow, part.direction === "input" ? [order] : [], ports);
    try {
      const { parts = [] }: OrderResult = await flow.lane.do(
        part.direction === "input"
          ? { do: "addInput", flowId, part: order }
          : { do: "addOutput", flowId, part: order, ...(replaces === undefined ? {} : { replaces: replaces.key }) },
        transfer,
      );
      if (replaces !== undefined) {
        replaces.state = "closed";
      }
      const [opened] = parts;
      check(opened !== undefined, "a lane answers for the part that it was given");
      await this.#settle(flow, part, opened, ports.get(part.key));
    } catch (error) {
      await this.#taps.close(part);
      throw error;
    }
  }

  /** Closes a part, its session first: it writes into what the lane gives back. Nothing when it is not open. */
  async close(flow: RunningFlow, part: RunningPart): Promise<void> {
    await this.endSession(part);
    if (part.state === "running" && flow.state === "running" && !this.#isSessionOutput(part)) {
      const what = part.direction === "input" ? "removeInput" : "removeOutput";
      await flow.lane.do({ do: what, flowId: flow.spec.id, partId: part.key });
    }
    await this.#taps.close(part);
  }

  async closeFlow(flow: RunningFlow): Promise<void> {
    await this.endSessions(flow);
    await flow.lane.do({ do: "closeFlow", flowId: flow.spec.id });
    await this.endTaps(flow);
  }

  /** The inputs of a flow that is closed, or whose lane is no more, read nothing any more. */
  async endTaps(flow: RunningFlow): Promise<void> {
    for (const part of flow.inputs.values()) {
      await this.#taps.close(part);
    }
  }

  async endSessions(flow: RunningFlow): Promise<void> {
    for (const part of flow.allParts()) {
      await this.endSession(part);
    }
  }

  async endSession(part: RunningPart): Promise<void> {
    const { session } = part;
    if (session !== undefined) {
      this.forgetSession(part);
      await this.#options.sessions().do({ do: "close", key: session });
    }
  }

  /** Whose session it is, opening or open. */
  ownerOf(session: string): { flow: RunningFlow; part: RunningPart } | undefined {
    return this.#owners.get(session);
  }

  /** `flow/part` of a session, for people. */
  nameOf(session: string): string | undefined {
    const owner = this.ownerOf(session);
    return owner === undefined ? undefined : `${owner.flow.spec.id}/${owner.part.spec.id}`;
  }

  /** The session of a part is no more. */
  forgetSession(part: RunningPart): void {
    if (part.session !== undefined) {
      this.#owners.delete(part.session);
      part.session = undefined;
    }
  }

  /** The lane has opened a part, or not: starts its session where it has one. */
  async #settle(flow: RunningFlow, part: RunningPart, opened: PartOpened, port: MessagePort | undefined): Promise<void> {
    if (opened.fault !== undefined) {
      throw Fault.from(opened.fault);
    }
    if (opened.lent !== undefined) {
      try {
        const { lane } = flow;
        check(port !== undefined || lane.wakeFd !== undefined, "a session can rouse its lane");
        const wake = port === undefined ? { fd: lane.wakeFd ?? -1 } : { port };
        await this.#openSession(flow, part, { direction: "input", ring: opened.lent, wake }, port);
      } catch (error) {
        this.forgetSession(part);
        await flow.lane.do({ do: "removeInput", flowId: flow.spec.id, partId: part.key });
        throw error;
      }
    }
    part.localAddress = opened.localAddress;
    part.pcrTrust = opened.pcrTrust;
    part.lacking = opened.lacking ?? [];
    markOpen(part);
  }

  async #openSession(flow: RunningFlow, part: RunningPart, place: SessionPlace, port?: MessagePort): Promise<void> {
    const key = `${encodeURIComponent(flow.spec.id)}/${encodeURIComponent(part.key)}`;
    const { lane } = flow;
    const { mediaFolder } = this.#options;
    // Before it is asked for: it may have something to say while it opens.
    part.session = key;
    part.peer = undefined;
    this.#owners.set(key, { flow, part });
    await this.#options
      .sessions()
      .do(
        { do: "open", key, part: part.spec, meters: part.order.meters, table: lane.meters.buffer, memory: lane.memory, place, mediaFolder },
        port === undefined ? [] : [port],
      );
  }

  /** Lanes without a descriptor are roused through a port for each session. Returns the lane's ends, and puts the others into `ports`. */
  #wakePorts(flow: RunningFlow, inputs: readonly PartOrder[], ports: Map<string, MessagePort>): MessagePort[] {
    const transfer: MessagePort[] = [];
    for (const order of inputs) {
      if (flow.lane.wakeFd === undefined && this.#options.registry.get(order.kind)?.runsOn === "session") {
        const { port1, port2 } = new MessageChannel();
        order.wake = port1;
        transfer.push(port1);
        ports.set(order.id, port2);
      }
    }
    return transfer;
  }
}

const markOpen = (part: RunningPart): void => {
  part.state = "running";
  part.error = undefined;
  part.backOff.started(monotonicNow());
};
