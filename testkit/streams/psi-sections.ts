import { setU16, setU32 } from "@bilbycast/foundation/bytes";

const TS_PACKET_SIZE = 188;
const PAYLOAD_SIZE = 184;
const LONG_HEADER = 8;
const CRC_SIZE = 4;

/** A section with the long header; `number` and `last` are 0, and it is current, unless said. ISO/IEC 13818-1 §2.4.4.11. */
export type SectionParts = {
  tableId: number;
  extension: number;
  /** 0 to 31. */
  version: number;
  number?: number;
  last?: number;
  isNext?: boolean;
  body: Uint8Array;
};

/** The bytes of a section, written without the code under test. */
export const psiSection = ({ tableId, extension, version, number = 0, last = 0, isNext = false, body }: SectionParts): Uint8Array => {
  const section = new Uint8Array(LONG_HEADER + body.length + CRC_SIZE);
  section[0] = tableId;
  setU16(section, 1, 0xb000 | (section.length - 3));
  setU16(section, 3, extension);
  section[5] = 0xc0 | (version << 1) | Number(!isNext);
  section[6] = number;
  section[7] = last;
  section.set(body, LONG_HEADER);
  setU32(section, section.length - CRC_SIZE, sectionCrc(section.subarray(0, section.length - CRC_SIZE)));
  return section;
};

/** CRC-32 of ISO/IEC 13818-1 Annex A, bit by bit. */
export const sectionCrc = (bytes: Uint8Array): number => {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc << 1) ^ (crc < 0 ? 0x04c1_1db7 : 0);
    }
  }
  return crc >>> 0;
};

/** `[program number, PID]`; program 0 is the network. */
export const patBody = (programs: readonly (readonly [number, number])[]): Uint8Array =>
  joined(programs.map(([programNumber, pid]) => words(programNumber, 0xe000 | pid)));

export type MapStream = { type: number; pid: number; descriptors?: Uint8Array };

export const pmtBody = (pcrPid: number, streams: readonly MapStream[], descriptors = new Uint8Array()): Uint8Array =>
  joined([
    words(0xe000 | pcrPid, 0xf000 | descriptors.length),
    descriptors,
    ...streams.flatMap(({ type, pid, descriptors: own = new Uint8Array() }) => [
      Uint8Array.of(type),
      words(0xe000 | pid, 0xf000 | own.length),
      own,
    ]),
  ]);

export const descriptor = (tag: number, bytes: Uint8Array): Uint8Array => joined([Uint8Array.of(tag, bytes.length), bytes]);

/** Description of services, each with a name. EN 300 468 §5.2.3, §6.2.33. */
export const sdtBody = (originalNetworkId: number, services: readonly (readonly [serviceId: number, name: string])[]): Uint8Array =>
  joined([
    words(originalNetworkId),
    Uint8Array.of(0xff),
    ...services.map(([serviceId, name]) => {
      const text = latin(name);
      const service = descriptor(0x48, joined([Uint8Array.of(0x01, 0, text.length), text]));
      return joined([words(serviceId), Uint8Array.of(0xff), words(0x8000 | service.length), service]);
    }),
  ]);

/** One event of a service, of an hour. EN 300 468 §5.2.4, §6.2.37. */
export const eitBody = (transportStreamId: number, originalNetworkId: number, eventId: number, name: string): Uint8Array => {
  const text = latin(name);
  const event = descriptor(0x4d, joined([latin("eng"), Uint8Array.of(text.length), text, Uint8Array.of(0)]));
  const start = Uint8Array.of(0xe0, 0x00, 0x12, 0x00, 0x00, 0x01, 0x00, 0x00);
  const head = joined([words(transportStreamId, originalNetworkId), Uint8Array.of(0x01, 0x4e)]);
  return joined([head, words(eventId), start, words(0x8000 | event.length), event]);
};

/** Packets of a PID that carry the section, with a pointer_field before it and stuffing behind. The first has the given continuity counter. */
export const sectionPackets = (pid: number, section: Uint8Array, continuityCounter = 0): Uint8Array[] => {
  const bytes = joined([Uint8Array.of(0), section]);
  return Array.from({ length: Math.ceil(bytes.length / PAYLOAD_SIZE) }, (_, i) => {
    const packet = new Uint8Array(TS_PACKET_SIZE).fill(0xff);
    setU32(packet, 0, 0x4700_0010 | (i === 0 ? 0x40_0000 : 0) | (pid << 8) | ((continuityCounter + i) & 0x0f));
    packet.set(bytes.subarray(i * PAYLOAD_SIZE, (i + 1) * PAYLOAD_SIZE), 4);
    return packet;
  });
};

const words = (...values: number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 2);
  values.forEach((value, i) => setU16(bytes, i * 2, value));
  return bytes;
};

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
