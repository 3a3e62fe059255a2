import { api } from "../../api/browser.tsx";
import { useMayOn } from "../../api/me.tsx";
import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { useAct } from "../../parts/mutate.tsx";

type Action = { type: string; [field: string]: unknown };

/** Whether this person may steer the node now, and what it takes. */
export const useCommandGate = (node: ManagedNode): { isOff: boolean; why: string | undefined } => {
  const allowed = useMayOn()("node.command", node);
  const canWrite = useCanWrite();
  return { isOff: !allowed.is || !canWrite, why: allowed.is ? undefined : allowed.why };
};

/** Sends commands to a node and tells what came of them, with the time it took. */
export const useCommand = (node: ManagedNode) => {
  const { isOff, why } = useCommandGate(node);
  const act = useAct({
    act: async ({ action }: { action: Action; said: string }) => {
      const began = performance.now();
      await api("command", { params: { node_id: node.id }, body: { action } });
      return Math.round(performance.now() - began);
    },
    said: (took, { said }) => `${said} Acknowledged in ${took} ms.`,
  });
  return {
    send: (action: Action, said: string) => act.run({ action, said }),
    isRunning: act.isRunning,
    isOff: isOff || act.isRunning,
    why,
  };
};
