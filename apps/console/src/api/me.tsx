import { useSuspenseQuery } from "@tanstack/react-query";
import { decide, type Act, type ManagedNode, type Target } from "@bilbycast/contracts/manager-api";
import { ask } from "./browser.tsx";

/** Who sits here. The frame loads it before any page is drawn. */
export const useMe = () => useSuspenseQuery({ ...ask("me"), staleTime: 60_000 }).data;

/** May be done, or what it takes: the sentence of the button that is off. */
export type May = { is: true } | { is: false; why: string };

const ROLES: Readonly<Record<string, string>> = {
  viewer: "Needs Viewer.",
  operator: "Needs Operator.",
  admin: "Needs Admin.",
  super_admin: "Needs a super admin.",
  owner: "Needs Admin of the group that owns the node.",
  person: "Not by a token.",
};

/** Judged by the same function as on the server, which judges again. */
export const useMay = (): ((act: Act, target?: Target) => May) => {
  const { access } = useMe();
  return (act, target) => {
    const verdict = decide(act, access, target, new Date().toISOString());
    return verdict.is === "allowed"
      ? { is: true }
      : { is: false, why: verdict.is === "refused" ? (ROLES[verdict.needs] ?? "") : "Not yours." };
  };
};

/** What a group is called. Of one that this person does not see, which shares a node with them, the id is all that is known. */
export const useGroupName = (): ((id: string) => string) => {
  const { groups } = useMe();
  return (id) => groups.find((group) => group.id === id)?.name ?? id;
};

/** The node as acts are judged by it. What it is shared for is known only by what the caller may do with it. */
export const targetOf = (node: Pick<ManagedNode, "id" | "owner_group_id">): Target => ({
  node: { nodeId: node.id, ownerGroupId: node.owner_group_id, shares: [] },
});
