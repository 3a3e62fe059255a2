import { useState } from "react";
import { heldOrder } from "./order.ts";

/**
 * The order of live rows: while the pointer is over them nothing moves, and what would is counted. Another `wish` of the
 * person, a sort or a filter, is done at once.
 */
export const useHeldOrder = (wanted: readonly string[], wish: string) => {
  const [isHeld, setHeld] = useState(false);
  const [shown, setShown] = useState<readonly string[]>(wanted);
  const [shownWish, setShownWish] = useState(wish);
  const held = isHeld ? heldOrder(shown, wanted) : undefined;
  const ids = held !== undefined && wish === shownWish ? held.ids : wanted;
  if (wish !== shownWish) {
    setShownWish(wish);
  }
  if (!isSame(ids, shown)) {
    setShown(ids);
  }
  return {
    ids: isSame(ids, shown) ? shown : ids,
    movedUp: held?.movedUp ?? 0,
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
