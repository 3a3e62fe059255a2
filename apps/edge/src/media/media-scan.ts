import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { CommandData } from "@bilbycast/contracts/node-link";
import { catalogueForm } from "@bilbycast/engine/analysis";
import type { Instant } from "@bilbycast/foundation/time";
import { hasPcr, PACKET_SIZE, PCR_HZ, PCR_WRAP, pid, PsiCatalogue, readPcr, SYNC_BYTE } from "@bilbycast/protocols/mpegts";

type Scan = CommandData<"scan_media">;

/** Bytes that are looked at, at the beginning and at the end. */
const LOOKED_AT = 2 * 1024 * 1024;
/** Distances between packets: plain; with 4 bytes before each (M2TS); with 16 bytes of parity behind each. */
const STRIDES = [188, 192, 204] as const;
/** Sync bytes in a row that are no chance. */
const SYNCS = 5;

type Grid = { offset: number; stride: number };

/** What a media file is: a transport stream with its programs, rate and length, or something else. A link is no media file. */
export const scanMedia = async (path: string): Promise<Scan> => {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return { is_ts: false, programs: [], not_found: true };
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) {
      return { is_ts: false, programs: [], not_found: true };
    }
    const head = await read(file, 0, Math.min(LOOKED_AT, stats.size));
    const grid = gridOf(head);
    if (grid === undefined) {
      return { is_ts: false, programs: [], file_size_bytes: stats.size };
    }
    const from = Math.max(0, stats.size - LOOKED_AT);
    const tail = from === 0 ? head : await read(file, from, LOOKED_AT);
    return {
      is_ts: true,
      ...programsOf(head, grid),
      file_size_bytes: stats.size,
      ts_packet_bytes: grid.stride,
      ...paceOf(head, tail, stats.size),
    };
  } finally {
    await file.close();
  }
};

const read = async (file: FileHandle, at: number, length: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(length);
  let done = 0;
  for (let count = -1; count !== 0 && done < length; done += count) {
    count = (await file.read(bytes, done, length - done, at + done)).bytesRead;
  }
  return bytes.subarray(0, done);
};

const gridOf = (bytes: Uint8Array): Grid | undefined => {
  for (let offset = 0; offset < Math.min(bytes.length, 4_096); offset++) {
    const stride = bytes[offset] === SYNC_BYTE ? STRIDES.find((candidate) => isGrid(bytes, offset, candidate)) : undefined;
    if (stride !== undefined) {
      return { offset, stride };
    }
  }
  return undefined;
};

/** Sync bytes at this distance, as many as there is room for and five at most; one alone in a file of one packet. */
const isGrid = (bytes: Uint8Array, offset: number, stride: number): boolean => {
  const room = Math.min(SYNCS, Math.floor((bytes.length - offset - PACKET_SIZE) / stride) + 1);
  return room > 0 && Array.from({ length: room }, (_, i) => bytes[offset + i * stride]).every((byte) => byte === SYNC_BYTE);
};

const programsOf = (bytes: Uint8Array, grid: Grid): Pick<Scan, "programs"> => {
  const catalogue = new PsiCatalogue();
  for (const at of packets(bytes, grid)) {
    catalogue.push(bytes, at, 0 as Instant);
  }
  const programs = catalogueForm(catalogue).programs.map(({ program_number, pmt_pid, pcr_pid, streams }) => ({
    program_number,
    pmt_pid,
    ...(pcr_pid === undefined ? {} : { pcr_pid }),
    streams: streams.map(({ pid: id, stream_type, kind, codec }) => ({ pid: id, stream_type, kind, codec })),
  }));
  return { programs };
};

type Clock = { pid: number; value: number; at: number };

/** Rate from two PCRs at the beginning; length from the first and the last of the file, as long as the clock does not jump in it. */
const paceOf = (head: Uint8Array, tail: Uint8Array, size: number): Pick<Scan, "bitrate_bps" | "duration_ms"> => {
  const early = clocksOf(head);
  const [first] = early;
  const second = early.findLast((clock) => clock.pid === first?.pid && clock !== first);
  if (first === undefined || second === undefined) {
    return {};
  }
  const seconds = ((second.value - first.value + PCR_WRAP) % PCR_WRAP) / PCR_HZ;
  if (seconds <= 0 || seconds > 3_600) {
    return {};
  }
  const rate = Math.round(((second.at - first.at) * 8) / seconds);
  const byRate = (size * 8_000) / Math.max(1, rate);
  const last = clocksOf(tail).findLast((clock) => clock.pid === first.pid);
  const span = last === undefined ? 0 : (((last.value - first.value + PCR_WRAP) % PCR_WRAP) / PCR_HZ) * 1_000;
  // A recording that was cut together has clocks that say nothing of its length.
  const isRight = span > byRate / 2 && span < byRate * 2;
  return { bitrate_bps: rate, duration_ms: Math.round(isRight ? span : byRate) };
};

const clocksOf = (bytes: Uint8Array): Clock[] => {
  const grid = gridOf(bytes);
  if (grid === undefined) {
    return [];
  }
  const clocks: Clock[] = [];
  for (const at of packets(bytes, grid)) {
    if (hasPcr(bytes, at)) {
      clocks.push({ pid: pid(bytes, at), value: readPcr(bytes, at), at });
    }
  }
  return clocks;
};

function* packets(bytes: Uint8Array, { offset, stride }: Grid): Generator<number> {
  for (let at = offset; at + PACKET_SIZE <= bytes.length; at += stride) {
    if (bytes[at] === SYNC_BYTE) {
      yield at;
    }
  }
}
