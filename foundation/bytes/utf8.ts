const UNKNOWN = 0xfffd;

/** UTF-8 (RFC 3629) to text. What is malformed, overlong or a surrogate becomes U+FFFD, one for each run of bytes that begins wrong. */
export const decodeUtf8 = (bytes: Uint8Array): string => {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
    let code = more === 0 ? first : first & (0x3f >> more);
    let taken = 1;
    while (taken <= more && ((bytes[at + taken] ?? 0) & 0xc0) === 0x80) {
      code = (code << 6) | ((bytes[at + taken] ?? 0) & 0x3f);
      taken++;
    }
    const isWhole = more >= 0 && taken === more + 1;
    const isRight = isWhole && code >= (LEAST[more] ?? 0) && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    text += String.fromCodePoint(isRight ? code : UNKNOWN);
    at += taken;
  }
  return text;
};

/** Smallest code point that needs so many more bytes. */
const LEAST = [0, 0x80, 0x800, 0x10000];

/** Text to UTF-8. A lone surrogate becomes U+FFFD. */
export const encodeUtf8 = (text: string): Uint8Array => {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? UNKNOWN;
    const code = point >= 0xd800 && point <= 0xdfff ? UNKNOWN : point;
    if (code < 0x80) {
      bytes.push(code);
      continue;
    }
    const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes.push(((0x780 >> more) & 0xff) | (code >> (6 * more)));
    for (let shift = 6 * (more - 1); shift >= 0; shift -= 6) {
      bytes.push(0x80 | ((code >> shift) & 0x3f));
    }
  }
  return Uint8Array.from(bytes);
};
