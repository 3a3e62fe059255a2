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

/** A node of which no more is known than whose it is. */
export const targetOf = (node: Pick<ManagedNode, "id" | "owner_group_id">): Target => ({
  node: { nodeId: node.id, ownerGroupId: node.owner_group_id, shares: [] },
});

/**
 * What may be done to a node. With whom it is shared is its owner's business alone: what a share gives here is known by what the caller may
 * do, and never makes a native right of it.
 */
export const useMayOn = (): ((act: Act, node: Pick<ManagedNode, "id" | "owner_group_id" | "permission" | "is_shared">) => May) => {
  const may = useMay();
  const { access } = useMe();
  return (act, { id, owner_group_id: owner, permission, is_shared: isShared }) => {
    const groups = isShared ? access.memberships.map(({ group_id: group }) => group) : [];
    const shares = groups.filter((group) => group !== owner).map((group) => ({ group_id: group, permission, expires_at: null }));
    return may(act, { node: { nodeId: id, ownerGroupId: owner, shares } });
  };
};
