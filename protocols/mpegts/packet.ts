/** Bytes of a transport stream packet. ISO/IEC 13818-1 §2.4.3.2. */
export const PACKET_SIZE = 188;
/** First byte of every packet. */
export const SYNC_BYTE = 0x47;
/** PIDs have 13 bits. */
export const PID_COUNT = 8192;
/** PID of stuffing; its continuity counter is undefined. */
export const NULL_PID = 0x1fff;
/** Packets in a full unit of the flow's bus, and in a datagram of 1316 bytes. */
export const UNIT_PACKETS = 7;
export const UNIT_SIZE = UNIT_PACKETS * PACKET_SIZE;

/** In all functions here `at` is where the packet's sync byte lies; 188 bytes must be there. */
export const pid = (bytes: Uint8Array, at: number): number => (((bytes[at + 1] ?? 0) & 0x1f) << 8) | (bytes[at + 2] ?? 0);

/** transport_error_indicator: somebody before us could not correct the packet, none of its fields can be trusted. */
export const transportError = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 1] ?? 0) & 0x80) !== 0;

/** A PES packet or a section begins in this packet. */
export const payloadUnitStart = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 1] ?? 0) & 0x40) !== 0;

/** The payload is encrypted; header and adaptation field never are. */
export const isScrambled = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 3] ?? 0) & 0xc0) !== 0;

export const hasAdaptationField = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 3] ?? 0) & 0x20) !== 0;

export const hasPayload = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 3] ?? 0) & 0x10) !== 0;

/** 4 bits; counts the packets of a PID that have a payload. §2.4.3.3. */
export const continuityCounter = (bytes: Uint8Array, at: number): number => (bytes[at + 3] ?? 0) & 0x0f;

export const setContinuityCounter = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at + 3] = ((bytes[at + 3] ?? 0) & 0xf0) | (value & 0x0f);
};

/** adaptation_field_length, 0 where there is no adaptation field. A length that leaves the packet counts as 0. */
export const adaptationFieldLength = (bytes: Uint8Array, at: number): number => {
  if (!hasAdaptationField(bytes, at)) {
    return 0;
  }
  const length = bytes[at + 4] ?? 0;
  return length <= PACKET_SIZE - 5 ? length : 0;
};

/** discontinuity_indicator: the time base or a continuity counter may break here on purpose. §2.4.3.5. */
export const discontinuityIndicator = (bytes: Uint8Array, at: number): boolean =>
  adaptationFieldLength(bytes, at) > 0 && ((bytes[at + 5] ?? 0) & 0x80) !== 0;

/** Sets the indicator; does nothing where the packet has no adaptation field to hold it. */
export const setDiscontinuityIndicator = (bytes: Uint8Array, at: number): void => {
  if (adaptationFieldLength(bytes, at) > 0) {
    bytes[at + 5] = (bytes[at + 5] ?? 0) | 0x80;
  }
};

/** Bytes from the sync byte to the payload; 188 where there is none. */
export const payloadOffset = (bytes: Uint8Array, at: number): number => {
  if (!hasPayload(bytes, at)) {
    return PACKET_SIZE;
  }
  return hasAdaptationField(bytes, at) ? Math.min(PACKET_SIZE, 5 + (bytes[at + 4] ?? 0)) : 4;
};

export type HeaderFields = {
  pid: number;
  payloadUnitStart?: boolean;
  /** 4 bits. */
  continuityCounter?: number;
  /** Default true. */
  payload?: boolean;
  /** adaptation_field_length; absent: no adaptation field. */
  adaptationField?: number;
};

/** Writes a header of 4 bytes, and of an adaptation field its length, empty flags and stuffing. Not for hot paths. */
export const writeHeader = (bytes: Uint8Array, at: number, fields: HeaderFields): void => {
  const { adaptationField } = fields;
  bytes[at] = SYNC_BYTE;
  bytes[at + 1] = (fields.payloadUnitStart ? 0x40 : 0) | ((fields.pid >> 8) & 0x1f);
  bytes[at + 2] = fields.pid;
  bytes[at + 3] =
    (adaptationField === undefined ? 0 : 0x20) | ((fields.payload ?? true) ? 0x10 : 0) | ((fields.continuityCounter ?? 0) & 0x0f);
  if (adaptationField !== undefined) {
    bytes[at + 4] = adaptationField;
    bytes.fill(0xff, at + 5, at + 5 + adaptationField);
    if (adaptationField > 0) {
      bytes[at + 5] = 0;
    }
  }
};

/** The bytes are whole packets: a multiple of 188, not empty, each with its sync byte. */
export const areWholePackets = (bytes: Uint8Array, at: number, length: number): boolean => {
  if (length === 0 || length % PACKET_SIZE !== 0) {
    return false;
  }
  for (let i = at; i < at + length; i += PACKET_SIZE) {
    if (bytes[i] !== SYNC_BYTE) {
      return false;
    }
  }
  return true;
};
