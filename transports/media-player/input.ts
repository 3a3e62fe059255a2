import type { OpenSessionInput } from "@bilbycast/engine/transport";
import type { declaration } from "./declaration.ts";
import { Player } from "./player.ts";

/** Plays the sources into the flow; see `Player`. */
export const openInput: OpenSessionInput<typeof declaration> = (config, context) => new Player(config, context);
