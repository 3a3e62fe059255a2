import { setU32 } from "@bilbycast/foundation/bytes";
import { INDUCTION, readHandshake, writeHandshake, type Handshake } from "../handshake.ts";
import { HANDSHAKE, HEADER_SIZE, writeControlHeader } from "../packet.ts";
import { rejectReason } from "../reject-reason.ts";

/** 32-bit words, big-endian. */
export const words = (...values: number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, i) => setU32(bytes, 4 * i, value));
  return bytes;
};

/** A control packet. */
export const control = (type: number, destination: number, body: Uint8Array, subtype = 0, information = 0): Uint8Array => {
  const packet = new Uint8Array(HEADER_SIZE + body.length);
  writeControlHeader(packet, 0, type, subtype, information, 0, destination);
  packet.set(body, HEADER_SIZE);
  return packet;
};

/** A handshake packet to whoever listens: an induction, unless told otherwise. */
export const handshake = (fields: Partial<Handshake>): Uint8Array =>
  control(
    HANDSHAKE,
    0,
    writeHandshake({
      version: 4,
      encryption: 0,
      extension: 2,
      initialSequence: 77,
      mss: 1_500,
      flowWindow: 8_192,
      requestType: INDUCTION,
      socketId: 99,
      cookie: 0,
      peerAddress: new Uint8Array(16),
      extensions: {},
      ...fields,
    }),
  );

/** The handshake in the first of the datagrams. */
export const answerOf = (datagrams: Uint8Array[]): Handshake | undefined => {
  const [first] = datagrams;
  return first === undefined ? undefined : readHandshake(first, HEADER_SIZE, first.length - HEADER_SIZE);
};

/** The name of the refusal in it. */
export const reasonOf = (datagrams: Uint8Array[]): string => rejectReason((answerOf(datagrams)?.requestType ?? 0) - 1_000);
