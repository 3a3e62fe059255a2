import { crc32, u16 } from "@bilbycast/foundation/bytes";
import { check } from "@bilbycast/foundation/check";

/** section_length has 12 bits; private sections may be this long, those of PSI 1024. ISO/IEC 13818-1 §2.4.4.11, EN 300 468 §5.1.1. */
export const LONGEST_SECTION = 4_096;

const SHORT_HEADER = 3;
const LONG_HEADER = 8;
const CRC_SIZE = 4;
/** Bytes of a section around its body. */
export const LONG_SECTION_OVERHEAD = LONG_HEADER + CRC_SIZE;

/** What a section's header says apart from which table it is of. */
export type SectionHead = Pick<Section, "versionNumber" | "currentNextIndicator" | "sectionNumber" | "lastSectionNumber">;

/** A section with the long header: table_id to last_section_number, what lies between, CRC_32. ISO/IEC 13818-1 §2.4.4. */
export type Section = {
  tableId: number;
  /** transport_stream_id, program_number, service_id …: what the table says it is. */
  tableIdExtension: number;
  /** 5 bits. */
  versionNumber: number;
  /** False: it is sent ahead and becomes valid with the next version. */
  currentNextIndicator: boolean;
  sectionNumber: number;
  lastSectionNumber: number;
  /** What lies behind the header and before the CRC; a view of the section's bytes. */
  body: Uint8Array;
};

/** Bytes of a section by its section_length; `undefined` when there are too few bytes to tell. */
export const sectionSize = (bytes: Uint8Array, at: number): number | undefined =>
  at + SHORT_HEADER <= bytes.length ? SHORT_HEADER + (u16(bytes, at + 1) & 0x0fff) : undefined;

/** Whether the CRC_32 that ends the bytes is right. */
export const hasRightCrc = (section: Uint8Array): boolean => section.length > CRC_SIZE && crc32(section, 0, section.length) === 0;

/** The fields of a whole section; `undefined` for one without the long header or with a wrong CRC. */
export const readSection = (section: Uint8Array): Section | undefined => {
  const hasLongHeader = ((section[1] ?? 0) & 0x80) !== 0;
  if (!hasLongHeader || section.length < LONG_HEADER + CRC_SIZE || !hasRightCrc(section)) {
    return undefined;
  }
  return {
    tableId: section[0] ?? 0,
    tableIdExtension: u16(section, 3),
    versionNumber: ((section[5] ?? 0) >> 1) & 0x1f,
    currentNextIndicator: ((section[5] ?? 0) & 1) !== 0,
    sectionNumber: section[6] ?? 0,
    lastSectionNumber: section[7] ?? 0,
    body: section.subarray(LONG_HEADER, section.length - CRC_SIZE),
  };
};

export const headOf = ({ versionNumber, currentNextIndicator, sectionNumber, lastSectionNumber }: SectionHead): SectionHead => ({
  versionNumber,
  currentNextIndicator,
  sectionNumber,
  lastSectionNumber,
});

/** The bytes of a section with its CRC. The body is at most 4096 bytes less header and CRC; private_indicator is 0, reserved bits are 1. */
export const writeSection = (fields: Section): Uint8Array => {
  const section = new Uint8Array(LONG_SECTION_OVERHEAD + fields.body.length);
  check(section.length <= LONGEST_SECTION, "a section has at most 4096 bytes");
  const length = section.length - SHORT_HEADER;
  // The bit behind section_syntax_indicator is '0' in PSI and reserved_future_use, so 1, in SI. EN 300 468 §5.1.1.
  const isSi = fields.tableId >= FIRST_SI_TABLE;
  section[0] = fields.tableId;
  section[1] = 0x80 | (isSi ? 0x40 : 0) | 0x30 | (length >> 8);
  section[2] = length;
  section[3] = fields.tableIdExtension >> 8;
  section[4] = fields.tableIdExtension;
  section[5] = 0xc0 | (fields.versionNumber << 1) | (fields.currentNextIndicator ? 1 : 0);
  section[6] = fields.sectionNumber;
  section[7] = fields.lastSectionNumber;
  section.set(fields.body, LONG_HEADER);
  const end = section.length - CRC_SIZE;
  const crc = crc32(section, 0, end);
  section.set([crc >>> 24, crc >>> 16, crc >>> 8, crc], end);
  return section;
};

/** Network information is the first table of EN 300 468. */
const FIRST_SI_TABLE = 0x40;
