import { setU16, setU32 } from "@bilbycast/foundation/bytes";
import { tsUnit } from "./ts-units.ts";

export type RtpPacketOptions = {
  timestamp?: number;
  ssrc?: number;
  payloadType?: number;
  /** Contributing sources, 0 to 15. */
  csrcs?: number;
  /** Words behind the four bytes of the extension's header. */
  extension?: number;
  /** Bytes, its own count included; 1 to 255. */
  padding?: number;
  payload?: Uint8Array;
};

/** An RTP packet written without the code under test. Its payload is a unit marked with the sequence number, unless given. */
export const rtpPacket = (sequenceNumber: number, options: RtpPacketOptions = {}): Uint8Array => {
  const {
    timestamp = 0,
    ssrc = 0x1234_5678,
    payloadType = 33,
    csrcs = 0,
    extension,
    padding = 0,
    payload = tsUnit(sequenceNumber),
  } = options;
  const extensionSize = extension === undefined ? 0 : 4 + extension * 4;
  const start = 12 + csrcs * 4 + extensionSize;
  const packet = new Uint8Array(start + payload.length + padding);
  packet[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs;
  packet[1] = payloadType;
  setU16(packet, 2, sequenceNumber);
  setU32(packet, 4, timestamp);
  setU32(packet, 8, ssrc);
  if (extension !== undefined) {
    setU16(packet, 12 + csrcs * 4, 0xbede);
    setU16(packet, 12 + csrcs * 4 + 2, extension);
  }
  packet.set(payload, start);
  if (padding > 0) {
    packet[packet.length - 1] = padding;
  }
  return packet;
};
