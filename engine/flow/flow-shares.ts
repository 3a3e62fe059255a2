import { Fault } from "@bilbycast/foundation/fault";
import type { ShareOrder } from "./orders.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import { ownerOf } from "./spread.ts";

/** Bytes of memory that the lanes of an output share. */
const BOARD = 256;

/** The Fault of an output on one lane whose neighbours are not there yet. */
export const shareWaits = (flowId: string): Fault =>
  new Fault("lane_share_waits", `An output of flow ${flowId} opens on one lane after the other, and the one before is not open.`);

/**
 * Which outputs are one over several lanes. They open in turn, and one that closes takes those behind it along: the kernel numbers the sockets
 * of a port in the order in which they are bound.
 */
export class FlowShares {
  readonly #flows: ReadonlyMap<string, RunningFlow>;

  constructor(flows: ReadonlyMap<string, RunningFlow>) {
    this.#flows = flows;
  }

  /** What the lane is told of the others; `undefined` for an output that is on one lane. Throws the Fault `lane_share_waits`. */
  orderOf(flow: RunningFlow, part: RunningPart): ShareOrder | undefined {
    const { share } = part.spec;
    if (share === undefined) {
      return undefined;
    }
    if (share.index === 0) {
      part.board = new SharedArrayBuffer(BOARD);
      return { ...share, board: part.board };
    }
    const before = this.#siblings(flow, part).filter(([, { spec }]) => (spec.share?.index ?? 0) < share.index);
    const first = before.find(([, { spec }]) => spec.share?.index === 0)?.[1];
    const isTurn = before.length === share.index && before.every(([owner, { state }]) => owner.state === "running" && state === "running");
    if (!isTurn || first?.board === undefined || first.localAddress === undefined) {
      throw shareWaits(ownerOf(flow.spec.id));
    }
    return { ...share, board: first.board, bind: first.localAddress };
  }

  /** What opened behind an output, or behind any of a flow's, the last one first. */
  behind(flow: RunningFlow, output?: RunningPart): [flow: RunningFlow, part: RunningPart][] {
    return [...(output === undefined ? flow.outputs.values() : [output])].flatMap((part) => {
      const index = part.spec.share?.index ?? Infinity;
      return this.#siblings(flow, part)
        .filter(([, { spec, state }]) => (spec.share?.index ?? 0) > index && state !== "failed")
        .toSorted(([, a], [, b]) => (b.spec.share?.index ?? 0) - (a.spec.share?.index ?? 0));
    });
  }

  /** The outputs that wait for those of a flow, the first one first. */
  waitingFor(flowId: string): [flow: RunningFlow, part: RunningPart][] {
    return [...this.#flows.values()]
      .filter(({ spec }) => ownerOf(spec.id) === ownerOf(flowId))
      .flatMap((flow) => [...flow.outputs.values()].map((part): [RunningFlow, RunningPart] => [flow, part]))
      .filter(([, { spec, state }]) => (spec.share?.index ?? 0) > 0 && state === "failed")
      .toSorted(([, a], [, b]) => (a.spec.share?.index ?? 0) - (b.spec.share?.index ?? 0));
  }

  #siblings(flow: RunningFlow, part: RunningPart): [flow: RunningFlow, part: RunningPart][] {
    return [...this.#flows.values()]
      .filter(({ spec }) => ownerOf(spec.id) === ownerOf(flow.spec.id))
      .flatMap((owner) => {
        const sibling = owner.outputs.get(part.spec.id);
        return sibling?.spec.share === undefined || sibling === part ? [] : [[owner, sibling] as [RunningFlow, RunningPart]];
      });
  }
}
