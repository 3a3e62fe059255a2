import { check } from "@bilbycast/foundation/check";

/** Every message: its length behind this word, its kind, and the job that it is of; 0 is the host itself. Big endian. */
const HEAD = 9;
/** Bytes of the longest message. An uncompressed frame of 8K fits; what claims to be longer is no message. */
export const LONGEST_MESSAGE = 96 * 1_024 * 1_024;

/** What main says to a host. */
export const TO_HOST = {
  /** JSON: `JobSpec`. */
  open: 1,
  close: 2,
  /** To a job that decodes: `Request`. */
  decode: 3,
  /** To a job that encodes: f64, all frames before that one are wanted. */
  want: 4,
  /** u32, said back. */
  ping: 5,
} as const;

/** What a host says. */
export const FROM_HOST = {
  /** JSON: `HostFacts`; the first message. */
  ready: 1,
  opened: 2,
  /** JSON: `{ code, message }`. The job is over. */
  failed: 3,
  /** `EncodedUnit`. */
  unit: 4,
  /** `Picture`. */
  picture: 5,
  /** JSON: `{ code, message }`. A request gave no picture; the job goes on. */
  noPicture: 6,
  pong: 7,
} as const;

export type TakeMessage = (kind: number, job: number, body: Uint8Array) => void;

/** One message as bytes; the parts of its body lie one behind the other. */
export const messageOf = (kind: number, job: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  check(size + HEAD <= LONGEST_MESSAGE, "a message to or from a host has its bound");
  const bytes = new Uint8Array(HEAD + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HEAD - 4 + size);
  view.setUint8(4, kind);
  view.setUint32(5, job);
  let at = HEAD;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

export const jsonOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Throws a SyntaxError on what is no JSON. */
export const parseJson = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body));

/** Puts messages together from pieces of a pipe. What it gives is a copy that the taker may keep. */
export class MessageReader {
  readonly #take: TakeMessage;
  readonly #head = new Uint8Array(HEAD);
  #headFill = 0;
  #body: Uint8Array | undefined;
  #fill = 0;

  constructor(take: TakeMessage) {
    this.#take = take;
  }

  /** False when the other end does not speak our language: nothing more can be read of it. */
  push(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length;) {
      if (this.#body === undefined) {
        const count = Math.min(HEAD - this.#headFill, bytes.length - at);
        this.#head.set(bytes.subarray(at, at + count), this.#headFill);
        this.#headFill += count;
        at += count;
        if (this.#headFill === HEAD && !this.#begin()) {
          return false;
        }
      } else {
        const count = Math.min(this.#body.length - this.#fill, bytes.length - at);
        this.#body.set(bytes.subarray(at, at + count), this.#fill);
        this.#fill += count;
        at += count;
      }
      this.#end();
    }
    return true;
  }

  #begin(): boolean {
    const length = new DataView(this.#head.buffer).getUint32(0) - (HEAD - 4);
    if (length < 0 || length > LONGEST_MESSAGE - HEAD) {
      return false;
    }
    this.#body = new Uint8Array(length);
    this.#fill = 0;
    return true;
  }

  #end(): void {
    const body = this.#body;
    if (body !== undefined && this.#fill === body.length) {
      this.#body = undefined;
      this.#headFill = 0;
      this.#take(this.#head[4] ?? 0, new DataView(this.#head.buffer).getUint32(5), body);
    }
  }
}
