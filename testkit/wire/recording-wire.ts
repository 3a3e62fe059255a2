import { check } from "@bilbycast/foundation/check";
import { TRAIN_BYTES, TRAIN_DATAGRAMS, type Wire } from "@bilbycast/foundation/packets";
import type { HeapMemory } from "@bilbycast/testkit/memory";

/** A message as it was begun, and where its pieces lie. */
type Message = { segment: number; packet: number; peer: number; pieces: { offset: number; length: number }[] };

/** One message that left. */
export type SentMessage = {
  segment: number;
  packet: number;
  peer: number;
  /** How many pieces it was gathered from. */
  pieces: number;
  /** What arrives at the peer: the train cut, or the one datagram. */
  datagrams: Uint8Array[];
};

/**
 * A wire for tests: keeps what would have been sent, gathered when it is flushed, as a lane does. It fails the test that
 * breaks the rules of a wire: more pieces or scratch than were ensured, memory that is not reserved, a train that is too long.
 */
export class RecordingWire implements Wire {
  trains: boolean;
  readonly #memory: HeapMemory;
  readonly #scratch: number;
  readonly #limits: { messages: number; pieces: number; scratch: number };
  #waiting: Message[] = [];
  #pieces = 0;
  #scratchUsed = 0;
  #piecesLeft = 0;
  #scratchLeft = 0;
  #sent: SentMessage[] = [];
  /** How often a full list was sent before its end. */
  flushes = 0;

  constructor(memory: HeapMemory, options: { trains?: boolean; messages?: number; pieces?: number; scratch?: number } = {}) {
    this.#memory = memory;
    this.trains = options.trains ?? true;
    this.#limits = { messages: options.messages ?? 128, pieces: options.pieces ?? 1_024, scratch: options.scratch ?? 16_384 };
    this.#scratch = memory.reserve(this.#limits.scratch);
  }

  ensure(pieces: number, scratch: number): void {
    const { messages, pieces: mostPieces, scratch: mostScratch } = this.#limits;
    if (this.#waiting.length === messages || this.#pieces + pieces > mostPieces || this.#scratchUsed + scratch > mostScratch) {
      this.flushes++;
      this.flush();
    }
    check(pieces <= mostPieces && scratch <= mostScratch, "a message fits an empty wire");
    this.#piecesLeft = pieces;
    this.#scratchLeft = scratch;
  }

  message(segment: number, packet: number, peer: number): void {
    check(segment === 0 || this.trains, "a wire without trains gets single datagrams");
    check(this.#waiting.length < this.#limits.messages, "room for a message was ensured");
    this.#waiting.push({ segment, packet, peer, pieces: [] });
  }

  piece(offset: number, length: number): void {
    check(this.#piecesLeft-- > 0, "no more pieces than were ensured");
    check(this.#memory.reserved(offset, length), "a piece lies in reserved memory");
    const message = this.#waiting.at(-1);
    check(message !== undefined, "a piece belongs to a message");
    message.pieces.push({ offset, length });
    this.#pieces++;
  }

  scratch(length: number): number {
    const size = Math.ceil(length / 4) * 4;
    this.#scratchLeft -= size;
    check(this.#scratchLeft >= 0, "no more scratch than was ensured");
    const offset = this.#scratch + this.#scratchUsed;
    this.#scratchUsed += size;
    return offset;
  }

  /** Sends what waits, and spoils the scratch. */
  flush(): void {
    this.#sent.push(...this.#waiting.map((message) => this.#gather(message)));
    this.#waiting = [];
    this.#pieces = 0;
    this.#scratchUsed = 0;
    this.#memory.bytes.fill(0xee, this.#scratch, this.#scratch + this.#limits.scratch);
  }

  /** Flushes, and gives what left since the last time. */
  take(): SentMessage[] {
    this.flush();
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** Flushes, and gives the datagrams that left since the last time. */
  takeDatagrams(): Uint8Array[] {
    return this.take().flatMap((message) => message.datagrams);
  }

  close(): void {
    this.#memory.release(this.#scratch);
  }

  #gather({ segment, packet, peer, pieces }: Message): SentMessage {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(this.#memory.bytes.subarray(piece.offset, piece.offset + piece.length), at);
      at += piece.length;
    }
    const datagrams: Uint8Array[] = [];
    for (let start = 0; start < length || start === 0; start += segment || Math.max(1, length)) {
      datagrams.push(bytes.subarray(start, segment === 0 ? length : Math.min(length, start + segment)));
    }
    check(length <= TRAIN_BYTES && datagrams.length <= TRAIN_DATAGRAMS, "a train is not too long");
    return { segment, packet, peer, pieces: pieces.length, datagrams };
  }
}
