/** Gives each NAL unit of a byte stream (annex B) that is whole in bytes [from, end), its header first, without stuffing behind it. */
export const eachNalUnit = (bytes: Uint8Array, from: number, end: number, give: (nal: Uint8Array) => void): void => {
  let start = -1;
  for (let at = from; at + 2 < end;) {
    const third = bytes[at + 2] ?? 0;
    if (third > 1) {
      at += 3;
    } else if (third === 1 && bytes[at] === 0 && bytes[at + 1] === 0) {
      giveTrimmed(bytes, start, at, give);
      start = at + 3;
      at = start;
    } else {
      at++;
    }
  }
  giveTrimmed(bytes, start, end, give);
};

/** A NAL unit does not end in zeros: those belong to the next start code, or are stuffing. H.264 §7.4.1, annex B. */
const giveTrimmed = (bytes: Uint8Array, start: number, end: number, give: (nal: Uint8Array) => void): void => {
  let last = end;
  while (last > start && bytes[last - 1] === 0) {
    last--;
  }
  if (start >= 0 && last > start) {
    give(bytes.subarray(start, last));
  }
};
