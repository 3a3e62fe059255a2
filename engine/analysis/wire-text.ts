const LONGEST = 128;

/**
 * Text that came from the wire, fit for a page and a log: at most 128 characters, without control characters, line breaks and
 * characters that turn the direction of what follows. What looks like markup stays, as the plain text that it is.
 */
export const wireText = (text: string): string => {
  const clean = text.toWellFormed().replaceAll(UNFIT, "");
  return clean.length <= LONGEST ? clean : Array.from(clean).slice(0, LONGEST).join("");
};

/** Control characters, line and paragraph separators, marks and overrides of direction. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
