import { isIPv6 } from "node:net";

type Bucket = { tokens: number; at: number };

/** Addresses that are remembered at most; the one that asked longest ago goes first. */
const ADDRESSES_MAX = 8_192;

/** Lets each address do something so often a minute: a bucket of `perMinute` that fills evenly. IPv6 counts by its /64. */
export class AddressBuckets {
  readonly #capacity: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(capacity = ADDRESSES_MAX) {
    this.#capacity = capacity;
  }

  /** Milliseconds until the address may ask again; 0 when it may now, and has. `now` in milliseconds, monotonic. */
  take(address: string, perMinute: number, now: number): number {
    const key = networkOf(address);
    const known = this.#buckets.get(key);
    const filled = known === undefined ? perMinute : Math.min(perMinute, known.tokens + ((now - known.at) * perMinute) / 60_000);
    const isAllowed = filled >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isAllowed ? filled - 1 : filled, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#capacity && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    return isAllowed ? 0 : Math.ceil(((1 - filled) * 60_000) / perMinute);
  }
}

/** One who has an IPv6 address has the 2^64 beside it. */
const networkOf = (address: string): string => {
  if (!isIPv6(address) || address.startsWith("::ffff:")) {
    return address;
  }
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after].slice(0, 4).join(":");
};
