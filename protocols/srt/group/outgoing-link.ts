import { setU32 } from "@bilbycast/foundation/bytes";
import type { Memory, Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Outbox } from "../outbox.ts";
import { DROPREQ } from "../packet.ts";
import type { SendBuffer } from "../send-buffer.ts";
import type { SendTerms } from "../send-terms.ts";
import { FIRST_CYCLE, wireSequence } from "../sequence.ts";
import { PASSED, type SendingLink, type SendMember } from "./send-group.ts";

const DROPREQ_SIZE = 8;

/** What the sending direction of a connection has to do with its group, if it has one: its numbers are the group's, and may leave gaps. */
export class OutgoingLink implements SendingLink {
  member: SendMember | undefined;
  dropped = 0;
  readonly #memory: Memory;
  readonly #outbox: Outbox;
  readonly #buffer: SendBuffer;
  /** The peer has been sent, or been told that it will not be, everything before. */
  #toldTo = 0;
  #flowWindow = 0;

  constructor(memory: Memory, outbox: Outbox, buffer: SendBuffer) {
    this.#memory = memory;
    this.#outbox = outbox;
    this.#buffer = buffer;
  }

  /** The connection stands. Returns the first number that it may send. */
  open({ initialSequence, latencyMs, flowWindow }: SendTerms, now: Instant): number {
    const first = this.member?.open(initialSequence, latencyMs, now) ?? FIRST_CYCLE + initialSequence;
    this.#toldTo = first;
    this.#flowWindow = flowWindow;
    return first;
  }

  /** Whether packets leave by this link now. */
  get isActive(): boolean {
    return this.member?.isActive !== false;
  }

  get isQuiet(): boolean {
    return this.#buffer.first === this.#buffer.unsent;
  }

  passTo(sequence: number): void {
    this.#buffer.releaseTo(Math.min(sequence, this.#buffer.next));
  }

  /** The peer has everything before the first packet of the buffer. */
  acknowledged(): void {
    this.member?.group.acknowledged(this.member, this.#buffer.first);
  }

  /** Bus packet `n` is next, and so its number. False when this link has no place for it: the group, or the link, has gone past. */
  admits(n: number, arrival: number, now: Instant): boolean {
    const number = this.member?.group.number(n, arrival, now);
    if (number === undefined || number === this.#buffer.next) {
      return true;
    }
    if (number === PASSED || number < this.#buffer.next) {
      return false;
    }
    this.#buffer.reset(number);
    return true;
  }

  /** The group's time of bus packet `n`; `undefined` without a group. */
  originOf(n: number): Instant | undefined {
    return this.member?.group.originOf(n);
  }

  /** Before packet `sequence` leaves for the first time: where it does not follow the last one, the peer is told that what lies between will not come. */
  announce(sequence: number, now: Instant, wire: Wire): void {
    if (this.member !== undefined && sequence > this.#toldTo) {
      const first = Math.max(this.#toldTo, sequence - this.#flowWindow);
      const at = this.#outbox.control(wire, DROPREQ, 0, 0, DROPREQ_SIZE, now);
      setU32(this.#memory.bytes, at, wireSequence(first));
      setU32(this.#memory.bytes, at + 4, wireSequence(sequence - 1));
    }
  }

  /** Everything before `end` has left. */
  sent(end: number): void {
    this.#toldTo = Math.max(this.#toldTo, end);
  }

  /**
   * Packets were given up; returns how many of them the stream lacks. What a link that does not send has kept for too long has reached the
   * peer by another one, or never will.
   */
  drop(packets: number): number {
    this.dropped += packets;
    return this.isActive ? packets : 0;
  }
}
