import { ipBytes, type SplitAddress } from "@bilbycast/foundation/address";
import { AF_INET, AF_INET6 } from "./linux.ts";

/** Bytes of the larger form, sockaddr_in6. */
export const SOCKADDR_SIZE = 28;

/**
 * Writes struct sockaddr_in or sockaddr_in6 at `at`; returns its length in bytes. Family and scope are in the machine's order, the rest
 * in network order. `scope`: number of the interface that a link-local address belongs to.
 */
export const writeSocketAddress = (bytes: Uint8Array, at: number, address: SplitAddress, scope = 0): number => {
  bytes.fill(0, at, at + SOCKADDR_SIZE);
  bytes[at] = address.family === 4 ? AF_INET : AF_INET6;
  bytes[at + 2] = address.port >> 8;
  bytes[at + 3] = address.port & 0xff;
  if (address.family === 4) {
    bytes.set(ipBytes(address.host), at + 4);
    return 16;
  }
  bytes.set(ipBytes(address.host), at + 8);
  for (let i = 0; i < 4; i++) {
    bytes[at + 24 + i] = (scope >>> (8 * i)) & 0xff;
  }
  return SOCKADDR_SIZE;
};

/** The `ip:port` form of what the system wrote. */
export const readSocketAddress = (bytes: Uint8Array, at: number): string => {
  const byte = (i: number): number => bytes[at + i] ?? 0;
  const port = byte(2) * 256 + byte(3);
  if (byte(0) === AF_INET) {
    return `${byte(4)}.${byte(5)}.${byte(6)}.${byte(7)}:${port}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => byte(8 + 2 * i) * 256 + byte(9 + 2 * i));
  const scope = byte(24) + byte(25) * 2 ** 8 + byte(26) * 2 ** 16 + byte(27) * 2 ** 24;
  return `[${shortest(groups)}${scope === 0 ? "" : `%${scope}`}]:${port}`;
};

/** RFC 5952: the longest run of two or more zero groups becomes `::`. */
const shortest = (groups: number[]): string => {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) {
      length++;
    }
    if (length > best.length) {
      best = { start, length };
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) {
    return hex.join(":");
  }
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
};
