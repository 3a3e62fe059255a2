import type { NodeCard } from "@bilbycast/contracts/manager-api";

export type CardPicture = NodeCard["pictures"][string] & { flow_id: string };

const made = new WeakMap<NodeCard["pictures"], readonly CardPicture[]>();

/** The pictures of a node's flows, the same list as long as none is another. */
export const picturesOf = (card: Pick<NodeCard, "pictures">): readonly CardPicture[] => {
  const known = made.get(card.pictures);
  if (known !== undefined) {
    return known;
  }
  const list = Object.entries(card.pictures).map(([flowId, picture]) => ({ flow_id: flowId, ...picture }));
  made.set(card.pictures, list);
  return list;
};

/** Seconds for which the node has been running. */
export const upSecondsOf = (card: Pick<NodeCard, "started_at"> | undefined, now: number): number | null =>
  card === undefined || card.started_at === null ? null : Math.max(0, (now - Date.parse(card.started_at)) / 1_000);
