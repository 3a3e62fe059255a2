import type { EngineSnapshot, FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";
import { partKey } from "./sampler.ts";

/** Counters whose growth is trouble with packets, in whatever transport they occur: names mean the same everywhere. */
const TROUBLE: readonly string[] = [
  "packetsLost",
  "packetsLate",
  "packetsMalformed",
  "packetsOverflowed",
  "packetsDropped",
  "packetsRefused",
  "repliesRefused",
  "oversize",
  "overflowed",
  "notTs",
  "resyncs",
  "sourceResets",
  "continuityErrors",
  "peerUnreachable",
];

/** What one flow's packets suffered since the look before: counter to growth, its parts together. */
export type Trouble = { flowId: string; counts: Readonly<Record<string, number>> };

/** Sums up what went wrong with packets, so that a log has one line per flow and look instead of one per packet. */
export class TroubleSummary {
  #former = new Map<string, PartSnapshot["counters"]>();

  /** The flows with trouble since the last call. A part that is seen for the first time has none yet. */
  take(snapshot: EngineSnapshot): Trouble[] {
    const seen = new Map<string, PartSnapshot["counters"]>();
    const troubles = snapshot.flows.flatMap((flow) => this.#troubleOf(flow, seen) ?? []);
    this.#former = seen;
    return troubles;
  }

  #troubleOf(flow: FlowSnapshot, seen: Map<string, PartSnapshot["counters"]>): Trouble | undefined {
    let counts: Record<string, number> | undefined;
    for (const side of ["input", "output"] as const) {
      for (const { id, counters } of side === "input" ? flow.inputs : flow.outputs) {
        const key = partKey(flow.id, side, id);
        const former = this.#former.get(key);
        seen.set(key, counters);
        for (const name of former === undefined ? [] : TROUBLE) {
          const growth = (counters[name] ?? 0) - (former?.[name] ?? 0);
          if (growth > 0) {
            counts ??= {};
            counts[name] = (counts[name] ?? 0) + growth;
          }
        }
      }
    }
    return counts === undefined ? undefined : { flowId: flow.id, counts };
  }
}
