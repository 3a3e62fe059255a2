import type { OpenSessionOutput } from "@bilbycast/engine/transport";
import type { declaration } from "./declaration.ts";
import { RtmpOutput } from "./rtmp-output.ts";

/** Publishes a program of the flow; see `RtmpOutput`. */
export const openOutput: OpenSessionOutput<typeof declaration> = (config, context) => new RtmpOutput(config, context);
