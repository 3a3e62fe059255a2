/** Characters that a terminal or an editor obeys: control characters, line separators, text direction. */
const OBEYED = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The same text on one line, with every character that would be obeyed written out: for names that somebody else chose. */
export const oneLine = (text: string): string =>
  text.replaceAll(OBEYED, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
