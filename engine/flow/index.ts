export { Engine, type EngineOptions } from "./engine.ts";
export { ENGINE_EVENTS, ENGINE_FAULTS } from "./codes.ts";
export type { MediaSnapshot } from "./engine-media.ts";
export type { FlowPicture, PictureFailure, PictureListener, PictureSnapshot } from "./flow-pictures.ts";
export type { BusTap } from "./orders.ts";
export { INPUT_STATS, LANE_STATS, OUTPUT_STATS, statNames, type Direction } from "./part-stats.ts";
export { runLane } from "./lane-thread.ts";
export { runSessions } from "./session-thread.ts";
export type { LaneBirth } from "./orders.ts";
export type {
  Bandwidth,
  EngineEvent,
  EngineSnapshot,
  FlowPictureWishes,
  FlowSnapshot,
  FlowSpec,
  LaneSnapshot,
  PartSnapshot,
  PartSpec,
  PartState,
} from "./spec.ts";
