import { setU16 } from "@bilbycast/foundation/bytes";

/** What a stream's PES packets are made of. */
export type ElementaryForm = {
  pid: number;
  streamId: number;
  /** Ticks of 27 MHz from one PES packet to the next. */
  period: number;
  /** Share of the period over which the packets of one PES are spread; 0: as soon as there is room. */
  spread: number;
  /** Bytes with which the n-th access unit begins; few enough for the first packet. */
  begin: (unit: number) => Uint8Array;
  /** Bytes of the n-th access unit. */
  size: (unit: number) => number;
  /** Decoding can begin with the n-th access unit. */
  isRandomAccess: (unit: number) => boolean;
  hasDts: boolean;
  /** The length stands in the PES header: any but video. */
  isBounded: boolean;
};

const TICKS_PER_90K = 300;
/** PTS lie this far behind the PCR, in ticks of 90 kHz. */
const DELAY = 27_000;
const FIRST_PAYLOAD = 180;

/** An elementary stream as a queue of PES packets that come at fixed times. */
export class LiveElementary {
  readonly form: ElementaryForm;
  continuityCounter = 0;
  /** Head of the PES packet under way; used up by the first transport packet. */
  head: Uint8Array = new Uint8Array();
  /** Bytes of the PES packet under way that have not left, the head included. */
  left = 0;
  isFirst = false;
  isRandomAccess = false;
  #unit = 0;
  #size = 0;
  #startedAt = 0;
  readonly #clockStart: number;

  /** `clockStart`: PCR of the stream's begin, in ticks of 27 MHz. */
  constructor(form: ElementaryForm, clockStart: number) {
    this.form = form;
    this.#clockStart = clockStart;
  }

  /** Whether a packet is to leave at this time, in ticks since the begin. */
  isDue(ticks: number): boolean {
    if (this.left === 0) {
      if (ticks < this.#unit * this.form.period) {
        return false;
      }
      this.#begin();
    }
    const { spread, period } = this.form;
    const allowed = spread === 0 ? this.#size : (this.#size * (ticks - this.#startedAt)) / (spread * period);
    return this.#size - this.left <= allowed;
  }

  #begin(): void {
    const unit = this.#unit++;
    this.#startedAt = unit * this.form.period;
    const begin = this.form.begin(unit);
    const head = pesHead(this.form, Math.floor((this.#clockStart + this.#startedAt) / TICKS_PER_90K) + DELAY, this.form.size(unit));
    this.head = new Uint8Array(head.length + begin.length);
    this.head.set(head);
    this.head.set(begin, head.length);
    if (this.head.length > FIRST_PAYLOAD) {
      throw new Error("the begin of an access unit is longer than a packet");
    }
    this.#size = head.length + Math.max(begin.length, this.form.size(unit));
    this.left = this.#size;
    this.isFirst = true;
    this.isRandomAccess = this.form.isRandomAccess(unit);
  }
}

/** ISO/IEC 13818-1 §2.4.3.6. */
const pesHead = ({ streamId, hasDts, isBounded }: ElementaryForm, pts: number, size: number): Uint8Array => {
  const stamps = hasDts ? [...stamp(0x30, pts), ...stamp(0x10, pts)] : stamp(0x20, pts);
  const head = Uint8Array.of(0, 0, 1, streamId, 0, 0, 0x84, hasDts ? 0xc0 : 0x80, stamps.length, ...stamps);
  setU16(head, 4, isBounded ? 3 + stamps.length + size : 0);
  return head;
};

/** 33 bits in five bytes, with the marks that their kind asks for. */
const stamp = (prefix: number, value: number): number[] => {
  const ticks = value % 2 ** 33;
  const [high, middle, low] = [Math.floor(ticks / 2 ** 30), Math.floor(ticks / 2 ** 15) & 0x7fff, ticks & 0x7fff];
  return [prefix | (high << 1) | 1, middle >>> 7, ((middle & 0x7f) << 1) | 1, low >>> 7, ((low & 0x7f) << 1) | 1];
};
