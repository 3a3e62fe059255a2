/** A character of a table or encoding that is not known here. */
export const UNKNOWN = "\ufffd";

/** ISO/IEC 6937 with the euro sign, as EN 300 468 annex A figure A.1 has it: accents stand before their letter. */
export const decodeIso6937 = (bytes: Uint8Array): string => {
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

/**
 * One character, composed; `undefined` where the table has none for it, or one that other readers do not know as such: the euro sign is DVB's
 * own, and programs that have the table of ISO/IEC 6937 take no accents but those of its letters.
 */
export const encodeIso6937 = (character: string): Uint8Array | undefined => {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) {
    return Uint8Array.of(code);
  }
  if (NOT_SHARED.has(character)) {
    return undefined;
  }
  const byte = BYTES.get(character);
  if (byte !== undefined) {
    return Uint8Array.of(byte);
  }
  const [letter = "", accent = "", ...more] = character.normalize("NFD");
  const before = ACCENT_BYTES.get(accent);
  const isPair = more.length === 0 && before !== undefined && code <= LAST_LETTER;
  return isPair ? Uint8Array.of(before, letter.charCodeAt(0)) : undefined;
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

const inverse = (map: ReadonlyMap<number, string>): ReadonlyMap<string, number> =>
  new Map([...map].map(([byte, character]) => [character, byte]));

const BYTES = inverse(ISO_6937);
const ACCENT_BYTES = inverse(ACCENTS);

/** Its letters are all in Latin-1 and Latin Extended-A. */
const LAST_LETTER = 0x17f;

/** 0xE2 is also Ð, and 0xD0 and 0xE0 are also the em dash and the ohm sign; the letters with a breve are of other tables. */
const NOT_SHARED: ReadonlySet<string> = new Set("€ĐΩ―ĔĕĬĭŎŏ");
