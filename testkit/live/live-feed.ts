import { readFileSync } from "node:fs";
import { LIVE_DATAGRAM, LiveTs } from "@bilbycast/testkit/streams";
import type { LiveSource } from "./live-orders.ts";

/** Datagrams of a source in order. */
export type LiveFeed = {
  /** Bits per second. */
  readonly rate: number;
  /** Datagrams that there are; Infinity of a made stream. */
  readonly length: number;
  /** Writes the next one, of seven packets. */
  next(target: Uint8Array, at: number): void;
};

export const openFeed = (source: LiveSource): LiveFeed => ("made" in source ? madeFeed(source.made) : fileFeed(source.file, source.rate));

const madeFeed = (options: ConstructorParameters<typeof LiveTs>[0]): LiveFeed => {
  const stream = new LiveTs(options);
  return { rate: options.rate, length: Infinity, next: (target, at) => stream.next(target, at) };
};

/** What does not fill the last datagram is left out. */
const fileFeed = (file: string, rate: number): LiveFeed => {
  const bytes = readFileSync(file);
  let from = 0;
  return {
    rate,
    length: Math.floor(bytes.length / LIVE_DATAGRAM),
    next: (target, at) => {
      target.set(bytes.subarray(from, from + LIVE_DATAGRAM), at);
      from += LIVE_DATAGRAM;
    },
  };
};
