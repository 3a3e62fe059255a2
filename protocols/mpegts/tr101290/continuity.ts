import { discontinuityIndicator, hasPayload } from "../packet.ts";
import { DOUBLED, UNSEEN, type PidTable } from "./pid-table.ts";

/** In the fourth byte of a packet. */
const PAYLOAD = 0x10;

/** The packet is the one to come. */
export const FOLLOWS = 0;

/**
 * How a packet follows the one before it on its PID: FOLLOWS, or how many packets are missing between the two as far as 4 bits tell, 16 for
 * one that came too often. One duplicate is allowed, a packet without payload repeats the counter, and a discontinuity indicator begins anew.
 * A loss of 16 packets, or a multiple, cannot be seen. `fourth`: the byte of the header that holds the counter. ISO/IEC 13818-1 §2.4.3.3.
 */
export const lookAtContinuity = (table: PidTable, place: number, fourth: number, bytes: Uint8Array, at: number): number => {
  const counter = fourth & 0x0f;
  const last = table.counters[place] ?? UNSEEN;
  table.counters[place] = counter;
  if ((fourth & PAYLOAD) !== 0 && counter === ((last + 1) & 0x0f) && last !== UNSEEN) {
    table.flags[place] = (table.flags[place] ?? 0) & ~DOUBLED;
    return FOLLOWS;
  }
  return lookCloser(table, place, bytes, at, counter, last);
};

/** A third packet of the same counter. */
export const TOO_OFTEN = 16;

const lookCloser = (table: PidTable, place: number, bytes: Uint8Array, at: number, counter: number, last: number): number => {
  const flags = table.flags[place] ?? 0;
  if (last === UNSEEN || discontinuityIndicator(bytes, at)) {
    table.flags[place] = flags & ~DOUBLED;
    return FOLLOWS;
  }
  if (!hasPayload(bytes, at)) {
    return (counter - last) & 0x0f;
  }
  if (counter === last) {
    table.flags[place] = flags | DOUBLED;
    return (flags & DOUBLED) === 0 ? FOLLOWS : TOO_OFTEN;
  }
  table.flags[place] = flags & ~DOUBLED;
  return (counter - last - 1) & 0x0f;
};
