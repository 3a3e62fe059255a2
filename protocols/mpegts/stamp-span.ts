import { PID_COUNT } from "./packet.ts";
import { difference, PCR_PER_STAMP, STAMP_WRAP } from "./media-time.ts";

/** Length of a frame where it cannot be told, in 90 kHz ticks (30 ms). */
const SOME_FRAME = 2_700;
/** An average distance above this is not one of frames: subtitles, or time stamps that jump. */
const LONGEST_FRAME = 90_000;
/** Time stamps further than this from the PCR belong to another program's clock. */
const SAME_CLOCK = 10 * 90_000;
/** The least span that a rate may be estimated from. */
const ESTIMABLE = 18_000;

/** The PTS and DTS that a file had, per PID: where they began and how far they came. Ticks of 90 kHz. */
export class StampSpan {
  readonly #count = new Uint32Array(PID_COUNT);
  readonly #first = new Float64Array(PID_COUNT);
  readonly #lastRaw = new Float64Array(PID_COUNT);
  // These three count from `first` on, and do not wrap.
  readonly #last = new Float64Array(PID_COUNT);
  readonly #minPts = new Float64Array(PID_COUNT);
  readonly #maxPts = new Float64Array(PID_COUNT);
  readonly #firstIndex = new Float64Array(PID_COUNT);
  readonly #lastIndex = new Float64Array(PID_COUNT);
  readonly #isVideo = new Uint8Array(PID_COUNT);
  /** Packets of the PES packet that came last, and of all before it. */
  readonly #packets = new Float64Array(PID_COUNT);
  readonly #packetsBefore = new Float64Array(PID_COUNT);
  readonly #pids = new Uint16Array(PID_COUNT);
  #pidCount = 0;

  get isEmpty(): boolean {
    return this.#pidCount === 0;
  }

  begin(): void {
    for (let i = 0; i < this.#pidCount; i++) {
      this.#count[this.#pids[i] ?? 0] = 0;
    }
    this.#pidCount = 0;
  }

  /** A packet of a PID came, after its time stamps if it has any. */
  count(pid: number): void {
    this.#packets[pid] = (this.#packets[pid] ?? 0) + 1;
  }

  /** The time stamps of a PES header in packet `index`; where there is no DTS it is the PTS. */
  note(pid: number, isVideo: boolean, pts: number, dts: number, index: number): void {
    const count = this.#count[pid] ?? 0;
    if (count === 0) {
      this.#pids[this.#pidCount++] = pid;
      this.#first[pid] = dts;
      this.#last[pid] = 0;
      this.#minPts[pid] = Infinity;
      this.#maxPts[pid] = -Infinity;
      this.#firstIndex[pid] = index;
      this.#packetsBefore[pid] = 0;
      this.#isVideo[pid] = isVideo ? 1 : 0;
    } else {
      this.#packetsBefore[pid] = (this.#packetsBefore[pid] ?? 0) + (this.#packets[pid] ?? 0);
      this.#last[pid] = (this.#last[pid] ?? 0) + difference(dts, this.#lastRaw[pid] ?? 0, STAMP_WRAP);
    }
    const presented = (this.#last[pid] ?? 0) + difference(pts, dts, STAMP_WRAP);
    this.#minPts[pid] = Math.min(this.#minPts[pid] ?? 0, presented);
    this.#maxPts[pid] = Math.max(this.#maxPts[pid] ?? 0, presented);
    this.#packets[pid] = 0;
    this.#lastRaw[pid] = dts;
    this.#lastIndex[pid] = index;
    this.#count[pid] = count + 1;
  }

  /** The least shift with which the same file can follow itself so that on every PID the first frame comes a frame after the last one. */
  get span(): number {
    let longest = 0;
    for (let i = 0; i < this.#pidCount; i++) {
      const pid = this.#pids[i] ?? 0;
      const frames = Math.max(this.#last[pid] ?? 0, (this.#maxPts[pid] ?? 0) - (this.#minPts[pid] ?? 0));
      longest = Math.max(longest, frames + this.#frame(pid));
    }
    return Math.ceil(longest);
  }

  /**
   * How far behind the last PCR of the file before (`last`, as a stamp) this file's first PCR (`first`) must come so that its first
   * frame is shown after the last one, and no PID's DTS runs backwards. -Infinity where nothing near those clocks says so.
   */
  gapAfter(before: StampSpan, last: number, first: number): number {
    let end = -Infinity;
    for (let i = 0; i < before.#pidCount; i++) {
      const pid = before.#pids[i] ?? 0;
      end = Math.max(end, near(before.#at(pid, (before.#maxPts[pid] ?? 0) + before.#frame(pid)), last, -Infinity));
    }
    let begin = Infinity;
    let gap = -Infinity;
    for (let i = 0; i < this.#pidCount; i++) {
      const pid = this.#pids[i] ?? 0;
      begin = Math.min(begin, near(this.#at(pid, this.#minPts[pid] ?? 0), first, Infinity));
      if ((before.#count[pid] ?? 0) > 0) {
        const decoded = near(before.#at(pid, (before.#last[pid] ?? 0) + before.#frame(pid)), last, -Infinity);
        gap = Math.max(gap, decoded - near(this.#at(pid, 0), first, Infinity));
      }
    }
    return Math.ceil(Math.max(gap, end - begin));
  }

  /** The first DTS that came in, 0 before there is one. */
  get first(): number {
    return this.isEmpty ? 0 : (this.#first[this.#pids[0] ?? 0] ?? 0);
  }

  /** 27 MHz ticks per transport packet, by the PID that spans the longest time; `undefined` below 0.2 s. */
  get ticksPerPacket(): number | undefined {
    let longest = ESTIMABLE;
    let ticks: number | undefined;
    for (let i = 0; i < this.#pidCount; i++) {
      const pid = this.#pids[i] ?? 0;
      const span = this.#last[pid] ?? 0;
      const packets = (this.#lastIndex[pid] ?? 0) - (this.#firstIndex[pid] ?? 0);
      if (span >= longest && packets > 0) {
        longest = span;
        ticks = (span * PCR_PER_STAMP) / packets;
      }
    }
    return ticks;
  }

  /** The stamp that lies `span` behind the first DTS of a PID. */
  #at(pid: number, span: number): number {
    return (this.#first[pid] ?? 0) + span;
  }

  /**
   * How long the last PES packet of a PID lasts. Video: as long as the others. Audio may have several frames in a PES packet, and the
   * last one seldom as many as the others: as long as its packets are many.
   */
  #frame(pid: number): number {
    const span = this.#last[pid] ?? 0;
    const average = span / ((this.#count[pid] ?? 0) - 1);
    if (!(average > 0 && average <= LONGEST_FRAME)) {
      return SOME_FRAME;
    }
    const byPackets = (span * (this.#packets[pid] ?? 0)) / (this.#packetsBefore[pid] ?? 0);
    return this.#isVideo[pid] === 1 ? average : Math.min(average, byPackets);
  }
}

/** `stamp - origin`, or `otherwise` where they are too far from each other to be of one clock. */
const near = (stamp: number, origin: number, otherwise: number): number => {
  const ahead = difference(stamp, origin, STAMP_WRAP);
  return Math.abs(ahead) < SAME_CLOCK ? ahead : otherwise;
};
