import { u16, u32 } from "@bilbycast/foundation/bytes";

export const TS_PACKET_SIZE = 188;
export const NULL_PID = 0x1fff;
export const PIDS = 0x2000;
const SYNC_BYTE = 0x47;
const HEADER_SIZE = 4;
/** Ticks of 27 MHz to one of 90 kHz. ISO/IEC 13818-1 §2.4.3.5. */
const EXTENSION = 300;

/** One transport packet, read anew for each: ISO/IEC 13818-1 §2.4.3.2 and §2.4.3.4. */
export class TsPacket {
  bytes: Uint8Array = new Uint8Array();
  at = 0;
  pid = 0;
  transportError = false;
  payloadUnitStart = false;
  isScrambled = false;
  continuityCounter = 0;
  /** The adaptation field reaches past the packet, does not fill one without payload, or its presence has the reserved value. */
  isMalformed = false;
  discontinuityIndicator = false;
  randomAccess = false;
  /** Ticks of 27 MHz, or -1. */
  pcr = -1;
  /** Where the payload begins; the end of the packet when it has none. */
  payloadAt = 0;

  get end(): number {
    return this.at + TS_PACKET_SIZE;
  }

  get hasPayload(): boolean {
    return this.payloadAt < this.end;
  }

  /** Reads the 188 bytes from `at`. False when they do not begin with the sync byte. */
  read(bytes: Uint8Array, at: number): boolean {
    if (bytes[at] !== SYNC_BYTE) {
      return false;
    }
    const word = u32(bytes, at);
    this.bytes = bytes;
    this.at = at;
    this.transportError = (word & 0x80_0000) !== 0;
    this.payloadUnitStart = (word & 0x40_0000) !== 0;
    this.pid = (word >>> 8) & 0x1fff;
    this.isScrambled = (word & 0xc0) !== 0;
    this.continuityCounter = word & 0x0f;
    this.discontinuityIndicator = false;
    this.randomAccess = false;
    this.pcr = -1;
    this.#readAdaptation((word >>> 4) & 0x03);
    return true;
  }

  #readAdaptation(control: number): void {
    const start = this.at + HEADER_SIZE;
    this.payloadAt = control === 1 ? start : this.end;
    this.isMalformed = control === 0;
    if (control < 2) {
      return;
    }
    const length = this.bytes[start] ?? 0;
    this.isMalformed = control === 2 ? length !== 183 : length > 182;
    if (this.isMalformed || length === 0) {
      this.payloadAt = control === 3 && !this.isMalformed ? start + 1 : this.end;
      return;
    }
    const flags = this.bytes[start + 1] ?? 0;
    this.discontinuityIndicator = (flags & 0x80) !== 0;
    this.randomAccess = (flags & 0x40) !== 0;
    if ((flags & 0x10) !== 0) {
      const base = u32(this.bytes, start + 2) * 2 + ((this.bytes[start + 6] ?? 0) >>> 7);
      this.pcr = base * EXTENSION + (u16(this.bytes, start + 6) & 0x1ff);
      this.isMalformed = length < 7;
    }
    this.payloadAt = control === 3 ? start + 1 + length : this.end;
  }
}
