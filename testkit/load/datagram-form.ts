import { seeded } from "@bilbycast/testkit/random";
import { setU32, u32 } from "@bilbycast/foundation/bytes";

/** 7 TS packets. */
export const FORM_SIZE = 1_316;
const TS_PACKET = 188;
const SYNC = 0x47;
const TABLE_SIZE = 1 << 18;

/** Payload alone, no adaptation field. */
const PAYLOAD_ONLY = 0x10;
const PID = 0x100;

/**
 * Datagrams that tell by themselves whether they are whole: packets of one PID with counters that go on, and inside
 * the stream's number, the datagram's own, and bytes that follow from both.
 */
export class DatagramForm {
  readonly #table: Uint8Array;
  readonly #expected = new Uint8Array(FORM_SIZE);

  constructor(seed: number) {
    const random = seeded(seed);
    this.#table = Uint8Array.from({ length: TABLE_SIZE }, () => Math.floor(random() * 256));
  }

  write(target: Uint8Array, at: number, stream: number, number: number): void {
    const from = (Math.imul(number, 2_654_435_761) + stream * 7_919) >>> 14;
    target.set(this.#table.subarray(from % (TABLE_SIZE - FORM_SIZE), (from % (TABLE_SIZE - FORM_SIZE)) + FORM_SIZE), at);
    for (let packet = 0; packet < FORM_SIZE; packet += TS_PACKET) {
      target[at + packet] = SYNC;
      target[at + packet + 1] = PID >> 8;
      target[at + packet + 2] = PID & 0xff;
      target[at + packet + 3] = PAYLOAD_ONLY | ((number * 7 + packet / TS_PACKET) & 0x0f);
    }
    setU32(target, at + 4, stream);
    setU32(target, at + 8, number);
  }

  /** The number of a datagram of this stream, or -1 when a single byte is not as it was written. */
  read(source: Uint8Array, at: number, length: number, stream: number): number {
    if (length !== FORM_SIZE || u32(source, at + 4) !== stream) {
      return -1;
    }
    const number = u32(source, at + 8);
    this.write(this.#expected, 0, stream, number);
    return Buffer.compare(this.#expected, source.subarray(at, at + FORM_SIZE)) === 0 ? number : -1;
  }
}
