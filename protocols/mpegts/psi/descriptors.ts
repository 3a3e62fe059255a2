import { check } from "@bilbycast/foundation/check";

/** descriptor_length has 8 bits. */
export const LONGEST_DESCRIPTOR = 255;

/** One descriptor: ISO/IEC 13818-1 §2.6, EN 300 468 §6. */
export type Descriptor = { tag: number; /** A view of what follows descriptor_length. */ data: Uint8Array };

/** The descriptors in bytes [from, end); one that reaches past the end closes the list and is left out. */
export const readDescriptors = (bytes: Uint8Array, from: number, end: number): Descriptor[] => {
  const descriptors: Descriptor[] = [];
  let at = from;
  while (at + 2 <= end) {
    const next = at + 2 + (bytes[at + 1] ?? 0);
    if (next > end) {
      break;
    }
    descriptors.push({ tag: bytes[at] ?? 0, data: bytes.subarray(at + 2, next) });
    at = next;
  }
  return descriptors;
};

/** Bytes of a list of descriptors. */
export const writeDescriptors = (descriptors: readonly Descriptor[]): Uint8Array => {
  const bytes = new Uint8Array(descriptors.reduce((size, { data }) => size + 2 + data.length, 0));
  let at = 0;
  for (const { tag, data } of descriptors) {
    check(data.length <= LONGEST_DESCRIPTOR, "a descriptor has at most 255 bytes");
    bytes[at] = tag;
    bytes[at + 1] = data.length;
    bytes.set(data, at + 2);
    at += 2 + data.length;
  }
  return bytes;
};

/** descriptor_tag. ISO/IEC 13818-1 table 2-45, EN 300 468 table 12. */
export const REGISTRATION = 0x05;
export const ISO_639_LANGUAGE = 0x0a;
export const MAXIMUM_BITRATE = 0x0e;
export const STREAM_IDENTIFIER = 0x52;
export const TELETEXT = 0x56;
export const SUBTITLING = 0x59;

/** format_identifier as its four characters, like "BSSD" or "CUEI"; `undefined` when there is no registration descriptor. §2.6.8. */
export const formatIdentifier = (descriptors: readonly Descriptor[]): string | undefined => {
  const data = descriptors.find(({ tag, data: bytes }) => tag === REGISTRATION && bytes.length >= 4)?.data;
  return data === undefined ? undefined : String.fromCharCode(...data.subarray(0, 4));
};

/** The first ISO 639 language code, three letters; `undefined` when none is given or it has other characters. §2.6.18. */
export const languageOf = (descriptors: readonly Descriptor[]): string | undefined => {
  const data = descriptors.find(({ tag, data: bytes }) => LANGUAGE_TAGS.has(tag) && bytes.length >= 3)?.data;
  const code = data === undefined ? "" : String.fromCharCode(...data.subarray(0, 3)).toLowerCase();
  return /^[a-z]{3}$/.test(code) ? code : undefined;
};

/** Their first three bytes are a language. */
const LANGUAGE_TAGS = new Set([ISO_639_LANGUAGE, TELETEXT, SUBTITLING]);
