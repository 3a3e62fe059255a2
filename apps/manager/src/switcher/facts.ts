import type { PresetAction, Subject } from "@bilbycast/contracts/manager-api";
import { nodeObjects } from "../access/targets.ts";
import type { NodeStates } from "../node-link/node-states.ts";
import type { Queries } from "../database/tables.ts";
import type { Facts } from "./impact.ts";
import { knownOf } from "./known.ts";
import type { Layouts } from "./layouts.ts";

/** Reads all that a Take of these actions is judged by, as it is now. */
export const factsFor = async (
  queries: Queries,
  { layouts, states }: { layouts: Layouts; states: NodeStates },
  { actions, groupId, subject }: { actions: readonly PresetAction[]; groupId: string; subject: Subject },
): Promise<Facts> => {
  const ids = actions.map(({ node_id: id }) => id);
  const [known, objects] = await Promise.all([knownOf(queries, groupId, ids), nodeObjects(queries, ids)]);
  const nodes = known.nodes;
  return {
    ...known,
    objects,
    ages: new Map(
      [...nodes.keys()].flatMap((id) => {
        const state = states.get(id);
        return state?.isHere === true && state.statsAt > 0 ? [[id, Date.now() - state.statsAt] as const] : [];
      }),
    ),
    layouts: await layouts.of([...nodes].map(([id, { deviceType }]) => ({ id, deviceType }))),
    subject,
    now: new Date().toISOString(),
  };
};
