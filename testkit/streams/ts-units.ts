import { setU16, setU32, u32 } from "@bilbycast/foundation/bytes";

const TS_PACKET_SIZE = 188;
const SYNC_BYTE = 0x47;
/** Padding that no decoder looks at. ISO/IEC 13818-1 §2.4.3.3. */
const NULL_PID = 0x1fff;
const PAYLOAD_ONLY = 0x10;

/** Whole TS packets, null packets of PID 0x1fff, that carry `mark` (32 bits) so that a test knows them again. */
export const tsUnit = (mark: number, packets = 7): Uint8Array => {
  const unit = new Uint8Array(packets * TS_PACKET_SIZE).fill(0xff);
  for (let at = 0; at < unit.length; at += TS_PACKET_SIZE) {
    unit[at] = SYNC_BYTE;
    setU16(unit, at + 1, NULL_PID);
    unit[at + 3] = PAYLOAD_ONLY | ((at / TS_PACKET_SIZE) & 0x0f);
    setU32(unit, at + 4, mark);
  }
  return unit;
};

/** The mark of a unit. */
export const markOf = (unit: Uint8Array): number => u32(unit, 4);
