import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Arena } from "./arena.ts";
import type { Libc } from "./libc.ts";
import { MSG_DONTWAIT, MSG_TRUNC, SOL_UDP, UDP_GRO } from "./linux.ts";
import { SOCKADDR_SIZE } from "./socket-address.ts";

/** struct mmsghdr in words. */
const HEADER_WORDS = 16;
const CONTROL_SIZE = 64;
const NAME_SIZE = 32;

/** Slots a power of two apart would share a few sets of the cache. */
const STAGGER = 2_112;

/** The kernel joins at most so many datagrams to one message. */
const LONGEST_TRAIN = 128;

/**
 * The lane's receive slots. All sockets share them, so they stay in the processor's cache
 * and five hundred sockets need no more than one: what they hold is borrowed until the next call.
 */
export class Intake {
  /** Datagrams dropped because they were longer than a slot, since somebody last took the number. */
  oversize = 0;
  /** Bytes that the last call gave. */
  bytes = 0;
  readonly rows: number;
  readonly #arena: Arena;
  readonly #libc: Libc;
  readonly #slots: number;
  /** From one slot to the next, in bytes. */
  readonly #stride: number;
  readonly #vector: number;
  readonly #firstHeader: number;
  readonly #firstName: number;
  readonly #firstControl: number;
  readonly #firstSlot: number;

  constructor(arena: Arena, base: number, libc: Libc, slots: number, slotSize: number) {
    this.#arena = arena;
    this.#libc = libc;
    this.#slots = slots;
    this.rows = slots * LONGEST_TRAIN;
    const headers = arena.reserve(slots * HEADER_WORDS * 4);
    const pieces = arena.reserve(slots * 16);
    this.#firstName = arena.reserve(slots * NAME_SIZE);
    this.#firstControl = arena.reserve(slots * CONTROL_SIZE);
    this.#stride = slotSize + STAGGER;
    this.#firstSlot = arena.reserve(slots * this.#stride);
    this.#vector = base + headers;
    this.#firstHeader = headers / 4;
    arena.bytes.fill(0, headers, headers + slots * HEADER_WORDS * 4);
    const point = (word: number, offset: number): void => {
      arena.words[word] = base + offset;
      arena.words[word + 1] = (base + offset) / 2 ** 32;
    };
    for (let i = 0; i < slots; i++) {
      const header = this.#firstHeader + i * HEADER_WORDS;
      const piece = pieces / 4 + i * 4;
      point(header, this.#firstName + i * NAME_SIZE);
      arena.words[header + 2] = SOCKADDR_SIZE;
      point(header + 4, pieces + i * 16);
      arena.words[header + 6] = 1;
      point(header + 8, this.#firstControl + i * CONTROL_SIZE);
      arena.words[header + 10] = CONTROL_SIZE;
      point(piece, this.#firstSlot + i * this.#stride);
      arena.words[piece + 2] = slotSize;
      arena.words[piece + 3] = 0;
    }
  }

  /** One row per datagram, trains split, in order of arrival. Returns the count of messages, or the negated error number. */
  receive(fd: number, connected: boolean, batch: PacketBatch): number {
    const count = this.#libc.recvmmsg(fd, this.#vector, this.#slots, MSG_DONTWAIT, 0);
    if (count < 0) {
      return -this.#libc.errno();
    }
    const words = this.#arena.words;
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const header = this.#firstHeader + i * HEADER_WORDS;
      const length = words[header + 14] ?? 0;
      if (((words[header + 12] ?? 0) & MSG_TRUNC) !== 0) {
        this.oversize++;
      } else {
        bytes += length;
        const slot = this.#firstSlot + i * this.#stride;
        const peer = connected ? 0 : this.#firstName + i * NAME_SIZE;
        this.#split(slot, length, peer, (words[header + 10] ?? 0) === 0 ? 0 : this.#segmentOf(i), batch);
      }
      // The kernel wrote how much it used; left so, the next train would lose its segment size.
      words[header + 2] = SOCKADDR_SIZE;
      words[header + 10] = CONTROL_SIZE;
    }
    this.bytes = bytes;
    return count;
  }

  get slots(): number {
    return this.#slots;
  }

  #split(slot: number, length: number, peer: number, segment: number, batch: PacketBatch): void {
    if (segment === 0 || length <= segment) {
      batch.push(slot, length, peer);
      return;
    }
    for (let at = 0; at < length; at += segment) {
      batch.push(slot + at, Math.min(segment, length - at), peer);
    }
  }

  /** The size that the kernel joined datagrams at; 0 when the control data says something else. */
  #segmentOf(i: number): number {
    const words = this.#arena.words;
    const control = (this.#firstControl + i * CONTROL_SIZE) / 4;
    return words[control + 2] === SOL_UDP && words[control + 3] === UDP_GRO ? (words[control + 4] ?? 0) : 0;
  }
}
