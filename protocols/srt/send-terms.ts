import type { FecShape } from "./packet-filter.ts";

/** What the handshake agreed on for the sender's direction. */
export type SendTerms = {
  initialSequence: number;
  latencyMs: number;
  flowWindow: number;
  /** Longest IP packet, bytes. */
  mss: number;
  peerDropsLate: boolean;
  peerRepeatsNaks: boolean;
  peerKnowsRetransmissions: boolean;
  /** Payloads are encrypted, or must not be sent where no key could be agreed on. */
  secure: boolean;
  tagged: boolean;
  filter: FecShape | undefined;
};

export const NO_TERMS: SendTerms = {
  initialSequence: 0,
  latencyMs: 0,
  flowWindow: 0,
  mss: 0,
  peerDropsLate: false,
  peerRepeatsNaks: false,
  peerKnowsRetransmissions: false,
  secure: false,
  tagged: false,
  filter: undefined,
};
