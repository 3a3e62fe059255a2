import type { JobSpec } from "./jobs.ts";

/** A 720p picture at 30 frames a second. */
const FULL = 1_280 * 720 * 30;
const ENCODING_FULL = 200;
const LIVE_PICTURES = 60;
const KEY_PICTURES = 2;

/** What a job costs, in parts of a node's `units_total`: 200 for an encoder of 720p30, of which a physical core makes one at ease. */
export const workOf = (spec: JobSpec): number =>
  spec.kind === "test-signal"
    ? Math.ceil((ENCODING_FULL * spec.width * spec.height * spec.fps) / FULL)
    : spec.from === "key"
      ? KEY_PICTURES
      : LIVE_PICTURES;
