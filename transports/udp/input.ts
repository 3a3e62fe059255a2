import type { OpenInput } from "@bilbycast/engine/transport";
import { TsUnits } from "@bilbycast/protocols/mpegts";
import type { declaration } from "./declaration.ts";

/** Receives MPEG-TS in plain datagrams, however they are cut. */
export const openInput: OpenInput<typeof declaration> = (config, context) =>
  context.receive({ bind: config.bind_addr, fault: "udp_bind_failed" }, new TsUnits(context.memory, context.stats));
