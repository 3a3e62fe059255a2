import { setU16, setU32, u16 } from "@bilbycast/foundation/bytes";
import { check } from "@bilbycast/foundation/check";
import { CA_DESCRIPTOR } from "./conditional-access.ts";
import {
  ISO_639_LANGUAGE,
  MAXIMUM_BITRATE,
  REGISTRATION,
  STREAM_IDENTIFIER,
  SUBTITLING,
  TELETEXT,
  type Descriptor,
} from "./descriptors.ts";
import { languageCode, writeLanguageCode } from "./language-code.ts";
import { joined } from "./section-table.ts";

// Readers take what follows descriptor_length, which may be of any length, and give `undefined`, or no entries, where a field is missing.

/** registration_descriptor. ISO/IEC 13818-1 §2.6.8. */
export type Registration = { /** Four characters, like "CUEI". */ formatIdentifier: string; additionalInfo: Uint8Array };

export const readRegistration = (data: Uint8Array): Registration | undefined =>
  data.length < 4 ? undefined : { formatIdentifier: String.fromCharCode(...data.subarray(0, 4)), additionalInfo: data.subarray(4) };

export const writeRegistration = ({ formatIdentifier, additionalInfo }: Registration): Descriptor => {
  check(formatIdentifier.length === 4, "a format_identifier has four characters");
  const name = Uint8Array.from(formatIdentifier, (character) => character.charCodeAt(0));
  return { tag: REGISTRATION, data: joined(name, additionalInfo) };
};

/** One language of an ISO_639_language_descriptor. §2.6.18. */
export type Language = {
  /** Three characters of ISO 639-2; as they were sent, so they need not be letters. */
  language: string;
  /** audio_type: 0 undefined, 1 clean effects, 2 hearing impaired, 3 visual impaired commentary. */
  audioType: number;
};

export const readLanguages = (data: Uint8Array): Language[] =>
  entries(data, 4, (at) => ({ language: languageCode(data, at), audioType: data[at + 3] ?? 0 }));

/** At most 63. */
export const writeLanguages = (languages: readonly Language[]): Descriptor => ({
  tag: ISO_639_LANGUAGE,
  data: written(languages, 4, (data, at, { language, audioType }) => {
    writeLanguageCode(data, at, language);
    data[at + 3] = audioType;
  }),
});

/** What maximum_bitrate counts: 50 bytes a second, in bits per second. §2.6.26. */
const BITRATE_UNIT = 400;
const MOST_UNITS = 0x3f_ffff;

/** maximum_bitrate_descriptor, in bits per second. */
export const readMaximumBitrate = (data: Uint8Array): number | undefined =>
  data.length < 3 ? undefined : ((((data[0] ?? 0) & 0x3f) << 16) | u16(data, 1)) * BITRATE_UNIT;

/** Rounded up to the next multiple of 400 bit/s; at most 1.68 Gbit/s. */
export const writeMaximumBitrate = (bitsPerSecond: number): Descriptor => {
  const units = Math.min(MOST_UNITS, Math.ceil(bitsPerSecond / BITRATE_UNIT));
  return { tag: MAXIMUM_BITRATE, data: Uint8Array.of(0xc0 | (units >> 16), units >> 8, units) };
};

/** CA_descriptor. §2.6.16. */
export type CaDescriptor = {
  caSystemId: number;
  /** Of the ECMs in a PMT, of the EMMs in the CAT. */ caPid: number;
  privateData: Uint8Array;
};

export const readCaDescriptor = (data: Uint8Array): CaDescriptor | undefined =>
  data.length < 4 ? undefined : { caSystemId: u16(data, 0), caPid: u16(data, 2) & 0x1fff, privateData: data.subarray(4) };

export const writeCaDescriptor = ({ caSystemId, caPid, privateData }: CaDescriptor): Descriptor => {
  const fixed = new Uint8Array(4);
  setU32(fixed, 0, caSystemId * 65_536 + (0xe000 | caPid));
  return { tag: CA_DESCRIPTOR, data: joined(fixed, privateData) };
};

/** component_tag of a stream_identifier_descriptor. EN 300 468 §6.2.39. */
export const readComponentTag = (data: Uint8Array): number | undefined => data[0];

export const writeComponentTag = (componentTag: number): Descriptor => ({ tag: STREAM_IDENTIFIER, data: Uint8Array.of(componentTag) });

/** One page of a teletext_descriptor. §6.2.43. */
export type TeletextPage = {
  language: string;
  /** 5 bits: 1 initial page, 2 subtitle page, 3 additional information, 4 programme schedule, 5 for the hearing impaired. */
  teletextType: number;
  /** 0 to 7; 0 is magazine 8. */
  magazine: number;
  /** Two BCD digits, or any other byte. */
  page: number;
};

export const readTeletextPages = (data: Uint8Array): TeletextPage[] =>
  entries(data, 5, (at) => {
    const kind = data[at + 3] ?? 0;
    return { language: languageCode(data, at), teletextType: kind >> 3, magazine: kind & 7, page: data[at + 4] ?? 0 };
  });

/** At most 51. */
export const writeTeletextPages = (pages: readonly TeletextPage[]): Descriptor => ({
  tag: TELETEXT,
  data: written(pages, 5, (data, at, { language, teletextType, magazine, page }) => {
    writeLanguageCode(data, at, language);
    data[at + 3] = (teletextType << 3) | (magazine & 7);
    data[at + 4] = page;
  }),
});

/** One service of a subtitling_descriptor. §6.2.41. */
export type Subtitles = {
  language: string;
  /** component_type of stream_content 3: 0x10 normal, 0x20 for the hard of hearing, with the aspect ratio in the low bits. */
  subtitlingType: number;
  compositionPageId: number;
  ancillaryPageId: number;
};

export const readSubtitles = (data: Uint8Array): Subtitles[] =>
  entries(data, 8, (at) => ({
    language: languageCode(data, at),
    subtitlingType: data[at + 3] ?? 0,
    compositionPageId: u16(data, at + 4),
    ancillaryPageId: u16(data, at + 6),
  }));

/** At most 31. */
export const writeSubtitles = (services: readonly Subtitles[]): Descriptor => ({
  tag: SUBTITLING,
  data: written(services, 8, (data, at, { language, subtitlingType, compositionPageId, ancillaryPageId }) => {
    writeLanguageCode(data, at, language);
    data[at + 3] = subtitlingType;
    setU16(data, at + 4, compositionPageId);
    setU16(data, at + 6, ancillaryPageId);
  }),
});

/** Entries of one size; what is left over is no entry. */
const entries = <Entry>(data: Uint8Array, size: number, read: (at: number) => Entry): Entry[] =>
  Array.from({ length: Math.floor(data.length / size) }, (_, i) => read(i * size));

const written = <Entry>(list: readonly Entry[], size: number, write: (data: Uint8Array, at: number, entry: Entry) => void): Uint8Array => {
  const data = new Uint8Array(list.length * size);
  for (const [i, entry] of list.entries()) {
    write(data, i * size, entry);
  }
  return data;
};
