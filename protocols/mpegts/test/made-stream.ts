import { NULL_PID, PACKET_SIZE, writeHeader } from "../packet.ts";
import { PCR_WRAP, STAMP_WRAP, wrapped, writePcr, writeStamp } from "../media-time.ts";

/** One packet per millisecond, 1.504 Mbit/s. */
export const PACKET_TICKS = 27_000;
export const VIDEO = 256;
export const AUDIO = 257;

export type MadeStream = {
  /** Packets, one millisecond each; a multiple of 200 loops without a pause. */
  packets: number;
  /** Time of the first packet, 27 MHz. */
  firstPcr?: number;
  /** Packets between PCRs; 0: no PCR. */
  pcrEvery?: number;
  pcrPid?: number;
  /** Milliseconds from the transport of a frame to its DTS. */
  delay?: number;
  /** PTS and DTS at all. */
  stamps?: boolean;
  /** Milliseconds that the clock jumps ahead by, from packet `jumpAt` on. */
  jump?: number;
  jumpAt?: number;
};

/** A constant-rate stream: a PCR every 30 ms on its own PID from packet 3 on, a video frame every 40 ms with PTS 80 ms behind its DTS, audio every 25 ms, stuffing. */
export const makeStream = (made: MadeStream): Uint8Array => {
  const { packets, firstPcr = 0, pcrEvery = 30, pcrPid = 0x1f0, delay = 200, stamps = true, jump = 0, jumpAt = packets } = made;
  const bytes = new Uint8Array(packets * PACKET_SIZE);
  const counters = new Map<number, number>();
  for (let i = 0; i < packets; i++) {
    const at = i * PACKET_SIZE;
    const pcr = wrapped(firstPcr + i * PACKET_TICKS + (i >= jumpAt ? jump * PACKET_TICKS : 0), PCR_WRAP);
    const dts = wrapped(Math.floor(pcr / 300) + delay * 90, STAMP_WRAP);
    const counter = (pid: number): number => {
      const value = ((counters.get(pid) ?? 15) + 1) & 15;
      counters.set(pid, value);
      return value;
    };
    if (pcrEvery > 0 && i % pcrEvery === 3) {
      writeHeader(bytes, at, { pid: pcrPid, adaptationField: 183, payload: false, continuityCounter: counters.get(pcrPid) ?? 0 });
      writePcr(bytes, at, pcr);
    } else if (i % 40 === 1) {
      writeHeader(bytes, at, { pid: VIDEO, payloadUnitStart: true, continuityCounter: counter(VIDEO) });
      writePes(bytes, at + 4, 0xe0, stamps ? wrapped(dts + 7_200, STAMP_WRAP) : undefined, stamps ? dts : undefined);
    } else if (i % 25 === 4) {
      writeHeader(bytes, at, { pid: AUDIO, payloadUnitStart: true, continuityCounter: counter(AUDIO) });
      writePes(bytes, at + 4, 0xc0, stamps ? dts : undefined, undefined);
    } else {
      writeHeader(bytes, at, { pid: i % 3 === 0 ? VIDEO : NULL_PID, continuityCounter: i % 3 === 0 ? counter(VIDEO) : 0 });
    }
    bytes[at + 187] = i;
  }
  return bytes;
};

/** A PES header with the given time stamps. ISO/IEC 13818-1 §2.4.3.6. */
export const writePes = (bytes: Uint8Array, at: number, streamId: number, pts: number | undefined, dts: number | undefined): void => {
  bytes.set([0, 0, 1, streamId, 0, 0, 0x80, (pts === undefined ? 0 : 0x80) | (dts === undefined ? 0 : 0x40)], at);
  bytes[at + 8] = (pts === undefined ? 0 : 5) + (dts === undefined ? 0 : 5);
  if (pts !== undefined) {
    bytes.set([dts === undefined ? 0x21 : 0x31, 0, 1, 0, 1], at + 9);
    writeStamp(bytes, at + 9, pts);
  }
  if (dts !== undefined) {
    bytes.set([0x11, 0, 1, 0, 1], at + 14);
    writeStamp(bytes, at + 14, dts);
  }
};

/** The same packets at another distance: 192 with 4 bytes before each, 204 with 16 behind. */
export const withStride = (bytes: Uint8Array, stride: 192 | 204): Uint8Array => {
  const packets = bytes.length / PACKET_SIZE;
  const wide = new Uint8Array(packets * stride).fill(0xa5);
  for (let i = 0; i < packets; i++) {
    wide.set(bytes.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE), i * stride + (stride === 192 ? 4 : 0));
  }
  return wide;
};
