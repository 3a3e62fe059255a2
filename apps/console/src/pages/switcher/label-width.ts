/** Widths of the bold condensed letters at 23 px, rounded up: those that are not as most of their kind. */
const ODD: ReadonlyMap<string, number> = new Map(
  (
    [
      ["W%", 20.4],
      ["m@", 18.8],
      ["w", 17.5],
      ["M", 17],
      ["TFEZS", 12.9],
      ["JL", 11.7],
      ["I", 9.2],
      ["0123456789abdehnopquvxyzcgks+#", 12.7],
      ["-/", 9.8],
      ["frt", 8.5],
      [".:()il'j,!|", 7],
      [" ", 4.9],
    ] as const
  ).flatMap(([letters, width]) => Array.from(letters, (letter): [string, number] => [letter, width])),
);

const CAPITAL = 15.1;
/** Letters that the font does not have come from another one, and may be twice as wide. */
const FOREIGN = 28.5;
const LATIN_END = 0x24f;

/** How wide a label stands at 23 px, in pixels: it is never wider than that. */
export const labelWidth = (label: string): number =>
  Array.from(label).reduce((sum, letter) => sum + (ODD.get(letter) ?? ((letter.codePointAt(0) ?? 0) > LATIN_END ? FOREIGN : CAPITAL)), 0);
