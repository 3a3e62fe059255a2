/** Builds what an encoder would: fields of bits, exp-Golomb codes, NAL units with emulation prevention. */
export class BitWriter {
  readonly #bits: number[] = [];

  put(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.#bits.push(Math.floor(value / 2 ** bit) % 2);
    }
    return this;
  }

  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    return this.put(0, length).put(value + 1, length + 1);
  }

  /** The bytes, the last filled with zeros. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [i, bit] of this.#bits.entries()) {
      bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (bit << (7 - (i & 7)));
    }
    return bytes;
  }

  /** The start code, the NAL header, and the bits with rbsp_trailing_bits, escaped. */
  nal(header: readonly number[]): number[] {
    const escaped: number[] = [];
    for (const byte of [...header, ...this.put(1, 1).bytes()]) {
      const isCode = escaped.at(-1) === 0 && escaped.at(-2) === 0 && byte <= 3;
      escaped.push(...(isCode ? [3] : []), byte);
    }
    return [0, 0, 1, ...escaped];
  }
}
