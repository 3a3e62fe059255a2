import type { Instant } from "@bilbycast/foundation/time";
import { ArrivalMeter, Tr101290, type ArrivalSnapshot, type PcrClock, type Tr101290Snapshot } from "@bilbycast/protocols/mpegts";
import { StreamAlarms, type AlarmChange, type MdiLimits } from "./stream-alarms.ts";

/** Plain data: it can be sent to another thread. */
export type AnalysisSnapshot = { stream: Tr101290Snapshot; arrivals: ArrivalSnapshot };

/**
 * Everything that is measured of one transport stream as it arrives: fed with units of whole packets, told once a second that a window ends
 * and at least every 100 ms what time it is. Some 35 KB for a stream of 30 PIDs.
 */
export class StreamAnalysis {
  readonly analyser = new Tr101290();
  readonly arrivals = new ArrivalMeter();
  readonly #alarms: StreamAlarms;
  /** The clock that stamped last, its count and epoch then. */
  #clock: PcrClock | undefined;
  #stamps = 0;
  #clockEpoch = 0;
  /** Counts the stretches within which stamps can be compared. */
  #epoch = 0;

  constructor(limits?: MdiLimits) {
    this.#alarms = new StreamAlarms(limits);
  }

  /** A unit of whole packets that arrived then. What is left behind the last whole packet is not looked at. */
  take(bytes: Uint8Array, offset: number, length: number, arrival: Instant): void {
    this.arrivals.take(length, arrival);
    this.analyser.take(bytes, offset, offset + length, arrival);
    const clock = this.analyser.mainClock;
    if (clock !== undefined && (clock !== this.#clock || clock.count !== this.#stamps)) {
      this.#stamp(clock, arrival);
    }
  }

  /** Looks for what has not come; at least every 100 ms. */
  expire(now: Instant): void {
    this.analyser.expire(now);
  }

  /** Ends a window of a second; returns what changed for the worse or the better. */
  closeWindow(now: Instant): AlarmChange[] {
    this.analyser.closeWindow();
    this.arrivals.closeWindow(now, this.analyser.mainClock?.rate(), this.analyser.lostPackets);
    return this.#alarms.take(this.analyser.snapshot(), this.arrivals.snapshot());
  }

  snapshot(): AnalysisSnapshot {
    return { stream: this.analyser.snapshot(), arrivals: this.arrivals.snapshot() };
  }

  /** We missed units ourselves. */
  lost(): void {
    this.analyser.lost();
    this.arrivals.lost();
  }

  /** The source was opened, or opened again. */
  begin(): void {
    this.analyser.begin();
    this.arrivals.begin();
    this.#clock = undefined;
  }

  #stamp(clock: PcrClock, arrival: Instant): void {
    if (clock !== this.#clock || clock.epoch !== this.#clockEpoch) {
      this.#epoch++;
    }
    this.#clock = clock;
    this.#stamps = clock.count;
    this.#clockEpoch = clock.epoch;
    this.arrivals.stamp(clock.time, this.#epoch, arrival);
  }
}
