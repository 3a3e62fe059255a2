import type { RingLayout } from "@bilbycast/engine/io";
import type { MessagePort } from "node:worker_threads";
import type { PictureWishes } from "./pictures/picture-wishes.ts";
import type { AnalysisEvent, InputReport } from "./input-report.ts";

/** What is looked for in an input besides its programs. */
export type AnalysisWishes = {
  /** The checks of TR 101 290. */
  tr101290: boolean;
  /** Codecs, sizes, rates. */
  media: boolean;
  /** Absent: none are made. */
  pictures?: PictureWishes;
};

/** Set in the number of an input beside a unit that was chosen for its tables: what came between such units is not in the ring. */
export const TABLES_ALONE = 0x8000_0000;

/** What main tells the analysers: data. */
export type AnalysisOrder =
  /** A lane's mirror is to be read. `memory`: its WebAssembly.Memory. */
  | { do: "lane"; lane: number; memory: object; layout: RingLayout }
  | { do: "endLane"; lane: number }
  /** An input is there, or something else is wished of it; unknown ones are passed over. */
  | { do: "watch"; tag: number; lane: number; wishes: AnalysisWishes }
  | { do: "forget"; tag: number }
  /** A picture of the input is wanted now. */
  | { do: "capture"; tag: number }
  /** Where what is to become pictures goes; transferred. */
  | { do: "pictures"; port: MessagePort }
  | { do: "stop" };

/** What they say. */
export type AnalysisMessage =
  /** Once a second: the inputs that have something to say. */
  | { report: "inputs"; inputs: { tag: number; report: InputReport }[] }
  | { report: "event"; tag: number; event: AnalysisEvent }
  /** Units of a lane were overwritten before they were looked at, since the last time that this was told. */
  | { report: "overrun"; lane: number; lost: number };

export type AnalysisBirth = { port: MessagePort };
