import { PACKET_SIZE, writeHeader } from "../packet.ts";

const PAYLOAD = PACKET_SIZE - 4;

/** Packets that a section takes, with its pointer_field. */
export const packetsOfSection = (section: Uint8Array): number => Math.ceil((section.length + 1) / PAYLOAD);

/**
 * Puts a section into packets of its PID, begun by a pointer_field of 0 and filled up with stuffing. ISO/IEC 13818-1 §2.4.4.1.
 * `continuityCounter` is that of the first packet; the next one to use is it plus the count of packets.
 */
export const packetizeSection = (section: Uint8Array, pid: number, continuityCounter: number): Uint8Array => {
  const count = packetsOfSection(section);
  const packets = new Uint8Array(count * PACKET_SIZE).fill(0xff);
  for (let i = 0; i < count; i++) {
    const at = i * PACKET_SIZE;
    writeHeader(packets, at, { pid, payloadUnitStart: i === 0, continuityCounter: continuityCounter + i });
    const from = Math.max(0, i * PAYLOAD - 1);
    const payload = at + 4 + (i === 0 ? 1 : 0);
    if (i === 0) {
      packets[at + 4] = 0;
    }
    packets.set(section.subarray(from, i * PAYLOAD + PAYLOAD - 1), payload);
  }
  return packets;
};
