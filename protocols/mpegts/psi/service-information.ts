import { setU16 } from "@bilbycast/foundation/bytes";
import { writeDescriptors, type Descriptor } from "./descriptors.ts";
import { joined } from "./section-table.ts";

/** Where the tables of EN 300 468 are sent: tables 1 and 2. */
export const NIT_PID = 0x0010;
export const SDT_PID = 0x0011;
export const EIT_PID = 0x0012;
export const RST_PID = 0x0013;
export const TDT_PID = 0x0014;

/** running_status, 3 bits: 0 undefined, 1 not running, 2 starts in a few seconds, 3 pausing, 4 running, 5 off air. Table 6. */
export type Status = { runningStatus: number; /** free_CA_mode: a part of it may be scrambled. */ isScrambled: boolean };

/** From the byte where both lie before the length of the descriptors. */
export const readStatus = (byte: number): Status => ({ runningStatus: byte >> 5, isScrambled: (byte & 0x10) !== 0 });

/**
 * `fixed` and the descriptors behind it. The last two bytes of `fixed` take their length in the low 12 bits;
 * above it stands the status, or where the table has none, bits that are reserved.
 */
export const writeEntry = (fixed: Uint8Array, status: Status | undefined, descriptors: readonly Descriptor[]): Uint8Array => {
  const list = writeDescriptors(descriptors);
  const above = status === undefined ? 0xf : ((status.runningStatus & 7) << 1) | (status.isScrambled ? 1 : 0);
  setU16(fixed, fixed.length - 2, (above << 12) | (list.length & 0x0fff));
  return joined(fixed, list);
};
