import type { RejectReason } from "./reject-reason.ts";

/** What a person may want to know of a socket; told when it happens, never per packet. */
export type SrtEvent =
  | {
      event: "connected";
      /** `ip:port`; empty on a connected socket. */
      peer: string;
      peerVersion: string;
      streamId: string;
      /** Bits of the key; 0: not encrypted. */
      encryption: number;
      receiveLatencyMs: number;
      sendLatencyMs: number;
    }
  /** The connection ended: the peer said so, fell silent, or another took its place. */
  | { event: "disconnected"; peer: string; reason: "shutdown" | "idle" | "replaced" }
  /** A handshake failed. `by`: who said no. */
  | { event: "refused"; peer: string; by: "us" | "peer"; reason: RejectReason; code: number };

export type ReportEvent = (event: SrtEvent) => void;

/** 0x00XXYYZZ as people write it. */
export const versionText = (version: number): string => `${version >>> 16}.${(version >>> 8) & 0xff}.${version & 0xff}`;
