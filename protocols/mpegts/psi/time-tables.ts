import { crc32, setU16, setU32, u16 } from "@bilbycast/foundation/bytes";
import { check } from "@bilbycast/foundation/check";
import { readDescriptors, writeDescriptors, type Descriptor } from "./descriptors.ts";
import { languageCode, writeLanguageCode } from "./language-code.ts";
import { LONGEST_PSI_SECTION } from "./section-table.ts";
import { hasRightCrc, sectionSize } from "./section.ts";
import { bcd, readUtc, writeUtc } from "./utc.ts";

const TDT = 0x70;
const TOT = 0x73;
/** Bytes before the descriptors of a TOT, and of a whole TDT. */
const TIME_END = 8;
const CRC_SIZE = 4;
const LOCAL_TIME_OFFSET = 0x58;
const OFFSET_SIZE = 13;

/** time_offset_section. EN 300 468 §5.2.6. */
export type TimeOffset = {
  /** Whole seconds since 1970-01-01 UTC. */
  time: number;
  descriptors: Descriptor[];
};

/** One country of a local_time_offset_descriptor. §6.2.20. */
export type LocalTime = {
  /** ISO 3166: three letters. */
  countryCode: string;
  /** 6 bits; 0: the whole country. */
  regionId: number;
  /** Minutes east of Greenwich, -779 to 779. */
  offset: number;
  /** When `nextOffset` begins; whole seconds since 1970-01-01 UTC. */
  changesAt: number;
  nextOffset: number;
};

/** Seconds since 1970-01-01 UTC of a TDT or TOT section; `undefined` for anything else. §5.2.5, §5.2.6. */
export const readTime = (bytes: Uint8Array): number | undefined =>
  (bytes[0] === TDT || bytes[0] === TOT) && bytes.length >= TIME_END ? readUtc(bytes, 3) : undefined;

/** A TDT: time_date_section. §5.2.5. `time`: whole seconds since 1970-01-01 UTC. */
export const writeTime = (time: number): Uint8Array => {
  const section = new Uint8Array(TIME_END);
  writeHead(section, TDT, time);
  return section;
};

/** `undefined` for anything that is no right TOT section. */
export const readTimeOffset = (bytes: Uint8Array): TimeOffset | undefined => {
  if (bytes[0] !== TOT || bytes.length < TIME_END + 2 + CRC_SIZE || sectionSize(bytes, 0) !== bytes.length || !hasRightCrc(bytes)) {
    return undefined;
  }
  const time = readUtc(bytes, 3);
  const end = TIME_END + 2 + (u16(bytes, TIME_END) & 0x0fff);
  if (time === undefined || end + CRC_SIZE > bytes.length) {
    return undefined;
  }
  return { time, descriptors: readDescriptors(bytes, TIME_END + 2, end) };
};

/** A TOT; it has no section_number, so its descriptors fit one section of 1024 bytes. */
export const writeTimeOffset = ({ time, descriptors }: TimeOffset): Uint8Array => {
  const list = writeDescriptors(descriptors);
  const section = new Uint8Array(TIME_END + 2 + list.length + CRC_SIZE);
  check(section.length <= LONGEST_PSI_SECTION, "a time offset section has at most 1024 bytes");
  writeHead(section, TOT, time);
  setU16(section, TIME_END, 0xf000 | list.length);
  section.set(list, TIME_END + 2);
  const end = section.length - CRC_SIZE;
  setU32(section, end, crc32(section, 0, end));
  return section;
};

/** The countries of all local time offset descriptors; an entry with digits that are none is left out. */
export const readLocalTimes = (descriptors: readonly Descriptor[]): LocalTime[] => {
  const times: LocalTime[] = [];
  for (const { tag, data } of descriptors) {
    for (let at = 0; tag === LOCAL_TIME_OFFSET && at + OFFSET_SIZE <= data.length; at += OFFSET_SIZE) {
      const flags = data[at + 3] ?? 0;
      const offset = readMinutes(data, at + 4);
      const changesAt = readUtc(data, at + 6);
      const nextOffset = readMinutes(data, at + 11);
      if (offset !== undefined && changesAt !== undefined && nextOffset !== undefined) {
        const country = { countryCode: languageCode(data, at), regionId: flags >> 2 };
        times.push({ ...country, offset: signed(offset, flags), changesAt, nextOffset: signed(nextOffset, flags) });
      }
    }
  }
  return times;
};

/** At most 19 countries. Both offsets of a country have the same sign: there is one bit for it. */
export const writeLocalTimes = (times: readonly LocalTime[]): Descriptor => {
  const data = new Uint8Array(times.length * OFFSET_SIZE);
  for (const [i, { countryCode, regionId, offset, changesAt, nextOffset }] of times.entries()) {
    check(offset * nextOffset >= 0, "the two offsets of a country have one sign");
    const at = i * OFFSET_SIZE;
    writeLanguageCode(data, at, countryCode);
    data[at + 3] = (regionId << 2) | 2 | (offset < 0 || nextOffset < 0 ? 1 : 0);
    writeMinutes(data, at + 4, offset);
    writeUtc(data, at + 6, changesAt);
    writeMinutes(data, at + 11, nextOffset);
  }
  return { tag: LOCAL_TIME_OFFSET, data };
};

/** A section with neither section_syntax_indicator nor section_number. */
const writeHead = (section: Uint8Array, tableId: number, time: number): void => {
  section[0] = tableId;
  setU16(section, 1, 0x7000 | (section.length - 3));
  writeUtc(section, 3, time);
};

/** local_time_offset_polarity is the lowest bit: 1 is west of Greenwich. */
const signed = (minutes: number, flags: number): number => ((flags & 1) === 0 ? minutes : 0 - minutes);

/** Four BCD digits, hours first. */
const readMinutes = (bytes: Uint8Array, at: number): number | undefined => {
  const hours = bytes[at] ?? 0xff;
  const minutes = bytes[at + 1] ?? 0xff;
  const isRight = hours >> 4 <= 9 && (hours & 15) <= 9 && minutes >> 4 <= 9 && (minutes & 15) <= 9;
  return isRight ? ((hours >> 4) * 10 + (hours & 15)) * 60 + (minutes >> 4) * 10 + (minutes & 15) : undefined;
};

const writeMinutes = (bytes: Uint8Array, at: number, minutes: number): void => {
  const whole = Math.abs(minutes);
  bytes[at] = bcd(Math.floor(whole / 60));
  bytes[at + 1] = bcd(whole % 60);
};
