import { PACKET_SIZE } from "../packet.ts";

/** What a stream brings, at the most. */
export type StreamRate = {
  /** Bits per second of its access units. */
  bitrate: number;
  accessUnitsPerSecond: number;
};

const PAYLOAD = PACKET_SIZE - 4;
/** PES header with PTS and DTS, and an adaptation field with a PCR. */
const BEGINNING = 19 + 8;
/** Packets a second of tables and clock, and of the places that wait for the clock. */
const TABLES_AND_CLOCK = 80;
const RESERVE = 1.02;
const STEP = 1_000;
const LOWEST = 200_000;

/** A rate that these streams fit, with headers, stuffing, tables and clock; whole kilobits per second. */
export const multiplexRate = (streams: readonly StreamRate[]): number => {
  let packets = TABLES_AND_CLOCK;
  for (const { bitrate, accessUnitsPerSecond } of streams) {
    packets += bitrate / 8 / PAYLOAD + accessUnitsPerSecond * (1 + BEGINNING / PAYLOAD);
  }
  return Math.max(LOWEST, Math.ceil((packets * PACKET_SIZE * 8 * RESERVE) / STEP) * STEP);
};
