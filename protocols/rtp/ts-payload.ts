/** ISO/IEC 13818-1 §2.4.3.2. */
const TS_PACKET_SIZE = 188;
const SYNC_BYTE = 0x47;

/** Whether the bytes are one or more whole TS packets, each beginning with its sync byte. */
export const isTsPayload = (bytes: Uint8Array, offset: number, length: number): boolean => {
  if (length <= 0 || length % TS_PACKET_SIZE !== 0) {
    return false;
  }
  const end = offset + length;
  for (let at = offset; at < end; at += TS_PACKET_SIZE) {
    if (bytes[at] !== SYNC_BYTE) {
      return false;
    }
  }
  return true;
};
