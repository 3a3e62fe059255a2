const TS_PACKET_SIZE = 188;

/** No mark looks like a start code: no byte of it is 0. Magic, source, and the number in five bytes of seven bits. */
export const MARK_SIZE = 9;
const MAGIC = [0xb1, 0x1b, 0xca] as const;
const NUMBER_BYTES = 5;

/** Writes the mark to the end of the packet at `at`. */
export const writeMark = (bytes: Uint8Array, at: number, source: number, number: number): void => {
  const start = at + TS_PACKET_SIZE - MARK_SIZE;
  bytes.set(MAGIC, start);
  bytes[start + 3] = 0xf0 | source;
  let rest = number;
  for (let i = MARK_SIZE - 1; i >= MARK_SIZE - NUMBER_BYTES; i--) {
    bytes[start + i] = 0x80 | (rest % 128);
    rest = Math.floor(rest / 128);
  }
};

/** The source of the packet at `at`; -1 when it bears no mark. */
export const sourceOf = (bytes: Uint8Array, at: number): number => {
  const start = at + TS_PACKET_SIZE - MARK_SIZE;
  const source = bytes[start + 3] ?? 0;
  const isMarked = bytes[start] === MAGIC[0] && bytes[start + 1] === MAGIC[1] && bytes[start + 2] === MAGIC[2] && source >= 0xf0;
  return isMarked ? source & 0x0f : -1;
};
