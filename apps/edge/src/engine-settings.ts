import { availableParallelism } from "node:os";
import { Fault } from "@bilbycast/foundation/fault";

/** How the engine is to be run on this machine. */
export type EngineSettings = {
  lanes: number;
  tick: "auto" | number;
  backend: "auto" | "koffi" | "ffi" | "dgram";
  /** Libraries of codecs in the order in which they are tried. */ codecs: readonly CodecLibrary[];
};

type CodecLibrary = "node-av" | "ffmpeg";

/**
 * Settings for the rare case that the engine's own choice is wrong: BILBYCAST_LANES (1 to 64), BILBYCAST_TICK_US (0 to 20000),
 * BILBYCAST_BACKEND (koffi, ffi, dgram), BILBYCAST_CODECS (node-av, ffmpeg). One core is left to everything that is not a lane. Throws the Fault `engine_setting_invalid`.
 */
export const engineSettings = (environment: Readonly<Record<string, string | undefined>>): EngineSettings => ({
  lanes: wholeNumber(environment, "BILBYCAST_LANES", 1, 64) ?? Math.max(1, availableParallelism() - 1),
  tick: wholeNumber(environment, "BILBYCAST_TICK_US", 0, 20_000) ?? "auto",
  backend: backendOf(environment["BILBYCAST_BACKEND"]),
  codecs: codecsOf(environment["BILBYCAST_CODECS"]),
});

const wholeNumber = (
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  least: number,
  most: number,
): number | undefined => {
  const text = environment[name];
  if (text === undefined || text === "") {
    return undefined;
  }
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new Fault("engine_setting_invalid", `${name} must be a whole number from ${least} to ${most}, not "${text}"`);
  }
  return value;
};

const codecsOf = (text: string | undefined): readonly CodecLibrary[] => {
  switch (text) {
    case undefined:
    case "":
    case "auto":
      return ["node-av", "ffmpeg"];
    case "node-av":
    case "ffmpeg":
      return [text];
    default:
      throw new Fault("engine_setting_invalid", `BILBYCAST_CODECS must be auto, node-av or ffmpeg, not "${text}"`);
  }
};

const backendOf = (text: string | undefined): EngineSettings["backend"] => {
  switch (text) {
    case undefined:
    case "":
    case "auto":
      return "auto";
    case "koffi":
    case "ffi":
    case "dgram":
      return text;
    default:
      throw new Fault("engine_setting_invalid", `BILBYCAST_BACKEND must be auto, koffi, ffi or dgram, not "${text}"`);
  }
};
