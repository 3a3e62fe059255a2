/** How old a value is to the eye. fresh: nothing is said. aging: its age stands beside it. old: dimmed and hatched as well. */
export type Age = "fresh" | "aging" | "old";

const FRESH_MS = 2_000;
const OLD_MS = 10_000;

export const ageOf = (heardAt: number | undefined, now: number): Age => {
  const age = heardAt === undefined ? Number.POSITIVE_INFINITY : now - heardAt;
  return age < FRESH_MS ? "fresh" : age <= OLD_MS ? "aging" : "old";
};

/** A still or live tile: dimmed over 10 s, and over 60 s no picture at all. */
export type PictureAge = "live" | "dimmed" | "none";

export const pictureAgeOf = (takenAt: number | undefined, now: number): PictureAge => {
  const age = takenAt === undefined ? Number.POSITIVE_INFINITY : now - takenAt;
  return age <= 10_000 ? "live" : age <= 60_000 ? "dimmed" : "none";
};
