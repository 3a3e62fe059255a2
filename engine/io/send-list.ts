import { check } from "@bilbycast/foundation/check";
import type { Tally, Wire } from "@bilbycast/foundation/packets";
import type { Arena } from "./arena.ts";
import type { LaneSocket } from "./lane-socket.ts";
import { EAGAIN, ECONNREFUSED, EINTR, EINVAL, EMSGSIZE, ENOBUFS, SOL_UDP, UDP_SEGMENT } from "./linux.ts";
import { SOCKADDR_SIZE } from "./socket-address.ts";

/** What became of the messages of one output. */
export type SendMeters = {
  readonly packetsSent: Tally;
  readonly bytesSent: Tally;
  readonly packetsRefused: Tally;
  readonly sendBlocked: Tally;
  readonly peerUnreachable: Tally;
};

const MESSAGES = 128;
const PIECES = 1_024;
const SCRATCH = 65_536;

/** struct mmsghdr: 56 bytes of msghdr, the length that the kernel reports, padding; in words. */
const HEADER_WORDS = 16;
/** struct iovec, in words. */
const PIECE_WORDS = 4;
/** CMSG_SPACE(sizeof(uint16_t)). */
const CONTROL_SIZE = 24;
/** CMSG_LEN(sizeof(uint16_t)). */
const CONTROL_LENGTH = 18;

/** A refused connection is the echo of an earlier datagram; after so many in a row the message itself is given up. */
const ECHOES = 3;

/**
 * The lane's one list of messages to send, in the kernel's own layout. Whoever sends begins it for a socket, adds messages
 * and flushes; nothing lies in it between two senders. Every address that native code is given comes from `piece` and is checked there.
 */
export class SendList implements Wire {
  trains = false;
  /** Number of the first bus packet that did not leave because the system had no room; -1 when all left or were refused. */
  stoppedAt = -1;
  /** The kernel refused a train: what stopped can leave at once as single datagrams. */
  trainRefused = false;

  readonly arena: Arena;
  /** Address of the first mmsghdr; message i lies 64 bytes x i further. */
  readonly messages: number;
  readonly #base: number;
  readonly #baseLow: number;
  readonly #baseHigh: number;
  /** Offsets from here on have the next high word. */
  readonly #crossing: number;
  readonly #firstHeader: number;
  readonly #firstPiece: number;
  readonly #firstControl: number;
  readonly #scratch: number;
  readonly #packet = new Float64Array(MESSAGES);
  readonly #bytes = new Uint32Array(MESSAGES);
  readonly #segment = new Uint32Array(MESSAGES);
  #count = 0;
  #pieces = 0;
  #scratchUsed = 0;
  #socket: LaneSocket | undefined;
  #meters: SendMeters | undefined;

  /** `base` is the native address of the arena's first byte, 0 where no native code reads the list. */
  constructor(arena: Arena, base: number) {
    this.arena = arena;
    this.#base = base;
    this.#baseHigh = Math.floor(base / 2 ** 32);
    this.#baseLow = base - this.#baseHigh * 2 ** 32;
    this.#crossing = 2 ** 32 - this.#baseLow;
    const headers = arena.reserve(MESSAGES * HEADER_WORDS * 4);
    const pieces = arena.reserve(PIECES * PIECE_WORDS * 4);
    const controls = arena.reserve(MESSAGES * CONTROL_SIZE);
    this.#scratch = arena.reserve(SCRATCH);
    this.messages = base + headers;
    this.#firstHeader = headers / 4;
    this.#firstPiece = pieces / 4;
    this.#firstControl = controls;
    arena.bytes.fill(0, headers, headers + MESSAGES * HEADER_WORDS * 4);
    for (let i = 0; i < MESSAGES; i++) {
      const control = controls + i * CONTROL_SIZE;
      arena.words.set([CONTROL_LENGTH, 0, SOL_UDP, UDP_SEGMENT, 0, 0], control / 4);
      this.#point(this.#firstHeader + i * HEADER_WORDS + 8, control);
    }
  }

  begin(socket: LaneSocket, meters: SendMeters): void {
    check(this.#count === 0, "the list of another sender was not flushed");
    this.#socket = socket;
    this.#meters = meters;
    this.trains = socket.trains;
    this.stoppedAt = -1;
    this.trainRefused = false;
  }

  ensure(pieces: number, scratch: number): void {
    if (this.#count === MESSAGES || this.#pieces + pieces > PIECES || this.#scratchUsed + scratch + 4 > SCRATCH) {
      this.flush();
      check(pieces <= PIECES && scratch + 4 <= SCRATCH, "a message has more pieces than a list holds");
    }
  }

  message(segment: number, packet: number, peer: number): void {
    const i = this.#count;
    check(i < MESSAGES, "room for a message is ensured before it begins");
    const words = this.arena.words;
    const header = this.#firstHeader + i * HEADER_WORDS;
    if (peer === 0) {
      words[header] = 0;
      words[header + 1] = 0;
      words[header + 2] = 0;
    } else {
      check(this.arena.holds(peer, SOCKADDR_SIZE), "a peer's address lies in the arena");
      this.#point(header, peer);
      words[header + 2] = this.arena.bytes[peer] === 2 ? 16 : SOCKADDR_SIZE;
    }
    this.#point(header + 4, (this.#firstPiece + this.#pieces * PIECE_WORDS) * 4);
    words[header + 6] = 0;
    words[header + 10] = segment === 0 ? 0 : CONTROL_SIZE;
    if (segment !== 0) {
      words[(this.#firstControl + i * CONTROL_SIZE) / 4 + 4] = segment;
    }
    this.#packet[i] = packet;
    this.#bytes[i] = 0;
    this.#segment[i] = segment;
    this.#count = i + 1;
  }

  piece(offset: number, length: number): void {
    const n = this.#pieces;
    const i = this.#count - 1;
    check(n < PIECES && i >= 0, "room for a piece is ensured before its message begins");
    check(this.arena.holds(offset, length), "a piece lies in the arena");
    const words = this.arena.words;
    const at = this.#firstPiece + n * PIECE_WORDS;
    this.#point(at, offset);
    words[at + 2] = length;
    words[at + 3] = 0;
    const header = this.#firstHeader + i * HEADER_WORDS;
    words[header + 6] = (words[header + 6] ?? 0) + 1;
    this.#bytes[i] = (this.#bytes[i] ?? 0) + length;
    this.#pieces = n + 1;
  }

  scratch(length: number): number {
    const at = this.#scratch + this.#scratchUsed;
    this.#scratchUsed += (length + 3) & ~3;
    check(this.#scratchUsed <= SCRATCH, "scratch is ensured before it is used");
    return at;
  }

  /** Sends what was added since `begin` or the last flush. What the system has no room for is forgotten: see `stoppedAt`. */
  flush(): void {
    const count = this.#count;
    if (count === 0) {
      return;
    }
    if (this.stoppedAt < 0) {
      this.#transmit(count);
    }
    this.abandon();
  }

  /** Forgets what was added: its sender is no more. */
  abandon(): void {
    this.#count = 0;
    this.#pieces = 0;
    this.#scratchUsed = 0;
  }

  /** Message i in one piece of its own, for backends that keep it after the call. */
  gather(i: number): Uint8Array {
    const words = this.arena.words;
    const header = this.#firstHeader + i * HEADER_WORDS;
    const first = ((words[header + 4] ?? 0) + (words[header + 5] ?? 0) * 2 ** 32 - this.#base) / 4;
    const message = new Uint8Array(this.#bytes[i] ?? 0);
    let length = 0;
    for (let k = 0; k < (words[header + 6] ?? 0); k++) {
      const at = first + k * PIECE_WORDS;
      const offset = (words[at] ?? 0) + (words[at + 1] ?? 0) * 2 ** 32 - this.#base;
      const size = words[at + 2] ?? 0;
      message.set(this.arena.bytes.subarray(offset, offset + size), length);
      length += size;
    }
    return message;
  }

  /** Offset of message i's peer address in the arena; 0 when its socket is connected. */
  peerOf(i: number): number {
    const words = this.arena.words;
    const header = this.#firstHeader + i * HEADER_WORDS;
    const address = (words[header] ?? 0) + (words[header + 1] ?? 0) * 2 ** 32;
    return words[header + 2] === 0 ? 0 : address - this.#base;
  }

  #transmit(count: number): void {
    const socket = this.#socket;
    const meters = this.#meters;
    check(socket !== undefined && meters !== undefined, "a list is begun before it is flushed");
    let at = 0;
    let echoes = 0;
    while (at < count) {
      const result = socket.send(this, at, count - at);
      if (result > 0) {
        this.#countSent(at, result, meters);
        at += result;
        echoes = 0;
      } else if (result === -ECONNREFUSED && echoes < ECHOES) {
        echoes++;
        meters.peerUnreachable.add(1);
      } else if (result === -EAGAIN || result === -ENOBUFS) {
        meters.sendBlocked.add(1);
        this.stoppedAt = this.#packet[at] ?? 0;
        return;
      } else if ((result === -EINVAL || result === -EMSGSIZE) && this.#segment[at] !== 0) {
        socket.trains = false;
        this.trainRefused = true;
        this.stoppedAt = this.#packet[at] ?? 0;
        return;
      } else if (result !== -EINTR) {
        meters.packetsRefused.add(this.#datagrams(at));
        at++;
        echoes = 0;
      }
    }
  }

  #countSent(from: number, count: number, meters: SendMeters): void {
    let bytes = 0;
    let datagrams = 0;
    for (let i = from; i < from + count; i++) {
      bytes += this.#bytes[i] ?? 0;
      datagrams += this.#datagrams(i);
    }
    meters.packetsSent.add(datagrams);
    meters.bytesSent.add(bytes);
  }

  #datagrams(i: number): number {
    const segment = this.#segment[i] ?? 0;
    return segment === 0 ? 1 : Math.ceil((this.#bytes[i] ?? 0) / segment);
  }

  /** Writes the native address of an arena offset into two words, low first. */
  #point(word: number, offset: number): void {
    const { words } = this.arena;
    words[word] = this.#baseLow + offset;
    // The carry: two words are never taken for one number on the hot path.
    words[word + 1] = offset < this.#crossing ? this.#baseHigh : this.#baseHigh + 1;
  }
}
