import { api } from "../../api/browser.tsx";
import { targetOf, useMay, type May } from "../../api/me.tsx";
import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { useAct } from "../../parts/mutate.tsx";

type Action = { type: string; [field: string]: unknown };

/** Sends commands to a node and tells what came of them, with the time it took. */
export const useCommand = (node: ManagedNode) => {
  const may: May = useMay()("node.command", targetOf(node));
  const allowed: May = node.is_shared && node.permission !== "view" ? { is: true } : may;
  const canWrite = useCanWrite();
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
    isOff: !allowed.is || !canWrite || act.isRunning,
    why: allowed.is ? undefined : allowed.why,
  };
};
