import { setU16 } from "@bilbycast/foundation/bytes";
import { check } from "@bilbycast/foundation/check";
import { writeClockReference } from "../media-time.ts";
import { PACKET_SIZE, SYNC_BYTE, writeHeader } from "../packet.ts";
import { pesHeaderSize, writePesHeader, type PesHeader } from "./pes-header.ts";

const PAYLOAD = PACKET_SIZE - 4;
/** Bytes of an adaptation field, its length among them: with flags, and with a PCR. ISO/IEC 13818-1 §2.4.3.4. */
const FLAGS_FIELD = 2;
const PCR_FIELD = 8;
const NO_PCR = -1;
/** PES_packet_length counts what is behind it. */
const LENGTH_END = 6;
const LONGEST_LENGTH = 0xffff;

/** A PES packet to be cut. Whoever sends many keeps one of these and changes it: nothing is kept of it. */
export type PesFrame = {
  /** `packetLength` is not looked at: it is counted. */
  header: PesHeader;
  /** The payload is bytes [from, end) of it. */
  payload: Uint8Array;
  from: number;
  end: number;
  /** Video only: PES_packet_length is 0. One longer than 65535 bytes is so anyway. */
  isUnbounded?: boolean;
  /** random_access_indicator in the first packet. */
  randomAccess?: boolean;
  /** discontinuity_indicator in the first packet. */
  discontinuity?: boolean;
  /** The PCR of each packet by its number in this frame, from 0 on, in 27 MHz ticks below PCR_WRAP; negative: it has none. */
  pcrOf?: (packet: number) => number;
};

/** Transport packets that a PES packet of so many bytes takes at most, with a PCR in each. */
export const mostPacketsOfPes = (size: number): number => Math.ceil(size / (PAYLOAD - PCR_FIELD));

/** Cuts the PES packets of one PID into transport packets. Nothing is made per packet. */
export class PesPacketizer {
  /** Of the next packet with a payload; 4 bits. */
  continuityCounter = 0;
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Writes a PES packet into `target` from `at` on and returns how many transport packets it took. There is room for `mostPacketsOfPes`
   * of its bytes, header included: all of that room is written to, and the payload lies outside of it.
   * The last packet is filled up by stuffing in its adaptation field. §2.4.3.5.
   */
  write(frame: PesFrame, target: Uint8Array, at: number): number {
    const total = pesHeaderSize(frame.header) + frame.end - frame.from;
    const end = at + mostPacketsOfPes(total) * PACKET_SIZE;
    check(end <= target.length, "there is room for the packets of a PES packet");
    // It is put down whole at the end of the room, and moved from there packet by packet: what is written never reaches what is to be read.
    this.#putDown(frame, target, end - total);
    let packet = 0;
    let position = at;
    for (let left = total; left > 0; packet++) {
      const pcr = frame.pcrOf?.(packet) ?? NO_PCR;
      const flags = packet === 0 ? (frame.discontinuity === true ? 0x80 : 0) | (frame.randomAccess === true ? 0x40 : 0) : 0;
      const wanted = pcr >= 0 ? PCR_FIELD : flags === 0 ? 0 : FLAGS_FIELD;
      const field = Math.max(wanted, PAYLOAD - left);
      this.#writeHead(target, position, packet === 0, field);
      if (field > 0) {
        writeField(target, position + 4, field, flags, pcr);
      }
      target.copyWithin(position + 4 + field, end - left, end - left + PAYLOAD - field);
      left -= PAYLOAD - field;
      position += PACKET_SIZE;
    }
    return packet;
  }

  /** Writes a packet that has a PCR and no payload: for a clock whose frames are far apart. It does not count. §2.4.3.3. */
  writeClock(target: Uint8Array, at: number, pcr: number): void {
    check(at + PACKET_SIZE <= target.length, "there is room for a packet");
    const last = (this.continuityCounter - 1) & 0x0f;
    writeHeader(target, at, { pid: this.#pid, payload: false, adaptationField: PAYLOAD - 1, continuityCounter: last });
    writeField(target, at + 4, PAYLOAD, 0, pcr);
  }

  /** Writes header, its length and payload as they follow each other. */
  #putDown(frame: PesFrame, target: Uint8Array, at: number): void {
    const { header, payload, from, end, isUnbounded = false } = frame;
    const size = writePesHeader(target, at, header);
    const length = size - LENGTH_END + end - from;
    const isVideo = (header.streamId & 0xf0) === 0xe0;
    check(isVideo || (length <= LONGEST_LENGTH && !isUnbounded), "only video may have PES packets without a length");
    setU16(target, at + LENGTH_END - 2, isUnbounded || length > LONGEST_LENGTH ? 0 : length);
    target.set(payload.subarray(from, end), at + size);
  }

  #writeHead(target: Uint8Array, at: number, isFirst: boolean, field: number): void {
    target[at] = SYNC_BYTE;
    target[at + 1] = (isFirst ? 0x40 : 0) | (this.#pid >> 8);
    target[at + 2] = this.#pid;
    target[at + 3] = (field > 0 ? 0x30 : 0x10) | this.continuityCounter;
    this.continuityCounter = (this.continuityCounter + 1) & 0x0f;
  }
}

/** Writes an adaptation field of `size` bytes, its length among them; of one byte it is its length, 0. `pcr` negative: it has none. */
export const writeField = (target: Uint8Array, at: number, size: number, flags: number, pcr: number): void => {
  target[at] = size - 1;
  if (size === 1) {
    return;
  }
  target[at + 1] = flags | (pcr >= 0 ? 0x10 : 0);
  let stuffing = at + FLAGS_FIELD;
  if (pcr >= 0) {
    writeClockReference(target, at + FLAGS_FIELD, pcr);
    stuffing = at + PCR_FIELD;
  }
  target.fill(0xff, stuffing, at + size);
};
