import {
  continuityCounter,
  discontinuityIndicator,
  hasPayload,
  NULL_PID,
  pid as pidOf,
  PID_COUNT,
  setContinuityCounter,
  setDiscontinuityIndicator,
  transportError,
} from "./packet.ts";
import {
  dtsOffset,
  hasPcr,
  PCR_PER_STAMP,
  PCR_WRAP,
  ptsOffset,
  readPcr,
  readStamp,
  STAMP_WRAP,
  wrapped,
  writePcr,
  writeStamp,
} from "./media-time.ts";

const NEVER_SEEN = -1;

/**
 * Joins files so that a receiver sees one stream: per PID the continuity counter goes on where the last file left it,
 * and all clocks are shifted alike. What is broken inside a file stays as broken as it is.
 *
 * Within a file a counter is shifted, not counted anew: a packet that the file lacks stays a visible loss.
 * OPCR, ESCR, DTS_next_AU and the times in SCTE-35 sections are not shifted.
 */
export class Seams {
  /** Places inside files where a counter does not follow the one before, and no discontinuity indicator says why. */
  breaks = 0;
  readonly #lastCounter = new Int8Array(PID_COUNT).fill(NEVER_SEEN);
  readonly #counterShift = new Uint8Array(PID_COUNT);
  /** Number of the file in which a PID was seen last, and of the change of which it has told. */
  readonly #seenIn = new Float64Array(PID_COUNT).fill(NEVER_SEEN);
  readonly #toldOf = new Float64Array(PID_COUNT);
  #file = 0;
  #change = 0;
  #pcrShift = 0;

  /**
   * The packets of another pass follow. `pcrShift`: 27 MHz ticks, a multiple of 300, so that PCR and PTS keep their distance.
   * `isOther`: not the file that was before: then the first PCR of each PID bears the discontinuity indicator.
   */
  begin(pcrShift: number, isOther: boolean): void {
    this.#file++;
    this.#pcrShift = pcrShift;
    if (isOther) {
      this.#change++;
    }
  }

  /** Rewrites one packet in place. */
  apply(bytes: Uint8Array, at: number): void {
    const pid = pidOf(bytes, at);
    if (pid === NULL_PID || transportError(bytes, at)) {
      return;
    }
    this.#continueCounter(bytes, at, pid);
    if (hasPcr(bytes, at)) {
      writePcr(bytes, at, wrapped(readPcr(bytes, at) + this.#pcrShift, PCR_WRAP));
      if (this.#toldOf[pid] !== this.#change) {
        this.#toldOf[pid] = this.#change;
        setDiscontinuityIndicator(bytes, at);
      }
    }
    const pts = ptsOffset(bytes, at);
    if (pts > 0) {
      this.#shift(bytes, at + pts);
      const dts = dtsOffset(bytes, at);
      if (dts > 0) {
        this.#shift(bytes, at + dts);
      }
    }
  }

  #continueCounter(bytes: Uint8Array, at: number, pid: number): void {
    const counter = continuityCounter(bytes, at);
    const last = this.#lastCounter[pid] ?? NEVER_SEEN;
    // A packet without payload repeats the counter of the one before. ISO/IEC 13818-1 §2.4.3.3.
    const step = hasPayload(bytes, at) ? 1 : 0;
    const isFirst = this.#seenIn[pid] !== this.#file;
    if (isFirst) {
      this.#seenIn[pid] = this.#file;
      this.#counterShift[pid] = last === NEVER_SEEN ? 0 : last + step - counter;
    }
    const continued = (counter + (this.#counterShift[pid] ?? 0)) & 0x0f;
    const isDuplicate = continued === last;
    if (!isFirst && !isDuplicate && continued !== ((last + step) & 0x0f) && !discontinuityIndicator(bytes, at)) {
      this.breaks++;
    }
    setContinuityCounter(bytes, at, continued);
    this.#lastCounter[pid] = continued;
  }

  #shift(bytes: Uint8Array, at: number): void {
    writeStamp(bytes, at, wrapped(readStamp(bytes, at) + this.#pcrShift / PCR_PER_STAMP, STAMP_WRAP));
  }
}
