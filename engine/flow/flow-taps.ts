import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { BusTap, TapOrder } from "./orders.ts";
import { comesBack, sourceOf } from "./flow-source.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";

type Tap = { reader: RunningFlow; source: RunningFlow };

/** The Fault of an input whose source is not there to be read. */
export const sourceGone = (id: string): Fault =>
  new Fault("flow_input_unavailable", `Flow ${id}, which the input reads, does not run.`, { details: { source_flow_id: id } });

/** Which inputs read the bus of which flow, so that a bus is closed behind its last reader. */
export class FlowTaps {
  readonly #flows: ReadonlyMap<string, RunningFlow>;
  readonly #taps = new Map<RunningPart, Tap>();

  constructor(flows: ReadonlyMap<string, RunningFlow>) {
    this.#flows = flows;
  }

  /** How the lane of an input finds the bus that it is to read; `undefined` for other inputs. Rejects with a Fault. */
  async open(reader: RunningFlow, part: RunningPart): Promise<TapOrder | undefined> {
    const id = part.direction === "input" ? sourceOf(part.spec) : undefined;
    if (id === undefined) {
      return undefined;
    }
    const source = this.#sourceFor(reader.spec.id, id);
    this.#taps.set(part, { reader, source });
    if (source.lane === reader.lane) {
      return { flowId: id };
    }
    try {
      return await this.share(source, { reader: part.key, wakeFd: reader.lane.wakeFd });
    } catch (error) {
      this.#taps.delete(part);
      throw error;
    }
  }

  /** The input reads no more. */
  async close(part: RunningPart): Promise<void> {
    const tap = this.#taps.get(part);
    this.#taps.delete(part);
    if (tap !== undefined && tap.source.state === "running" && tap.source.lane !== tap.reader.lane) {
      // A lane that is no more rings nobody.
      await Promise.allSettled([tap.source.lane.do({ do: "unshareBus", flowId: tap.source.spec.id, reader: part.key })]);
    }
  }

  /** The inputs that read a flow, with the flows that they belong to. */
  readersOf(source: RunningFlow): [flow: RunningFlow, part: RunningPart][] {
    return [...this.#taps].filter(([, tap]) => tap.source === source).map(([part, { reader }]) => [reader, part]);
  }

  /** The failed inputs that are to read a flow, with the flows that they belong to. */
  waitingFor(id: string): [flow: RunningFlow, part: RunningPart][] {
    return [...this.#flows.values()].flatMap((flow) =>
      [...flow.inputs.values()]
        .filter((part) => sourceOf(part.spec) === id && part.state === "failed")
        .map((part): [RunningFlow, RunningPart] => [flow, part]),
    );
  }

  /** Has a bus tell other threads what is published. */
  async share({ lane, spec }: RunningFlow, listener?: { reader: string; wakeFd: number | undefined }): Promise<BusTap> {
    const { bus } = await lane.do({ do: "shareBus", flowId: spec.id, ...(listener === undefined ? {} : { listener }) });
    check(bus !== undefined, "a lane answers with the bus that it shared");
    return { memory: lane.memory, layout: bus };
  }

  #sourceFor(readerId: string, id: string): RunningFlow {
    const specs = new Map([...this.#flows.values()].map(({ spec }) => [spec.id, spec]));
    if (comesBack(readerId, id, specs)) {
      throw new Fault("flow_input_circular", `The packets of flow ${readerId} would come back to it by way of flow ${id}.`, {
        details: { source_flow_id: id },
      });
    }
    const source = this.#flows.get(id);
    if (source?.state !== "running") {
      throw sourceGone(id);
    }
    return source;
  }
}
