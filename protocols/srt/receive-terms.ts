import type { Instant } from "@bilbycast/foundation/time";
import type { FecShape } from "./packet-filter.ts";

/** What the handshake agreed on for this direction. */
export type ReceiveTerms = {
  initialSequence: number;
  latencyMs: number;
  stamp: number;
  heardAt: Instant;
  filter: FecShape | undefined;
  socketId: number;
  peerIsPatient: boolean;
  peerMarks: boolean;
};
