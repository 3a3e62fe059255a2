/**
 * Bytes [from, end) of a NAL unit without the emulation prevention bytes: 00 00 03 becomes 00 00. A copy. H.264 §7.3.1, H.265 §7.3.1.1.
 */
export const readRbsp = (nal: Uint8Array, from: number, end: number): Uint8Array => {
  const rbsp = new Uint8Array(Math.max(0, end - from));
  let size = 0;
  let zeros = 0;
  for (let i = from; i < end; i++) {
    const byte = nal[i] ?? 0;
    if (zeros === 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? Math.min(2, zeros + 1) : 0;
    rbsp[size++] = byte;
  }
  return rbsp.subarray(0, size);
};
