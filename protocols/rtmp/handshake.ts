/** The simple handshake of a client. RTMP 1.0 §5.2. Every server takes it: the digests of later players were for encrypted variants. */

export const RTMP_VERSION = 3;
/** S0 and S1. */
export const SERVER_HELLO_SIZE = 1 + 1_536;
/** S2. */
export const SERVER_ECHO_SIZE = 1_536;

const PACKET_SIZE = 1_536;
/** Time, and zeros or the other time. */
const HEAD_SIZE = 8;
/** Versions 32 and up are text of some other protocol. §5.2.2. */
const FIRST_TEXT = 32;

/** C0 and C1. `random32` gives 32 random bits. */
export const clientHello = (random32: () => number): Uint8Array => {
  const bytes = new Uint8Array(1 + PACKET_SIZE);
  bytes[0] = RTMP_VERSION;
  const words = new DataView(bytes.buffer);
  for (let at = 1 + HEAD_SIZE; at + 4 <= bytes.length; at += 4) {
    words.setUint32(at, random32());
  }
  return bytes;
};

/** Whether S0 is one of this protocol. */
export const isServerVersion = (version: number): boolean => version >= RTMP_VERSION && version < FIRST_TEXT;

/** C2, the echo of S1. `hello`: S0 and S1. */
export const clientEcho = (hello: Uint8Array): Uint8Array => hello.slice(1, 1 + PACKET_SIZE);
