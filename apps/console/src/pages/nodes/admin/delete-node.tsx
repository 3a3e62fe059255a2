import { useQuery } from "@tanstack/react-query";
import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../../api/browser.tsx";
import type { Json } from "../../../live/merge-patch.ts";
import { Confirm, type Impact } from "../../../parts/confirm.tsx";
import { useAct } from "../../../parts/mutate.tsx";
import { counted } from "../../../words/numbers.ts";
import { readFlows, stateOfFlow, type FlowView } from "../../node/flow-view.ts";

/** Removes a node, after showing what it carries: what runs first, and by how many outputs. */
export const DeleteNode = ({
  node,
  onClose,
  onDeleted,
}: {
  node: ManagedNode;
  onClose: () => void;
  onDeleted: (() => void) | undefined;
}) => {
  const params = { node_id: node.id };
  const { data: state, isLoading } = useQuery(ask("nodeState", { params }));
  const shares = useQuery(ask("shares", { params })).data?.shares ?? [];
  const flows = state === undefined ? [] : readFlows([{ stats: (state.stats ?? null) as Json }]);
  const remove = useAct({
    act: () => api("deleteNode", { params }),
    said: () => `${node.name} deleted.`,
    onDone: () => {
      void renew("nodes");
      onDeleted?.();
    },
  });
  return (
    <Confirm
      title={`Delete ${node.name}${flows.length === 0 ? "" : ` and ${counted(flows.length, "flow")}`}`}
      sentence={`${isLoading ? "Asking what it carries. " : ""}It is refused from then on. What it carries goes on until somebody stops it there. Its history, pictures and configurations are gone.`}
      impacts={[
        ...flowImpacts(flows),
        ...shares.map((share): Impact => ({
          key: share.group_id,
          name: `Share with ${share.group_id}`,
          where: share.permission,
          state: "off",
        })),
      ]}
      keep="Keep it"
      act="Hold to delete"
      isHeld
      typed={node.name}
      isOpen
      onClose={onClose}
      onAct={() => remove.run(undefined)}
    />
  );
};

const sendingOf = (flow: FlowView): number => flow.outputs.filter(({ state }) => state === "sending").length;

/** What sends comes first, by how much it sends to; what is stopped last. */
const flowImpacts = (flows: readonly FlowView[]): Impact[] =>
  flows
    .toSorted((a, b) => Number(a.state === "stopped") - Number(b.state === "stopped") || sendingOf(b) - sendingOf(a))
    .map((flow) => ({
      key: flow.id,
      name: flow.name,
      where: flow.state === "stopped" ? "stopped" : `sends to ${counted(sendingOf(flow), "output")}`,
      state: stateOfFlow(flow),
    }));
