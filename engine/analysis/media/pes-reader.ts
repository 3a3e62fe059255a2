import { PACKET_SIZE, payloadOffset, payloadUnitStart, readStamp } from "@bilbycast/protocols/mpegts";
import type { PesSink, StreamReader } from "./stream-reader.ts";

/** Bytes of a PES header before its optional fields, and with both time stamps. ISO/IEC 13818-1 §2.4.3.6. */
const FIXED = 9;
const WITH_STAMPS = FIXED + 10;

/** stream_id values whose PES packets have no optional header: padding, maps and control. Table 2-22. */
const HEADERLESS: ReadonlySet<number> = new Set([0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff]);

const OUTSIDE = 0;
const HEAD = 1;
const SKIP = 2;
const PAYLOAD = 3;

/** Takes the PES packets of a PID apart; their headers may lie in several transport packets. */
export class PesReader<Facts> implements StreamReader<Facts> {
  /** The last PES packet had an encrypted payload, and was not given on. */
  scrambled = false;
  readonly #sink: PesSink<Facts>;
  readonly #head = new Uint8Array(WITH_STAMPS);
  #state = OUTSIDE;
  #held = 0;
  /** Bytes of the head that are wanted: of the fixed part, then with the time stamps. */
  #wanted = FIXED;
  /** Bytes of the header behind the time stamps. */
  #skip = 0;

  constructor(sink: PesSink<Facts>) {
    this.#sink = sink;
  }

  packet(bytes: Uint8Array, at: number): void {
    const from = at + payloadOffset(bytes, at);
    const end = at + PACKET_SIZE;
    if (payloadUnitStart(bytes, at)) {
      this.#state = HEAD;
      this.#held = 0;
      this.#wanted = FIXED;
    }
    if (this.#state === PAYLOAD) {
      this.#sink.payload(bytes, from, end);
    } else if (this.#state !== OUTSIDE) {
      this.#header(bytes, from, end);
    }
  }

  break(): void {
    this.#state = OUTSIDE;
    this.#sink.break();
  }

  tick(): void {
    this.#sink.tick();
  }

  get facts(): Facts {
    return this.#sink.facts;
  }

  #header(bytes: Uint8Array, from: number, end: number): void {
    let at = from;
    while (this.#state === HEAD && at < end) {
      this.#head[this.#held++] = bytes[at++] ?? 0;
      if (this.#held === this.#wanted) {
        this.#look();
      }
    }
    if (this.#state === SKIP) {
      const skipped = Math.min(this.#skip, end - at);
      this.#skip -= skipped;
      at += skipped;
      this.#state = this.#skip === 0 ? PAYLOAD : SKIP;
    }
    if (this.#state === PAYLOAD && at < end) {
      this.#sink.payload(bytes, at, end);
    }
  }

  /** The wanted bytes of the head are there. */
  #look(): void {
    const head = this.#head;
    if (this.#held === FIXED && !this.#isRight()) {
      this.#state = OUTSIDE;
      return;
    }
    const length = head[8] ?? 0;
    const stamps = Math.min(length, WITH_STAMPS - FIXED);
    if (this.#held < FIXED + stamps) {
      this.#wanted = FIXED + stamps;
      return;
    }
    const flags = head[7] ?? 0;
    const pts = (flags & 0x80) !== 0 && stamps >= 5 ? readStamp(head, FIXED) : -1;
    const dts = (flags & 0xc0) === 0xc0 && stamps >= 10 ? readStamp(head, FIXED + 5) : pts;
    this.#skip = length - stamps;
    this.#state = SKIP;
    this.#sink.begin(pts, dts);
  }

  /** The fixed part is one of a PES packet with a header and a payload in the clear. */
  #isRight(): boolean {
    const [first = 0, second = 0, third = 0, streamId = 0, , , flags = 0] = this.#head;
    if (first !== 0 || second !== 0 || third !== 1 || HEADERLESS.has(streamId) || (flags & 0xc0) !== 0x80) {
      return false;
    }
    this.scrambled = (flags & 0x30) !== 0;
    return !this.scrambled;
  }
}
