import { ipBytes } from "@bilbycast/foundation/address";

/** Address families as the lane's memory has them in socket addresses, on every backend. */
const FAMILY_IPV4 = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;
const IPV6_SIZE = 16;

/** Senders that are let in, by their IP addresses (RP 2129 C5). Ports and scopes do not count. */
export class SourceList {
  readonly #ipv4: Uint32Array;
  /** 16 bytes each, one after the other. */
  readonly #ipv6: Uint8Array;

  constructor(sources: readonly string[]) {
    const all = sources.map(ipBytes);
    this.#ipv4 = Uint32Array.from(
      all.filter((bytes) => bytes.length === 4),
      (bytes) => quad(bytes, 0),
    );
    this.#ipv6 = Uint8Array.from(all.filter((bytes) => bytes.length === IPV6_SIZE).flat());
  }

  /** Whether the socket address at `at` is one of them. */
  has(memory: Uint8Array, at: number): boolean {
    return memory[at] === FAMILY_IPV4 ? this.#ipv4.includes(quad(memory, at + IPV4_AT)) : this.#hasIpv6(memory, at + IPV6_AT);
  }

  #hasIpv6(memory: Uint8Array, at: number): boolean {
    const list = this.#ipv6;
    for (let row = 0; row < list.length; row += IPV6_SIZE) {
      let i = 0;
      while (i < IPV6_SIZE && list[row + i] === memory[at + i]) {
        i++;
      }
      if (i === IPV6_SIZE) {
        return true;
      }
    }
    return false;
  }
}

const quad = (bytes: ArrayLike<number>, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
