import { u16, u32 } from "@bilbycast/foundation/bytes";
import { ABORT, DEFAULT_CHUNK_SIZE, EXTENDED, SET_CHUNK_SIZE, type RtmpMessage } from "./message.ts";

/** What of a chunk stream id is known. */
type ChunkStream = {
  timestamp: number;
  /** As of the last header that had one; what a message that begins with a chunk of type 3 adds. */
  delta: number;
  isExtended: boolean;
  length: number;
  type: number;
  streamId: number;
  /** The message that is under way, and how much of it is there. */
  payload: Uint8Array | undefined;
  filled: number;
};

/** Why the other side's bytes are no chunk stream. */
export type ChunkFault = "unknown_chunk_stream" | "too_many_chunk_streams" | "message_too_long" | "chunk_size_invalid";

/** Bytes of message headers by chunk type, without extended time stamps. RTMP 1.0 §5.3.1.2. */
const HEADER_SIZES = [11, 7, 3, 0] as const;
/** Basic header of 3 bytes, message header of 11, extended time stamp of 4. */
const LONGEST_HEADER = 18;
/** Chunk streams that a server uses at once: some five. */
const MOST_STREAMS = 64;

/**
 * Messages out of the bytes of a connection, in pieces of any size. What messages under way hold together is at most `room` bytes.
 * Once something is wrong with the stream nothing more can be found in it: `fault` says what, and everything after it is passed over.
 */
export class ChunkReader {
  fault: ChunkFault | undefined;
  readonly #onMessage: (message: RtmpMessage) => void;
  readonly #room: number;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #header = new Uint8Array(LONGEST_HEADER);
  #headerHeld = 0;
  #chunkSize = DEFAULT_CHUNK_SIZE;
  /** The stream whose chunk is being read, and the bytes of it that are still to come. */
  #current: ChunkStream | undefined;
  #left = 0;
  #used = 0;

  /** `onMessage` gets each whole message but those about chunks themselves; its payload is its own. */
  constructor(onMessage: (message: RtmpMessage) => void, room: number) {
    this.#onMessage = onMessage;
    this.#room = room;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.fault === undefined) {
      if (this.#current === undefined) {
        this.#header[this.#headerHeld++] = bytes[at++] ?? 0;
        this.#begin();
      } else {
        at = this.#fill(this.#current, bytes, at);
      }
    }
  }

  /** Looks whether the header is whole, and begins the chunk's payload then. */
  #begin(): void {
    const header = this.#header;
    const format = (header[0] ?? 0) >> 6;
    const low = (header[0] ?? 0) & 0x3f;
    const basic = low === 0 ? 2 : low === 1 ? 3 : 1;
    const size = basic + (HEADER_SIZES[format] ?? 0);
    if (this.#headerHeld < size) {
      return;
    }
    const id = low === 0 ? 64 + (header[1] ?? 0) : low === 1 ? 64 + (header[1] ?? 0) + 256 * (header[2] ?? 0) : low;
    const known = this.#streams.get(id);
    const stream = known ?? this.#open(id, format);
    if (stream === undefined) {
      return;
    }
    const field = format === 3 ? 0 : (header[basic] ?? 0) * 65_536 + u16(header, basic + 1);
    const isExtended = format === 3 ? stream.isExtended : field === EXTENDED;
    if (isExtended && this.#headerHeld < size + 4) {
      return;
    }
    this.#headerHeld = 0;
    this.#take(stream, format, basic, isExtended ? u32(header, size) : field);
    stream.isExtended = isExtended;
  }

  #open(id: number, format: number): ChunkStream | undefined {
    if (format !== 0) {
      this.fault = "unknown_chunk_stream";
      return undefined;
    }
    if (this.#streams.size === MOST_STREAMS) {
      this.fault = "too_many_chunk_streams";
      return undefined;
    }
    const stream = { timestamp: 0, delta: 0, isExtended: false, length: 0, type: 0, streamId: 0, payload: undefined, filled: 0 };
    this.#streams.set(id, stream);
    return stream;
  }

  #take(stream: ChunkStream, format: number, basic: number, time: number): void {
    const header = this.#header;
    if (format < 3) {
      stream.delta = time;
    }
    if (format < 2) {
      stream.length = (header[basic + 3] ?? 0) * 65_536 + u16(header, basic + 4);
      stream.type = header[basic + 6] ?? 0;
    }
    if (format === 0) {
      const at = basic + 7;
      stream.streamId =
        ((header[at] ?? 0) | ((header[at + 1] ?? 0) << 8) | ((header[at + 2] ?? 0) << 16) | ((header[at + 3] ?? 0) << 24)) >>> 0;
    }
    if (format < 3 && stream.payload !== undefined) {
      // Another message begins: what there is of the one before is nothing.
      this.#discard(stream);
    }
    if (stream.payload === undefined) {
      stream.timestamp = format === 0 ? time : (stream.timestamp + stream.delta) >>> 0;
      if (stream.length > this.#room - this.#used) {
        this.fault = "message_too_long";
        return;
      }
      stream.payload = new Uint8Array(stream.length);
      stream.filled = 0;
      this.#used += stream.length;
    }
    this.#current = stream;
    this.#left = Math.min(this.#chunkSize, stream.length - stream.filled);
    if (this.#left === 0) {
      this.#finish(stream, stream.payload);
    }
  }

  #fill(stream: ChunkStream, bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#left, bytes.length - at);
    const { payload } = stream;
    payload?.set(bytes.subarray(at, at + taken), stream.filled);
    stream.filled += taken;
    this.#left -= taken;
    if (this.#left === 0 && payload !== undefined) {
      this.#finish(stream, payload);
    }
    return at + taken;
  }

  /** A chunk has ended, and with it perhaps its message. */
  #finish(stream: ChunkStream, payload: Uint8Array): void {
    this.#current = undefined;
    if (stream.filled < stream.length) {
      return;
    }
    this.#discard(stream);
    const { type, streamId, timestamp } = stream;
    if (type === SET_CHUNK_SIZE) {
      const size = u32(payload, 0);
      // The first bit is 0, and there are no empty chunks. §5.4.1.
      this.fault = payload.length < 4 || size === 0 || size > 0x7fffffff ? "chunk_size_invalid" : undefined;
      this.#chunkSize = size;
    } else if (type === ABORT) {
      const aborted = payload.length < 4 ? undefined : this.#streams.get(u32(payload, 0));
      if (aborted?.payload !== undefined) {
        this.#discard(aborted);
      }
    } else {
      this.#onMessage({ type, streamId, timestamp, payload });
    }
  }

  #discard(stream: ChunkStream): void {
    this.#used -= stream.payload?.length ?? 0;
    stream.payload = undefined;
    stream.filled = 0;
  }
}
