import { decodeUtf8, u16 } from "@bilbycast/foundation/bytes";

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
  if (first === 0x15) {
    return clean(decodeUtf8(bytes.subarray(1)));
  }
  return clean(decodeSingleBytes(bytes.subarray(1), first <= 0x0b ? first + 4 : 0));
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

const UNKNOWN = "\ufffd";

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

/** ISO/IEC 6937 with the euro sign, as EN 300 468 annex A figure A.1 has it: accents stand before their letter. */
const decodeIso6937 = (bytes: Uint8Array): string => {
  let text = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const accent = ACCENTS.get(byte);
    if (byte < 0xa0) {
      text += String.fromCharCode(byte);
    } else if (accent === undefined) {
      text += ISO_6937.get(byte) ?? UNKNOWN;
    } else {
      at++;
      text += `${String.fromCharCode(bytes[at] ?? 0x20)}${accent}`.normalize("NFC");
    }
  }
  return text;
};

/** Combining characters of 0xC1 to 0xCF. */
const ACCENTS: ReadonlyMap<number, string> = new Map([
  [0xc1, "\u0300"],
  [0xc2, "\u0301"],
  [0xc3, "\u0302"],
  [0xc4, "\u0303"],
  [0xc5, "\u0304"],
  [0xc6, "\u0306"],
  [0xc7, "\u0307"],
  [0xc8, "\u0308"],
  [0xca, "\u030a"],
  [0xcb, "\u0327"],
  [0xcd, "\u030b"],
  [0xce, "\u0328"],
  [0xcf, "\u030c"],
]);

const range = (from: number, characters: string): [number, string][] => Array.from(characters, (character, i) => [from + i, character]);

const ISO_6937: ReadonlyMap<number, string> = new Map([
  ...range(0xa0, "\u00a0¡¢£€¥"),
  ...range(0xa7, "§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿"),
  ...range(0xd0, "―¹®©™♪¬¦"),
  ...range(0xdc, "⅛⅜⅝⅞ΩÆĐªĦ"),
  ...range(0xe6, "ĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ\u00ad"),
]);
