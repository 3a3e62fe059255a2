/** A desk that was armed stays so for ten minutes of use. */
export const ARMED_MS = 600_000;
/** Whoever looks elsewhere for so long does not know any more what is on air. */
export const HIDDEN_MS = 60_000;

/** Why a desk that was armed is safe again. */
export type SafeWhy = "expired" | "hidden" | "reconnected" | "taken-over" | "let-go";

/** Of one person and one tab. safe: nothing goes on air from here. `until`, `hiddenSince`: milliseconds of the caller's clock. */
export type Arming = { is: "safe"; why?: SafeWhy } | { is: "armed"; until: number; hiddenSince?: number };

/** use: something was loaded or taken. hide, show: the tab went behind others and came back. */
export type ArmingAct = "arm" | "use" | "hide" | "show" | "reconnect" | "take-over" | "let-go" | "tick";

export const SAFE: Arming = { is: "safe" };

/** The next state of a desk. The same object where nothing changes. */
export const nextArming = (arming: Arming, act: ArmingAct, now: number): Arming => {
  if (act === "arm") {
    return { is: "armed", until: now + ARMED_MS };
  }
  const at = settle(arming, now);
  if (at.is === "safe") {
    return at;
  }
  switch (act) {
    case "use":
      return { ...at, until: now + ARMED_MS };
    case "hide":
      return at.hiddenSince === undefined ? { ...at, hiddenSince: now } : at;
    case "show":
      return at.hiddenSince === undefined ? at : { is: "armed", until: at.until };
    case "reconnect":
      return { is: "safe", why: "reconnected" };
    case "take-over":
      return { is: "safe", why: "taken-over" };
    case "let-go":
      return { is: "safe", why: "let-go" };
    case "tick":
      return at;
  }
};

/** What time alone has done: timers of a hidden tab are late, so each act asks. */
const settle = (arming: Arming, now: number): Arming => {
  if (arming.is === "safe") {
    return arming;
  }
  if (arming.hiddenSince !== undefined && now - arming.hiddenSince >= HIDDEN_MS) {
    return { is: "safe", why: "hidden" };
  }
  return now >= arming.until ? { is: "safe", why: "expired" } : arming;
};

/** `09:41`: until it is safe again, and never more than the whole: the clock of who asks may be a little behind. */
export const restText = (until: number, now: number): string => {
  const seconds = Math.max(0, Math.ceil(Math.min(ARMED_MS, until - now) / 1_000));
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
};
