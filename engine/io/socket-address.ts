import type { SplitAddress } from "@bilbycast/foundation/address";
import { AF_INET, AF_INET6 } from "./linux.ts";

/** Bytes of the larger form, sockaddr_in6. */
export const SOCKADDR_SIZE = 28;

/** Writes struct sockaddr_in or sockaddr_in6 at `at`; returns its length in bytes. The family is in the machine's order, the rest in network order. */
export const writeSocketAddress = (bytes: Uint8Array, at: number, address: SplitAddress): number => {
  bytes.fill(0, at, at + SOCKADDR_SIZE);
  bytes[at] = address.family === 4 ? AF_INET : AF_INET6;
  bytes[at + 2] = address.port >> 8;
  bytes[at + 3] = address.port & 0xff;
  if (address.family === 4) {
    bytes.set(address.host.split(".").map(Number), at + 4);
    return 16;
  }
  bytes.set(ipv6Bytes(address.host), at + 8);
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
  return `[${shortest(groups)}]:${port}`;
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

/** 16 bytes of an address that was checked before; the scope after `%` is not part of them. */
const ipv6Bytes = (text: string): number[] => {
  const [bare = ""] = text.split("%");
  const [left = "", right] = bare.split("::");
  const head = groupBytes(left);
  const tail = right === undefined ? [] : groupBytes(right);
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
};

const groupBytes = (text: string): number[] =>
  text === ""
    ? []
    : text.split(":").flatMap((group) => {
        if (group.includes(".")) {
          return group.split(".").map(Number);
        }
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });
