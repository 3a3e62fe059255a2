import { setU16, setU32, u16, u32 } from "@bilbycast/foundation/bytes";
import { readExtensions, writeExtensions, type HandshakeExtensions } from "./handshake-extensions.ts";

/** Bytes of a handshake without extensions, behind the packet's header. */
export const HANDSHAKE_SIZE = 48;

/** Stands in the place of the extension flags when a listener offers version 5. */
export const MAGIC = 0x4a17;

/** Request types; from 1000 on they are refusals. */
export const INDUCTION = 1;
export const WAVEAHAND = 0;
export const CONCLUSION = -1;
export const AGREEMENT = -2;
export const FIRST_REJECTION = 1_000;

/** Socket type that version 4 speaks of: datagrams. */
export const DATAGRAM = 2;

/** Extension flags of a conclusion of version 5. */
const HAS_HANDSHAKE = 1;
const HAS_KEYS = 2;
const HAS_CONFIGURATION = 4;

/** How two sockets become a connection: the body of a HANDSHAKE packet. */
export type Handshake = {
  /** 4 or 5. */
  version: number;
  /** Key length that the sender would use, in words of 8 bytes: 0, 2, 3 or 4. Version 5. */
  encryption: number;
  /** Extension flags, or MAGIC; of version 4 the socket type. */
  extension: number;
  initialSequence: number;
  /** Longest IP packet, bytes. */
  mss: number;
  /** Packets that may be under way. */
  flowWindow: number;
  requestType: number;
  /** Of the handshake's sender. */
  socketId: number;
  cookie: number;
  /** The peer's IP address as the sender sees it: 16 bytes as they are on the wire, never to be trusted. */
  peerAddress: Uint8Array;
  /** Of a conclusion of version 5. */
  extensions: HandshakeExtensions;
};

/** Reads the body of a HANDSHAKE packet; `undefined` when it is none. The bytes are copied. */
export const readHandshake = (bytes: Uint8Array, at: number, length: number): Handshake | undefined => {
  if (length < HANDSHAKE_SIZE) {
    return undefined;
  }
  const version = u32(bytes, at);
  const requestType = u32(bytes, at + 20) | 0;
  const extensions =
    version === 5 && requestType === CONCLUSION
      ? readExtensions(bytes.subarray(at + HANDSHAKE_SIZE, at + length))
      : length === HANDSHAKE_SIZE || requestType !== CONCLUSION
        ? {}
        : undefined;
  if (extensions === undefined) {
    return undefined;
  }
  return {
    version,
    encryption: u16(bytes, at + 4),
    extension: u16(bytes, at + 6),
    initialSequence: u32(bytes, at + 8),
    mss: u32(bytes, at + 12),
    flowWindow: u32(bytes, at + 16),
    requestType,
    socketId: u32(bytes, at + 24),
    cookie: u32(bytes, at + 28),
    peerAddress: bytes.slice(at + 32, at + HANDSHAKE_SIZE),
    extensions,
  };
};

/** The bytes of a handshake's body, extensions behind it. The extension flags of a conclusion follow from what it carries. */
export const writeHandshake = (handshake: Handshake): Uint8Array => {
  const extensions = writeExtensions(handshake.extensions);
  const bytes = new Uint8Array(HANDSHAKE_SIZE + extensions.length);
  setU32(bytes, 0, handshake.version);
  setU16(bytes, 4, handshake.encryption);
  setU16(bytes, 6, extensions.length === 0 ? handshake.extension : flagsOf(handshake.extensions));
  setU32(bytes, 8, handshake.initialSequence);
  setU32(bytes, 12, handshake.mss);
  setU32(bytes, 16, handshake.flowWindow);
  setU32(bytes, 20, handshake.requestType);
  setU32(bytes, 24, handshake.socketId);
  setU32(bytes, 28, handshake.cookie);
  bytes.set(handshake.peerAddress.subarray(0, 16), 32);
  bytes.set(extensions, HANDSHAKE_SIZE);
  return bytes;
};

const flagsOf = (extensions: HandshakeExtensions): number => {
  const { request, response, keyRequest, keyResponse, streamId, congestion, filter, group } = extensions;
  return (
    ((request ?? response) ? HAS_HANDSHAKE : 0) |
    ((keyRequest ?? keyResponse) ? HAS_KEYS : 0) |
    ([streamId, congestion, filter, group].some((each) => each !== undefined) ? HAS_CONFIGURATION : 0)
  );
};
