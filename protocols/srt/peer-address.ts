import { u16 } from "@bilbycast/foundation/bytes";

/** Bytes of the longest socket address: IPv6. Family and scope are in the machine's order, the rest in network order. */
export const ADDRESS_SIZE = 28;

const FAMILY_IPV4 = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;
/** Bytes that tell peers apart: family, port and address. */
const IPV4_END = 8;
const IPV6_END = 24;

const endOf = (bytes: Uint8Array, at: number): number => (bytes[at] === FAMILY_IPV4 ? IPV4_END : IPV6_END);

/** Whether two socket addresses are of the same host and port. 0 is the only peer of a connected socket. */
export const isSamePeer = (bytes: Uint8Array, left: number, right: number): boolean => {
  if (left === 0 || right === 0) {
    return left === right;
  }
  const end = endOf(bytes, left);
  for (let i = 0; i < end; i++) {
    // Of IPv6 the flow label, bytes 4 to 7, is no part of the address.
    if (bytes[left + i] !== bytes[right + i] && (end === IPV4_END || i < 4 || i >= IPV6_AT)) {
      return false;
    }
  }
  return true;
};

/** Host and port as bytes: what a cookie is made of. */
export const peerBytes = (bytes: Uint8Array, at: number): Uint8Array => bytes.slice(at, at + (at === 0 ? 0 : endOf(bytes, at)));

/** The peer's IP address as handshakes carry it: the bytes of each word backwards. */
export const handshakeAddress = (bytes: Uint8Array, at: number): Uint8Array => {
  const address = new Uint8Array(16);
  if (at !== 0) {
    const isIpv4 = bytes[at] === FAMILY_IPV4;
    const from = at + (isIpv4 ? IPV4_AT : IPV6_AT);
    for (let i = 0; i < (isIpv4 ? 4 : 16); i++) {
      address[i ^ 3] = bytes[from + i] ?? 0;
    }
  }
  return address;
};

/** `ip:port`; empty for the peer of a connected socket. */
export const peerText = (bytes: Uint8Array, at: number): string => {
  if (at === 0) {
    return "";
  }
  const port = u16(bytes, at + 2);
  if (bytes[at] === FAMILY_IPV4) {
    return `${bytes.slice(at + IPV4_AT, at + IPV4_END).join(".")}:${port}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => u16(bytes, at + IPV6_AT + 2 * i).toString(16));
  return `[${groups.join(":")}]:${port}`;
};
