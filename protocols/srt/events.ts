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
  /** The connection ended: the peer said so, fell silent, another took its place, or what it brought was out of the range of its group. */
  | { event: "disconnected"; peer: string; reason: "shutdown" | "idle" | "replaced" | "astray" }
  /** A link of a backup group begins to send. */
  | { event: "link_active"; weight: number }
  /** A handshake failed. `by`: who said no. */
  | { event: "refused"; peer: string; by: "us" | "peer"; reason: RejectReason; code: number };

export type ReportEvent = (event: SrtEvent) => void;

/** 0x00XXYYZZ as people write it. */
export const versionText = (version: number): string => `${version >>> 16}.${(version >>> 8) & 0xff}.${version & 0xff}`;
