import type { MessagePort } from "node:worker_threads";
import type { RingLayout } from "@bilbycast/engine/io";

/** What a thread that reads a bus is born with. */
export type ReaderBirth = {
  buffer: SharedArrayBuffer;
  /** The WebAssembly.Memory whose buffer that is. */
  memory: object;
  layout: RingLayout;
  limit: number;
  count: number;
  naps: boolean;
  port: MessagePort;
};

/** Bytes of a packet's number, then of the hash of all that follows. */
export const STAMP = 24;
