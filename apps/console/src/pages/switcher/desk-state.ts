import { SAFE, type Arming } from "./arming.ts";

/** A press that the desk has not answered yet. `presetId`: what it puts on air. */
export type Press = { does: "take" | "activate" | "revert" | "retry"; presetId: string; at: number; takeId: string | undefined };

/** What was refused, in words, and what it was that was asked. */
export type Failure = { asked: string; sentence: string; code: string };

/** A take of which preset, or the revert of which take, an impact is of. */
export type ImpactOf = { presetId: string } | { revertOf: string };
export const impactId = (of: ImpactOf | undefined): string | undefined =>
  of === undefined ? undefined : "presetId" in of ? of.presetId : of.revertOf;

/** `by`: what a pointer looks at ends when it goes elsewhere. */
export type Looked = { by: "key" | "pointer" } & ImpactOf;

/** What this tab knows of a desk beside what the desk says itself. Times in milliseconds. */
export type DeskState = {
  arming: Arming;
  press: Press | undefined;
  /** What was loaded into PVW here and is not there yet; `presetId` null: cleared. */
  wanted: { presetId: string | null; at: number } | undefined;
  failure: Failure | undefined;
  /** A preset, or a revert of the newest take, whose impact is shown and nothing more. */
  looked: Looked | undefined;
  /** A key that is held on its way straight to air. */
  held: string | undefined;
  /** When the newest take was seen first, and when it was seen to be over. */
  take: { id: string; seenAt: number; overAt: number | undefined } | undefined;
  /** Who took the desk over from this person. */
  takenOverBy: string | undefined;
};

export const FIRST_STATE: DeskState = {
  arming: SAFE,
  press: undefined,
  wanted: undefined,
  failure: undefined,
  looked: undefined,
  held: undefined,
  take: undefined,
  takenOverBy: undefined,
};

/** No answer for so long: the mark goes, and it is said. */
export const NO_ANSWER_MS = 10_000;
