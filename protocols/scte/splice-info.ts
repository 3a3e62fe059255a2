import { BitReader, crc32, u16 } from "@bilbycast/foundation/bytes";
import { readSpliceCommand, type SpliceCommand } from "./splice-command.ts";
import { readSpliceDescriptors, type SpliceDescriptor } from "./splice-descriptors.ts";

/** table_id of a splice_info_section. ANSI/SCTE 35 §9.6. */
export const SPLICE_INFO_TABLE = 0xfc;

/** Bytes from table_id to splice_command_length. */
const HEADER_SIZE = 13;
const CRC_SIZE = 4;
/** Streams made before 2007 do not say how long the command is. */
const LENGTH_UNKNOWN = 0xfff;

/** encryption_algorithm 1 to 3. Table 27. */
const ALGORITHMS: readonly (string | undefined)[] = [undefined, "DES-ECB", "DES-CBC", "3DES-EDE3-ECB"];

/** splice_info_section. §9.6. */
export type SpliceInfo = {
  /** 33 bits of 90 kHz; already added to every time in `command`. */
  ptsAdjustment: number;
  /** 12 bits; 0xFFF: for everybody. */
  tier: number;
  /** Command and descriptors are encrypted, by that algorithm, and not read. */
  encryption?: string;
  /** Absent when encrypted. */
  command?: SpliceCommand;
  descriptors: SpliceDescriptor[];
};

/** `undefined` for anything that is no right splice_info_section: wrong CRC, cut off, or of another protocol_version than 0. */
export const readSpliceInfo = (section: Uint8Array): SpliceInfo | undefined => {
  const size = 3 + (u16(section, 1) & 0x0fff);
  if (section[0] !== SPLICE_INFO_TABLE || size !== section.length || size < HEADER_SIZE + 1 + 2 + CRC_SIZE) {
    return undefined;
  }
  if (crc32(section, 0, size) !== 0 || section[3] !== 0) {
    return undefined;
  }
  const reader = new BitReader(section, 4);
  const isEncrypted = reader.flag();
  const algorithm = reader.read(6);
  const ptsAdjustment = reader.read(1) * 2 ** 32 + reader.read(32);
  reader.skip(8);
  const tier = reader.read(12);
  if (isEncrypted) {
    return { ptsAdjustment, tier, encryption: ALGORITHMS[algorithm] ?? `algorithm ${algorithm}`, descriptors: [] };
  }
  return readClear(section, reader.read(12), ptsAdjustment, tier, size - CRC_SIZE);
};

const readClear = (
  section: Uint8Array,
  declaredLength: number,
  ptsAdjustment: number,
  tier: number,
  end: number,
): SpliceInfo | undefined => {
  const from = HEADER_SIZE + 1;
  const limit = declaredLength === LENGTH_UNKNOWN ? end : from + declaredLength;
  if (limit > end) {
    return undefined;
  }
  const found = readSpliceCommand(section[HEADER_SIZE] ?? 0, section, from, limit, ptsAdjustment);
  if (found === undefined) {
    return undefined;
  }
  const loop = declaredLength === LENGTH_UNKNOWN ? found.end : limit;
  const loopEnd = loop + 2 + u16(section, loop);
  if (loopEnd > end) {
    return undefined;
  }
  const descriptors = readSpliceDescriptors(section, loop + 2, loopEnd);
  return descriptors === undefined ? undefined : { ptsAdjustment, tier, command: found.command, descriptors };
};
