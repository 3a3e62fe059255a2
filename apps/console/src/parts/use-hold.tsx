import { useEffect, useRef, useState } from "react";
import { HOLD_MS, nextHold, type Hold, type HoldAct } from "./hold.ts";

/** `hold` is as it was drawn, `now` as it is. */
export type Holder = { hold: Hold; now: () => Hold; act: (what: HoldAct) => void };

/** A press that is held, as a value of the page: feed it presses, and it calls `onHeld` when it was long enough. */
export const useHold = (onHeld: () => void, holdMs = HOLD_MS): Holder => {
  const [hold, setHold] = useState<Hold>({ is: "rest" });
  const newest = useRef(hold);
  const held = useRef(onHeld);
  held.current = onHeld;

  const act = (what: HoldAct): void => {
    const next = nextHold(newest.current, what, performance.now(), holdMs);
    newest.current = next.hold;
    setHold(next.hold);
    if (next.fires) {
      held.current();
    }
  };
  useEffect(() => {
    if (hold.is === "rest") {
      return undefined;
    }
    const timer = window.setInterval(() => act("tick"), 50);
    return () => window.clearInterval(timer);
  });
  return { hold, now: () => newest.current, act };
};
