/** Places of the table; a power of two. */
const PLACES = 4_096;

/**
 * Addresses as `node:ffi` takes them, each made once: a lane passes the same few to every call, and a BigInt for each would be garbage
 * for each. Two addresses that share a place cost a new one when they alternate, and nothing grows.
 */
export class FfiAddresses {
  readonly #known = new Float64Array(PLACES);
  readonly #made: bigint[] = Array.from({ length: PLACES }, () => 0n);

  of(address: number): bigint {
    // Headers, times and events lie on 8-byte boundaries, so the lowest bits tell nothing apart.
    const place = Math.floor(address / 8) % PLACES;
    if (this.#known[place] === address) {
      return this.#made[place] ?? 0n;
    }
    const made = BigInt(address);
    this.#known[place] = address;
    this.#made[place] = made;
    return made;
  }
}
