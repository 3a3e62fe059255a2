import { useState } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { Picture } from "../../parts/picture.tsx";
import { pictureUrl } from "../dashboard/fleet-cells.tsx";

/** A still for who asks for it: a narrow line carries nothing that nobody looks at. It stays the one that was asked for. */
export const AskedPicture = ({ card, flowId }: { card: NodeCard; flowId: string }) => {
  const [shown, setShown] = useState<NodeCard["pictures"][string]>();
  const picture = card.pictures[flowId];
  if (picture === undefined) {
    return null;
  }
  return shown === undefined ? (
    <button type="button" className="btn" onClick={() => setShown(picture)}>
      Show picture
    </button>
  ) : (
    <button type="button" className="oc-still" aria-label={`${picture.flow_name}, newer picture`} onClick={() => setShown(picture)}>
      <Picture of={shown.flow_name} src={pictureUrl(card.id, flowId, shown.tag)} takenAt={Date.parse(shown.at)} />
    </button>
  );
};
