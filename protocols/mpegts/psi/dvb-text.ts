import { decodeUtf8, encodeUtf8, u16 } from "@bilbycast/foundation/bytes";
import { decodeIso6937, encodeIso6937, UNKNOWN } from "./iso-6937.ts";

/**
 * The text of an SI field. EN 300 468 annex A: a first byte below 0x20 names the character table, without one it is ISO/IEC 6937.
 * Control characters are left out, a line break becomes a space: what comes from the wire is shown to people and written to logs.
 * Characters of tables that are not known here become U+FFFD.
 */
export const readDvbText = (bytes: Uint8Array): string => {
  const first = bytes[0] ?? 0x20;
  if (first >= 0x20) {
    return clean(decodeIso6937(bytes));
  }
  if (first === 0x10) {
    return clean(decodeSingleBytes(bytes.subarray(3), u16(bytes, 1)));
  }
  if (first === 0x11) {
    return clean(decodeUtf16(bytes.subarray(1)));
  }
  if (first === UTF_8) {
    return clean(decodeUtf8(bytes.subarray(1)));
  }
  return clean(decodeSingleBytes(bytes.subarray(1), first <= 0x0b ? first + 4 : 0));
};

/** First byte of UTF-8. */
const UTF_8 = 0x15;

/**
 * The bytes of a text, at most `most`, cut between characters: in the default table, ISO/IEC 6937, where it has all of them, else in UTF-8.
 * Control characters are left out, as `readDvbText` does, and a line break becomes a space.
 */
export const writeDvbText = (text: string, most: number): Uint8Array => {
  const letters = Array.from(clean(text.replaceAll(/\r?\n/g, " ").normalize("NFC")).toWellFormed());
  const plain = letters.map(encodeIso6937);
  if (plain.every((bytes) => bytes !== undefined)) {
    return joinedUpTo(plain, most);
  }
  const coded = joinedUpTo(letters.map(encodeUtf8), Math.max(0, most - 1));
  return coded.length === 0 ? coded : Uint8Array.of(UTF_8, ...coded);
};

/** The parts that fit whole. */
const joinedUpTo = (parts: readonly Uint8Array[], most: number): Uint8Array => {
  const bytes = new Uint8Array(most);
  let size = 0;
  for (const part of parts) {
    if (size + part.length > most) {
      break;
    }
    bytes.set(part, size);
    size += part.length;
  }
  return bytes.slice(0, size);
};

const clean = (text: string): string =>
  text
    .replaceAll("\u008a", " ")
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\ue080-\ue09f]/g, "");

const decodeUtf16 = (bytes: Uint8Array): string => {
  let text = "";
  for (let at = 0; at + 2 <= bytes.length; at += 2) {
    text += String.fromCharCode(u16(bytes, at));
  }
  return text.toWellFormed();
};

/** ISO/IEC 8859-`part`. */
const decodeSingleBytes = (bytes: Uint8Array, part: number): string => {
  const upper = UPPER_HALVES.get(part);
  let text = "";
  for (const byte of bytes) {
    text += byte < 0xa0 ? String.fromCharCode(byte) : (upper?.[byte - 0xa0] ?? UNKNOWN);
  }
  return text;
};

/** The 96 characters from 0xA0 on, as they follow each other from `first` on, with those that differ. */
const upperHalf = (first: number, differing: Readonly<Record<number, string>> = {}): string[] =>
  Array.from({ length: 96 }, (_, i) => differing[0xa0 + i] ?? String.fromCharCode(first + i));

const LATIN_2 = "\u00a0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00adŽŻ°ą˛ł´ľśˇ¸šşťź˝žżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙";

const UPPER_HALVES: ReadonlyMap<number, readonly string[]> = new Map([
  [1, upperHalf(0xa0)],
  [2, Array.from(LATIN_2)],
  [5, upperHalf(0x400, { 0xa0: "\u00a0", 0xad: "\u00ad", 0xf0: "№", 0xfd: "§" })],
  [
    7,
    upperHalf(0x370, {
      0xa0: "\u00a0",
      0xa1: "‘",
      0xa2: "’",
      0xa3: "£",
      0xa4: "€",
      0xa5: "₯",
      0xa6: "¦",
      0xa7: "§",
      0xa8: "¨",
      0xa9: "©",
      0xab: "«",
      0xac: "¬",
      0xad: "\u00ad",
      0xaf: "―",
      0xb0: "°",
      0xb1: "±",
      0xb2: "²",
      0xb3: "³",
      0xb7: "·",
      0xbb: "»",
      0xbd: "½",
    }),
  ],
  [9, upperHalf(0xa0, { 0xd0: "Ğ", 0xdd: "İ", 0xde: "Ş", 0xf0: "ğ", 0xfd: "ı", 0xfe: "ş" })],
  [15, upperHalf(0xa0, { 0xa4: "€", 0xa6: "Š", 0xa8: "š", 0xb4: "Ž", 0xb8: "ž", 0xbc: "Œ", 0xbd: "œ", 0xbe: "Ÿ" })],
]);
