import { setU32, u16, u32 } from "@bilbycast/foundation/bytes";

/** Every packet begins with four words; all are in network order. Bytes. */
export const HEADER_SIZE = 16;

/** What carries nothing still has one word behind its header. */
export const EMPTY_BODY = 4;

/** An Ethernet frame holds 1500 bytes, of which IPv4, UDP and SRT take 44. */
export const HEADERS_ON_THE_WIRE = 44;
export const MOST_PAYLOAD = 1_500 - HEADERS_ON_THE_WIRE;

/** Control packet types: word 0, bits 30 to 16. Others are of file mode, or nobody sends them. */
export const HANDSHAKE = 0x0000;
export const KEEPALIVE = 0x0001;
export const ACK = 0x0002;
export const NAK = 0x0003;
export const SHUTDOWN = 0x0005;
export const ACKACK = 0x0006;
export const DROPREQ = 0x0007;
export const EXTENSION = 0x7fff;

/** Word 1 of a data packet: a message in one packet, which live mode knows no other of. */
export const SOLO = 0xc000_0000;
export const RETRANSMITTED = 0x0400_0000;
const KEY_SHIFT = 27;
const MESSAGE_MASK = 0x03ff_ffff;

/** Which key a payload is encrypted with: word 1, bits 28 and 27. 3 is no key. */
export const CLEAR = 0;
export const EVEN = 1;
export const ODD = 2;

export const isControl = (bytes: Uint8Array, at: number): boolean => ((bytes[at] ?? 0) & 0x80) !== 0;

export const controlType = (bytes: Uint8Array, at: number): number => u16(bytes, at) & 0x7fff;
export const controlSubtype = (bytes: Uint8Array, at: number): number => u16(bytes, at + 2);
/** Word 1 of a control packet: ACK number, message number or error code. */
export const controlInformation = (bytes: Uint8Array, at: number): number => u32(bytes, at + 4);

export const packetSequence = (bytes: Uint8Array, at: number): number => u32(bytes, at) & 0x7fff_ffff;
export const keyFlags = (bytes: Uint8Array, at: number): number => ((bytes[at + 4] ?? 0) >> (KEY_SHIFT - 24)) & 3;
export const isRetransmitted = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 4] ?? 0) & (RETRANSMITTED >>> 24)) !== 0;
export const isSolo = (bytes: Uint8Array, at: number): boolean => (bytes[at + 4] ?? 0) >= SOLO >>> 24;
/** 26 bits; 0 is a packet of the filter. */
export const messageNumber = (bytes: Uint8Array, at: number): number => u32(bytes, at + 4) & MESSAGE_MASK;

/** 32 bits of microseconds since the sender's socket was made. */
export const packetTimestamp = (bytes: Uint8Array, at: number): number => u32(bytes, at + 8);
/** The socket that a packet is for; 0 asks for a connection. */
export const destinationSocket = (bytes: Uint8Array, at: number): number => u32(bytes, at + 12);

/** Writes the header of a data packet that is a message of its own. */
export const writeDataHeader = (
  bytes: Uint8Array,
  at: number,
  sequence: number,
  message: number,
  keys: number,
  timestamp: number,
  destination: number,
): void => {
  setU32(bytes, at, sequence);
  setU32(bytes, at + 4, SOLO | (keys << KEY_SHIFT) | message);
  setU32(bytes, at + 8, timestamp);
  setU32(bytes, at + 12, destination);
};

/** Marks a packet in place as sent again, or not. */
export const setRetransmitted = (bytes: Uint8Array, at: number, again: boolean): void => {
  const mark = RETRANSMITTED >>> 24;
  bytes[at + 4] = ((bytes[at + 4] ?? 0) & ~mark) | (again ? mark : 0);
};

/** Writes the header of a control packet. */
export const writeControlHeader = (
  bytes: Uint8Array,
  at: number,
  type: number,
  subtype: number,
  information: number,
  timestamp: number,
  destination: number,
): void => {
  setU32(bytes, at, 0x8000_0000 | (type << 16) | subtype);
  setU32(bytes, at + 4, information);
  setU32(bytes, at + 8, timestamp);
  setU32(bytes, at + 12, destination);
};
