import { check } from "@bilbycast/foundation/check";
import { PCR_HZ } from "../media-time.ts";
import { PACKET_SIZE } from "../packet.ts";

const PACKET_BITS = PACKET_SIZE * 8;
/** A PCR is the time of the byte that holds the last bit of its base: the eleventh of the packet. ISO/IEC 13818-1 §2.4.3.5. */
const PCR_BITS = 10 * 8;

/**
 * Where each packet of a constant rate stands in time, in ticks of 27 MHz that never wrap. A packet takes whole ticks and a rest of 1 / rate
 * of a tick; the rests are carried, so no error ever adds up.
 */
export class RateGrid {
  /** When the first byte of the next packet goes out, rounded down. */
  ticks: number;
  readonly rate: number;
  /** Ticks that a packet takes, rounded up. */
  readonly packetTicks: number;
  readonly #whole: number;
  readonly #restOfPacket: number;
  /** What `ticks` leaves out, in parts of which `rate` make a tick. */
  #rest = 0;

  /** `rate`: bits per second, whole. `start`: of the first packet, whole ticks. */
  constructor(rate: number, start: number) {
    check(Number.isInteger(rate) && rate > 0 && Number.isSafeInteger(start), "a rate is whole bits per second and begins at a whole tick");
    this.rate = rate;
    this.ticks = start;
    this.#restOfPacket = (PACKET_BITS * PCR_HZ) % rate;
    this.#whole = (PACKET_BITS * PCR_HZ - this.#restOfPacket) / rate;
    this.packetTicks = this.#whole + (this.#restOfPacket > 0 ? 1 : 0);
  }

  /** What a PCR in the next packet says, rounded down: less than 37 ns off. */
  get pcr(): number {
    return this.ticks + Math.floor((this.#rest + PCR_BITS * PCR_HZ) / this.rate);
  }

  /** One packet on. */
  step(): void {
    this.ticks += this.#whole;
    this.#rest += this.#restOfPacket;
    if (this.#rest >= this.rate) {
      this.#rest -= this.rate;
      this.ticks++;
    }
  }
}
