/** The next number of a sequence, 0 <= x < 1. */
export type Random = () => number;

/** A sequence of numbers that the seed alone decides (xoshiro128**). Seeds are taken modulo 2^32. */
export const seeded = (seed: number): Random => {
  const state = new Uint32Array(4);
  let spread = seed >>> 0;
  for (let i = 0; i < 4; i++) {
    spread = (spread + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(spread ^ (spread >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    state[i] = mixed ^ (mixed >>> 15);
  }
  return () => {
    const second = state[1] ?? 0;
    const result = Math.imul(rotate(Math.imul(second, 5), 7), 9) >>> 0;
    state[2] = (state[2] ?? 0) ^ (state[0] ?? 0);
    state[3] = (state[3] ?? 0) ^ second;
    state[1] = second ^ (state[2] ?? 0);
    state[0] = (state[0] ?? 0) ^ (state[3] ?? 0);
    state[2] = (state[2] ?? 0) ^ (second << 9);
    state[3] = rotate(state[3] ?? 0, 11);
    return result / 2 ** 32;
  };
};

/** A whole number, 0 <= n < end. */
export const integer = (random: Random, end: number): number => Math.floor(random() * end);

/** True that often. */
export const chance = (random: Random, probability: number): boolean => random() < probability;

/** Fills the bytes with noise and returns them. */
export const fillRandom = (random: Random, bytes: Uint8Array): Uint8Array => {
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = integer(random, 256);
  }
  return bytes;
};

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
