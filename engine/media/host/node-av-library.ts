import type * as Constants from "node-av/constants";
import type * as Av from "node-av/lib";

/** FFmpeg inside this process. */
export type Library = { av: typeof Av; c: typeof Constants };

/** FFmpeg's quantizer scale: 118 is one step. */
export const QUANTIZER = 118;

/** Throws with FFmpeg's own words for a result below 0. */
export const succeed = ({ av }: Library, result: number, what: string): void => {
  if (result < 0) {
    throw new Error(`${what}: ${new av.FFmpegError(result).message}`);
  }
};
