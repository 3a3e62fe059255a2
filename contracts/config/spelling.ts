/** The known word that was probably meant: one or two slips away, a slip being a letter too many, too few, wrong or swapped. */
export const probablyMeant = (word: string, known: readonly string[]): string | undefined => {
  let best: string | undefined;
  let least = word.length <= 4 ? 1 : 2;
  for (const candidate of known) {
    const slips = distance(word.toLowerCase(), candidate, least);
    if (slips <= least) {
      best = candidate;
      least = slips - 1;
    }
  }
  return best;
};

/** Edits from one word to the other (optimal string alignment); anything above `most` is told as `most + 1`. */
const distance = (a: string, b: string, most: number): number => {
  if (Math.abs(a.length - b.length) > most) {
    return most + 1;
  }
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1), isSwap ? at(i - 2, j - 2) + 1 : most + 1);
    }
  }
  return Math.min(at(a.length, b.length), most + 1);
};
