import type { Microseconds } from "@bilbycast/foundation/time";

/** What pictures are wished of an input. */
export type PictureWishes = {
  /** For people: whose pictures they are. */
  name: string;
  /** From one picture to the next. */
  interval: Microseconds;
  /** program_number; absent: the lowest with video. */
  program?: number;
  /** Somebody looks: five pictures a second instead. */
  live: boolean;
};

export const isSameWish = (left: PictureWishes | undefined, right: PictureWishes | undefined): boolean =>
  left === right ||
  (left !== undefined &&
    right !== undefined &&
    left.name === right.name &&
    left.interval === right.interval &&
    left.program === right.program &&
    left.live === right.live);

/** Why no picture can be taken of what comes in. */
export type PictureTroubleCode =
  | "no_data"
  | "no_tables"
  | "no_program"
  | "no_video"
  | "unsupported_codec"
  | "scrambled"
  | "no_parameter_sets"
  | "too_large";

/** `sinceMs`: milliseconds since the epoch. */
export type PictureTrouble = { code: PictureTroubleCode; message: string; sinceMs: number };
