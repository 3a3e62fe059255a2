import { check } from "@bilbycast/foundation/check";
import { setU32 } from "@bilbycast/foundation/bytes";
import { DEFAULT_CHUNK_SIZE, EXTENDED } from "./message.ts";

/** A message as it is sent: its payload in pieces that are copied once, into the chunks. */
export type OutgoingMessage = {
  /** Chunk stream id, 2 to 63. */
  chunkStreamId: number;
  type: number;
  streamId: number;
  /** Milliseconds; only the low 32 bits count. */
  timestamp: number;
  pieces: readonly Uint8Array[];
};

type Sent = {
  timestamp: number;
  length: number;
  type: number;
  streamId: number;
  /** `undefined`: the last header had the time itself. */ delta: number | undefined;
};

/** Longest header with a basic header of one byte and an extended time stamp. */
const LONGEST_HEADER = 16;
const WRAP = 2 ** 32;

/** Messages into chunks, each header as short as what went before it allows. RTMP 1.0 §5.3. */
export class ChunkWriter {
  #chunkSize = DEFAULT_CHUNK_SIZE;
  readonly #sent = new Map<number, Sent>();

  /** From the next message on; the other side must have been told before. 1 to 16777215. */
  set chunkSize(size: number) {
    check(size >= 1 && size <= 0xffffff, "a chunk has 1 to 16777215 bytes");
    this.#chunkSize = size;
  }

  /** All chunks of the message in one piece. */
  write(message: OutgoingMessage): Uint8Array {
    const { chunkStreamId, pieces } = message;
    check(chunkStreamId >= 2 && chunkStreamId <= 63, "a chunk stream id of one byte is 2 to 63");
    const length = pieces.reduce((size, piece) => size + piece.length, 0);
    check(length <= 0xffffff, "a message has at most 16777215 bytes");
    const header = new Uint8Array(LONGEST_HEADER);
    const { size, field } = this.#header(header, message, length);
    const isExtended = field >= EXTENDED;
    const continuation = 1 + (isExtended ? 4 : 0);
    const chunks = Math.max(1, Math.ceil(length / this.#chunkSize));
    const bytes = new Uint8Array(size + length + (chunks - 1) * continuation);
    bytes.set(header.subarray(0, size));
    let at = size;
    let left = this.#chunkSize;
    for (const piece of pieces) {
      for (let from = 0; from < piece.length;) {
        if (left === 0) {
          bytes[at] = 0xc0 | chunkStreamId;
          if (isExtended) {
            setU32(bytes, at + 1, field);
          }
          at += continuation;
          left = this.#chunkSize;
        }
        const taken = Math.min(left, piece.length - from);
        bytes.set(piece.subarray(from, from + taken), at);
        from += taken;
        at += taken;
        left -= taken;
      }
    }
    return bytes;
  }

  /** Writes the first chunk's header; returns its size and the time, or difference of times, that it says. */
  #header(header: Uint8Array, message: OutgoingMessage, length: number): { size: number; field: number } {
    const { chunkStreamId, type, streamId } = message;
    const timestamp = modulo(message.timestamp);
    const before = this.#sent.get(chunkStreamId);
    const ahead = before === undefined ? 0 : modulo(timestamp - before.timestamp);
    // A time that goes back has no difference that could be sent.
    const isFull = before === undefined || before.streamId !== streamId || ahead >= WRAP / 2;
    const delta = isFull ? undefined : ahead;
    const format = isFull ? 0 : before.length !== length || before.type !== type ? 1 : before.delta === delta ? 3 : 2;
    this.#sent.set(chunkStreamId, { timestamp, length, type, streamId, delta });
    const field = delta ?? timestamp;
    header[0] = (format << 6) | chunkStreamId;
    let size = 1;
    if (format < 3) {
      setU24(header, size, Math.min(field, EXTENDED));
      size += 3;
    }
    if (format < 2) {
      setU24(header, size, length);
      header[size + 3] = type;
      size += 4;
    }
    if (format === 0) {
      // Little endian, alone among all fields. §5.3.1.2.1.
      for (let i = 0; i < 4; i++) {
        header[size++] = streamId >>> (8 * i);
      }
    }
    if (field >= EXTENDED) {
      setU32(header, size, field);
      size += 4;
    }
    return { size, field };
  }
}

const modulo = (value: number): number => ((value % WRAP) + WRAP) % WRAP;

const setU24 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
};
