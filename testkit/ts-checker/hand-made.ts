import { setU16, setU32 } from "@bilbycast/foundation/bytes";
import { patBody, pmtBody, psiSection, sectionPackets } from "@bilbycast/testkit/streams";

const SIZE = 188;
const CLOCK_MS = 27_000;

export type PacketParts = {
  pid: number;
  /** continuity_counter. */
  cc: number;
  /** A PES packet begins. */
  start?: boolean;
  /** False: an adaptation field alone. */
  payload?: boolean;
  discontinuity?: boolean;
  /** In milliseconds. */
  pcr?: number;
  /** What the payload is filled with. */
  fill?: number;
};

/** One transport packet. */
export const packet = ({ pid, cc, start = false, payload = true, discontinuity = false, pcr, fill = 0x55 }: PacketParts): Uint8Array => {
  const bytes = new Uint8Array(SIZE).fill(fill);
  const hasField = !payload || discontinuity || pcr !== undefined;
  setU32(bytes, 0, 0x4700_0000 | (start ? 0x40_0000 : 0) | (pid << 8) | (hasField ? 0x20 : 0) | (payload ? 0x10 : 0) | cc);
  let at = 4;
  if (hasField) {
    const length = payload ? 7 : 183;
    bytes.fill(0xff, 4, 5 + length);
    bytes[4] = length;
    bytes[5] = (discontinuity ? 0x80 : 0) | (pcr === undefined ? 0 : 0x10);
    at = 5 + length;
    if (pcr !== undefined) {
      const ticks = Math.round(pcr * CLOCK_MS);
      const base = Math.floor(ticks / 300);
      setU32(bytes, 6, Math.floor(base / 2));
      setU16(bytes, 10, ((base & 1) << 15) | 0x7e00 | (ticks % 300));
    }
  }
  if (start) {
    bytes.set([0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0], at);
  }
  return bytes;
};

export const join = (packets: readonly Uint8Array[]): Uint8Array => Uint8Array.from(packets.flatMap((each) => [...each]));

export const PMT_PID = 0x1000;
export const VIDEO_PID = 0x100;

/** A PAT of one program, or of those given, in one packet. */
export const pat = (cc: number, version = 0, programs: readonly (readonly [number, number])[] = [[1, PMT_PID]]): Uint8Array[] =>
  sectionPackets(0, psiSection({ tableId: 0, extension: 1, version, body: patBody(programs) }), cc);

/** A map of a program with one stream and so many bytes of descriptors. */
export const pmt = (cc: number, version = 0, pid = VIDEO_PID, descriptorBytes = 0): Uint8Array[] => {
  const body = pmtBody(pid, [{ type: 0x1b, pid, descriptors: descriptorBytes === 0 ? new Uint8Array() : stuffing(descriptorBytes) }]);
  return sectionPackets(PMT_PID, psiSection({ tableId: 2, extension: 1, version, body }), cc);
};

const stuffing = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size).fill(0xaa);
  for (let at = 0; at < size; at += 202) {
    bytes[at] = 0x80;
    bytes[at + 1] = Math.min(200, size - at - 2);
  }
  return bytes;
};

/** The same packet with one byte changed. */
export const changed = (original: Uint8Array | undefined, at: number, to: number): Uint8Array => {
  const bytes = Uint8Array.from(original ?? []);
  bytes[at] = to;
  return bytes;
};
