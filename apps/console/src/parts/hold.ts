/** rest: nothing is pressed. filling: it is held. confirming: it was pressed once by keys and waits for the second press. done. */
export type Hold = { is: "rest" } | { is: "filling"; since: number } | { is: "confirming"; until: number } | { is: "done"; at: number };

/** How long a dangerous press is held. */
export const HOLD_MS = 600;
/** How long the second press of the other way is waited for. */
const CONFIRM_MS = 3_000;
/** Keys that repeat and fingers that bounce must not do it twice. */
const GUARD_MS = 300;

/** What happens to the button: it is pressed and let go, or, for whoever cannot hold, pressed twice; time goes by. */
export type HoldAct = "press" | "release" | "tap" | "tick";

/** The next state of a hold, and whether the act is to be done now. */
export const nextHold = (hold: Hold, act: HoldAct, now: number, holdMs = HOLD_MS): { hold: Hold; fires: boolean } => {
  const settled = settle(hold, now, holdMs);
  if (settled.fires) {
    return settled;
  }
  const at = settled.hold;
  if (act === "press" && (at.is === "rest" || at.is === "confirming")) {
    return { hold: { is: "filling", since: now }, fires: false };
  }
  if (act === "release" && at.is === "filling") {
    return { hold: { is: "rest" }, fires: false };
  }
  if (act === "tap" && at.is === "confirming") {
    return { hold: { is: "done", at: now }, fires: true };
  }
  return act === "tap" && at.is === "rest" ? { hold: { is: "confirming", until: now + CONFIRM_MS }, fires: false } : settled;
};

const settle = (hold: Hold, now: number, holdMs: number): { hold: Hold; fires: boolean } => {
  switch (hold.is) {
    case "rest":
      return { hold, fires: false };
    case "filling":
      return now - hold.since >= holdMs ? { hold: { is: "done", at: now }, fires: true } : { hold, fires: false };
    case "confirming":
      return { hold: now >= hold.until ? { is: "rest" } : hold, fires: false };
    case "done":
      return { hold: now - hold.at >= GUARD_MS ? { is: "rest" } : hold, fires: false };
  }
};
