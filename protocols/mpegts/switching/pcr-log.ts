import { check } from "@bilbycast/foundation/check";

/** PCRs of a flow that are remembered: more than wait on a bus at once. */
const SIZE = 1_024;

/** The PCRs that went onto a bus last, by the number of the packet that carries them. Readers look there when they have sent it. */
export class PcrLog {
  /** Entries so far; entry i lies in column i % 1024 and is there while i >= head - 1024. */
  head = 0;
  readonly #packet = new Float64Array(SIZE);
  readonly #pid = new Uint16Array(SIZE);
  readonly #pcr = new Float64Array(SIZE);
  readonly #breaks = new Uint8Array(SIZE);

  /** `breaks`: the clock begins anew here. */
  add(packet: number, pid: number, pcr: number, breaks: boolean): void {
    const column = this.head % SIZE;
    this.#packet[column] = packet;
    this.#pid[column] = pid;
    this.#pcr[column] = pcr;
    this.#breaks[column] = breaks ? 1 : 0;
    this.head++;
  }

  get tail(): number {
    return Math.max(0, this.head - SIZE);
  }

  packet(entry: number): number {
    return this.#packet[this.#column(entry)] ?? 0;
  }

  pid(entry: number): number {
    return this.#pid[this.#column(entry)] ?? 0;
  }

  /** 27 MHz ticks. */
  pcr(entry: number): number {
    return this.#pcr[this.#column(entry)] ?? 0;
  }

  breaks(entry: number): boolean {
    return this.#breaks[this.#column(entry)] === 1;
  }

  #column(entry: number): number {
    check(entry >= this.tail && entry < this.head, "an entry of the log is still there");
    return entry % SIZE;
  }
}
