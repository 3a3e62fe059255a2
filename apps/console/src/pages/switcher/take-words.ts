import type { Desk, Take, TakeResult } from "@bilbycast/contracts/manager-api";
import { failedText } from "./take-look.ts";

/** A take may be reverted for so long. Milliseconds. */
export const REVERT_MS = 30_000;

const KINDS: Readonly<Record<Take["kind"], string>> = { take: "Take", activate: "To air", revert: "Revert", retry: "Retry" };

/** `Take MATCH` */
export const takeName = ({ kind, preset_name: name }: Pick<Take, "kind" | "preset_name">): string => `${KINDS[kind]} ${name}`;

export type LogTone = "good" | "pending" | "warning" | "critical";

/** What became of a take, in two words, and how good that is. */
export const outcomeOf = (take: Take): { text: string; tone: LogTone } => {
  switch (take.state) {
    case "taking":
      return { text: "taking", tone: "pending" };
    case "verifying":
      return { text: "verifying", tone: "pending" };
    case "verified":
      return { text: take.verified_ms === null ? "verified" : `verified ${Math.round(take.verified_ms)} ms`, tone: "good" };
    case "unconfirmed":
      return { text: "not verified", tone: "warning" };
    case "partial":
      return { text: failedText(take), tone: "warning" };
    case "failed":
      return { text: "failed", tone: "critical" };
    case "interrupted":
      return { text: "interrupted", tone: "critical" };
  }
};

/** What became of one action. */
export const resultText = ({ state, error, verified_ms: verified }: TakeResult, isOver: boolean): string => {
  switch (state) {
    case "verified":
      return verified === null ? "Verified" : `Verified ${Math.round(verified)} ms`;
    case "unchanged":
      return "On air already";
    case "acknowledged":
      return isOver ? "Obeyed" : "Obeyed, waits for proof";
    case "unconfirmed":
      return "Obeyed, not seen to leave";
    case "failed":
      return error ?? "Failed";
    case "unknown":
      return error ?? "Not known";
    case "pending":
      return "Sent";
  }
};

/** Why there is no preset on PGM, in the place of its name. */
export const lostText = (reason: NonNullable<Desk["pgm_lost"]>["reason"], label: string): string => {
  switch (reason) {
    case "drifted":
      return `${label} was changed on a node`;
    case "interrupted":
      return `A take of ${label} was interrupted`;
    case "changed":
      return `${label} was edited`;
  }
};

/** What is said aloud when a bus changes; empty: nothing new. */
export const announcementOf = (
  before: Pick<Desk, "pgm" | "pvw" | "taking"> | undefined,
  after: Pick<Desk, "pgm" | "pvw" | "taking"> | undefined,
  labelOf: (presetId: string) => string,
): string => {
  if (before === undefined || after === undefined) {
    return "";
  }
  const parts: string[] = [];
  if (before.taking !== after.taking && after.taking !== null) {
    parts.push("Taking");
  }
  if (before.pgm?.preset_id !== after.pgm?.preset_id || before.pgm?.state !== after.pgm?.state) {
    parts.push(
      after.pgm === null ? "PGM is not known" : `PGM ${labelOf(after.pgm.preset_id)}${after.pgm.state === "partial" ? ", partial" : ""}`,
    );
  }
  if (before.pvw?.preset_id !== after.pvw?.preset_id) {
    parts.push(after.pvw === null ? "PVW is clear" : `PVW ${labelOf(after.pvw.preset_id)}`);
  }
  return parts.join(". ");
};
