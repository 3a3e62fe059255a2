import { useState } from "react";
import { heldOrder } from "./order.ts";

/** The order of live rows: while the pointer is over them or focus in them nothing moves, and what would is counted. */
export const useHeldOrder = (wanted: readonly string[]) => {
  const [isHeld, setHeld] = useState(false);
  const [shown, setShown] = useState<readonly string[]>(wanted);
  const held = heldOrder(shown, wanted);
  const ids = isHeld ? held.ids : wanted;
  if (!isSame(ids, shown)) {
    setShown(ids);
  }
  return {
    ids: isSame(ids, shown) ? shown : ids,
    movedUp: isHeld ? held.movedUp : 0,
    /** Takes the new order at once. */
    release: () => setShown(wanted),
    hold: {
      onPointerEnter: () => setHeld(true),
      onPointerLeave: () => setHeld(false),
    },
  };
};

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((id, i) => id === other[i]));
