import { setTimeout as delay } from "node:timers/promises";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";
import { FIRST_BIND_WAIT_MS } from "@bilbycast/contracts/node-link";
import { Fault } from "@bilbycast/foundation/fault";
import type { ApiContext } from "../../api/context.ts";

/** Milliseconds between two looks. */
const LOOK = 60;
const TROUBLE = new Set(["port_conflict", "bind_failed"]);

/** What an event that came behind this sequence number says of the ports of a flow. */
const troubleOf = ({ events }: Pick<ApiContext, "events">, since: number, flowId: string): EdgeEventRecord | undefined =>
  events
    .after(since, 1_000)
    .find(({ category, severity, flow_id: flow }) => severity === "critical" && TROUBLE.has(category) && flow === flowId);

/** The number of the newest event. */
export const newestEvent = ({ events }: Pick<ApiContext, "events">): number => events.after(0, 1)[0]?.sequence ?? 0;

/**
 * Waits until every part of a flow is open, for 600 ms at most: a part that opens by itself tells only by an event that it did not get
 * its port. Throws the Fault of that, after `undo`.
 */
export const awaitFirstBind = async (context: ApiContext, flowId: string, since: number, undo: () => Promise<unknown>): Promise<void> => {
  for (let waited = 0; ; waited += LOOK) {
    const trouble = troubleOf(context, since, flowId);
    if (trouble !== undefined) {
      await undo();
      const { error_code: fault, ...details } = trouble.details;
      throw new Fault(trouble.category, trouble.message, { details: { ...details, fault, flow_id: flowId } });
    }
    const flow = context.sample().snapshot.flows.find(({ id }) => id === flowId);
    const isOpening =
      flow?.state === "starting" || [...(flow?.inputs ?? []), ...(flow?.outputs ?? [])].some(({ state }) => state === "starting");
    if (!isOpening || waited >= FIRST_BIND_WAIT_MS) {
      return;
    }
    await delay(LOOK);
  }
};
