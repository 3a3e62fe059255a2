import type { Impact, Take } from "@bilbycast/contracts/manager-api";
import { counted } from "../../words/numbers.ts";
import { isOver } from "./desk-rows.ts";
import { CHECK_HOLDS_MS, holdReasonOf } from "./impact-view.ts";

/** How long the result of a take stands on the button. Milliseconds. */
export const RESULT_MS = 2_000;
/** From then on the node that is waited for is named. */
const SLOW_MS = 1_000;

/** What is known of what a take would change. `age` in milliseconds since it was asked. */
export type Check = { is: "none" } | { is: "checking" } | { is: "failed"; code: string } | { is: "ready"; impact: Impact; age: number };

export type TakeScene = {
  /** Why this person may not take at all. */
  refusal: string | undefined;
  isLost: boolean;
  /** Who else keeps the desk. */
  lockedBy: string | undefined;
  /** The preset in PVW. */
  pvwId: string | undefined;
  isArmed: boolean;
  check: Check;
  isEmergency: boolean;
  /** A press that nobody has answered yet, milliseconds ago. */
  pressedFor: number | undefined;
  /** The newest take of the desk, and how long ago it was seen to begin and to be over here. */
  take: Take | undefined;
  takingFor: number;
  overFor: number | undefined;
};

/**
 * What the button is. off: it cannot be pressed, and `small` says why. safe: holding it arms the desk. armed: one press takes.
 * hold: it is held to take. taking, taken, partial, failed: what became of the last press.
 */
export type TakeLook = {
  is: "nothing" | "off" | "safe" | "checking" | "blocked" | "armed" | "hold" | "taking" | "taken" | "partial" | "failed";
  word: "TAKE" | "TAKING" | "TAKEN" | "PARTIAL" | "FAILED";
  small: string;
};

export const takeLookOf = (scene: TakeScene): TakeLook => {
  const { refusal, isLost, lockedBy, pvwId, isArmed, check } = scene;
  const take = (is: TakeLook["is"], small: string): TakeLook => ({ is, word: "TAKE", small });
  const under = underWayOf(scene) ?? resultOf(scene);
  if (under !== undefined) {
    return under;
  }
  if (refusal !== undefined) {
    return take("off", refusal);
  }
  if (isLost) {
    return take("off", "No connection");
  }
  if (lockedBy !== undefined) {
    return take("off", `Locked by ${lockedBy}`);
  }
  if (!isArmed) {
    return take("safe", "Hold to arm");
  }
  if (pvwId === undefined) {
    return take("nothing", "Load a key");
  }
  return checkedLookOf(check, scene.isEmergency);
};

const checkedLookOf = (check: Check, onEmergencyPage: boolean): TakeLook => {
  const take = (is: TakeLook["is"], small: string): TakeLook => ({ is, word: "TAKE", small });
  if (check.is === "failed") {
    return take("blocked", "Not checked");
  }
  if (check.is !== "ready" || check.age > CHECK_HOLDS_MS) {
    return take("checking", check.is === "ready" ? `Check is ${Math.floor(check.age / 1_000)} s old` : "Checking");
  }
  if (check.impact.is_blocked) {
    return take("blocked", "Blocked, see list");
  }
  const reason = holdReasonOf(check.impact, onEmergencyPage);
  return reason === undefined ? take("armed", "Space") : take("hold", `${reason}, hold`);
};

/** Another key is loaded: whoever is that fast is not kept from the next take by the proof of the last. */
const isNextLoaded = ({ pvwId, take }: TakeScene): boolean => pvwId !== undefined && pvwId !== take?.preset_id;

const underWayOf = (scene: TakeScene): TakeLook | undefined => {
  const { pressedFor, take, takingFor } = scene;
  if (take !== undefined && !isOver(take) && !(take.state === "verifying" && isNextLoaded(scene) && pressedFor === undefined)) {
    return { is: "taking", word: "TAKING", small: progressOf(take, takingFor) };
  }
  return pressedFor === undefined ? undefined : { is: "taking", word: "TAKING", small: "Sent" };
};

/** `3 of 4 nodes`; over a second, who is waited for. */
export const progressOf = (take: Take, takingFor: number): string => {
  const nodes = new Map<string, boolean>();
  for (const { node_name: node, state } of take.results) {
    const isDone = state !== "pending" && (take.state === "taking" || state !== "acknowledged");
    nodes.set(node, (nodes.get(node) ?? true) && isDone);
  }
  const waiting = [...nodes].filter(([, isDone]) => !isDone).map(([node]) => node);
  if (takingFor >= SLOW_MS && waiting[0] !== undefined) {
    return `Waits for ${waiting[0]}${waiting.length > 1 ? ` +${waiting.length - 1}` : ""}`;
  }
  return `${nodes.size - waiting.length} of ${counted(nodes.size, "node")}`;
};

const resultOf = (scene: TakeScene): TakeLook | undefined => {
  const { take, overFor, pvwId } = scene;
  if (take === undefined || overFor === undefined) {
    return undefined;
  }
  const isNew = overFor < RESULT_MS && !isNextLoaded(scene);
  switch (take.state) {
    case "verified":
      return isNew
        ? { is: "taken", word: "TAKEN", small: take.verified_ms === null ? "Verified" : `${Math.round(take.verified_ms)} ms` }
        : undefined;
    case "unconfirmed":
      return isNew ? { is: "taken", word: "TAKEN", small: "Not verified" } : undefined;
    case "partial":
      // As long as what was half taken waits in PVW; another key is another take.
      return isNew || (take.can_retry && take.preset_id === pvwId)
        ? { is: "partial", word: "PARTIAL", small: failedText(take) }
        : undefined;
    case "failed":
    case "interrupted":
      return isNew ? { is: "failed", word: "FAILED", small: take.state === "failed" ? "Nothing taken" : "Interrupted" } : undefined;
    case "taking":
    case "verifying":
      return undefined;
  }
};

/** `1 of 4 failed`. */
export const failedText = ({ results }: Pick<Take, "results">): string =>
  `${results.filter(({ ok }) => !ok).length} of ${results.length} failed`;
