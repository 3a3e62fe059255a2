import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import { DelayFactor } from "./delay-factor.ts";
import { IntervalMeter, type Interval } from "./interval-meter.ts";

const NEVER_YET = -1;
const NO_EPOCH = -1;
/** Gain of the estimate. RFC 3550 §6.4.1. */
const GAIN = 1 / 16;
const MILLION = 1_000_000;

/** Media Delivery Index of a window. RFC 4445. */
export type MediaDeliveryIndex = {
  delayFactor: Microseconds;
  /** Packets of the transport stream that were lost, per second. */
  mediaLossRate: number;
  /** Bits per second at which the virtual buffer was drained: that of the window before. */
  rate: number;
  /** pcr: as the stream's own clock says. measured: as much as arrived, where there is no such clock; then network jitter is in it. */
  rateSource: "pcr" | "measured";
};

/** How datagrams arrived in the last closed window. Times in microseconds. */
export type ArrivalSnapshot = {
  /** Since the beginning. */
  datagrams: number;
  /** Time between datagrams. */
  interArrival?: Interval;
  /** Interarrival jitter by the sender's time stamps, smoothed over the last 16. RFC 3550 §6.4.1. */
  jitter?: Microseconds;
  /** Longest less shortest transit by the sender's time stamps. */
  delayVariation?: Microseconds;
  mdi?: MediaDeliveryIndex;
};

/** Measures how datagrams arrive. It is told of each, and of the time that the sender stamped on some. */
export class ArrivalMeter {
  #datagrams = 0;
  readonly #intervals = new IntervalMeter();
  readonly #delayFactor = new DelayFactor();
  #lastArrival = NEVER_YET;
  #jitter = NEVER_YET;
  #epoch = NO_EPOCH;
  #lastStamp = 0;
  #lastStampArrival = 0;
  #leastTransit = Infinity;
  #mostTransit = -Infinity;
  #closedVariation: Microseconds | undefined;
  #mdi: MediaDeliveryIndex | undefined;
  #windowAt = NEVER_YET;
  #windowBytes = 0;
  #lostBefore = 0;
  #drain: Drain | undefined;

  /** A datagram with so many bytes of the stream arrived. */
  take(bytes: number, now: Instant): void {
    if (this.#windowAt === NEVER_YET) {
      this.#windowAt = now;
    }
    this.#datagrams++;
    if (this.#lastArrival !== NEVER_YET) {
      this.#intervals.add(now - this.#lastArrival);
    }
    this.#lastArrival = now;
    this.#windowBytes += bytes;
    this.#delayFactor.add(bytes, now);
  }

  /** The datagram of `now` carries a time of the sender's clock. Times of different epochs are not compared. */
  stamp(time: Microseconds, epoch: number, now: Instant): void {
    const transit = now - time;
    if (epoch === this.#epoch) {
      const change = Math.abs(now - this.#lastStampArrival - (time - this.#lastStamp));
      this.#jitter = this.#jitter === NEVER_YET ? change * GAIN : this.#jitter + (change - this.#jitter) * GAIN;
    } else {
      this.#epoch = epoch;
      this.#leastTransit = Infinity;
      this.#mostTransit = -Infinity;
    }
    this.#lastStamp = time;
    this.#lastStampArrival = now;
    this.#leastTransit = Math.min(this.#leastTransit, transit);
    this.#mostTransit = Math.max(this.#mostTransit, transit);
  }

  /** Ends a window. `clockRate`: bits per second by the stream's clock, where it is known; `lostPackets`: lost since the beginning. */
  closeWindow(now: Instant, clockRate: number | undefined, lostPackets: number): void {
    this.#intervals.closeWindow();
    this.#closedVariation = this.#mostTransit < this.#leastTransit ? undefined : this.#mostTransit - this.#leastTransit;
    this.#leastTransit = Infinity;
    this.#mostTransit = -Infinity;
    const elapsed = this.#windowAt === NEVER_YET ? 0 : now - this.#windowAt;
    const delayFactor = this.#delayFactor.end(now);
    const mediaLossRate = elapsed <= 0 ? 0 : (Math.max(0, lostPackets - this.#lostBefore) * MILLION) / elapsed;
    this.#mdi =
      delayFactor === undefined || this.#drain === undefined || this.#windowBytes === 0
        ? undefined
        : { delayFactor, mediaLossRate, ...this.#drain };
    this.#lostBefore = lostPackets;
    this.#drain = drainOf(clockRate, this.#windowBytes, elapsed);
    this.#windowBytes = 0;
    this.#windowAt = now;
    this.#delayFactor.begin(now, this.#drain?.rate);
  }

  snapshot(): ArrivalSnapshot {
    const interArrival = this.#intervals.window();
    return {
      datagrams: this.#datagrams,
      ...(interArrival === undefined ? {} : { interArrival }),
      ...(this.#jitter === NEVER_YET ? {} : { jitter: this.#jitter }),
      ...(this.#closedVariation === undefined ? {} : { delayVariation: this.#closedVariation }),
      ...(this.#mdi === undefined ? {} : { mdi: this.#mdi }),
    };
  }

  /** We missed datagrams ourselves: the window that runs says nothing of the network. */
  lost(): void {
    this.#lastArrival = NEVER_YET;
    this.#epoch = NO_EPOCH;
    this.#delayFactor.spoil();
  }

  /** The source was opened, or opened again. */
  begin(): void {
    this.lost();
    this.#jitter = NEVER_YET;
    this.#drain = undefined;
    this.#windowAt = NEVER_YET;
    this.#windowBytes = 0;
  }
}

type Drain = Pick<MediaDeliveryIndex, "rate" | "rateSource">;

const drainOf = (clockRate: number | undefined, bytes: number, elapsed: Microseconds): Drain | undefined => {
  if (clockRate !== undefined) {
    return { rate: clockRate, rateSource: "pcr" };
  }
  return bytes === 0 || elapsed <= 0 ? undefined : { rate: (bytes * 8 * MILLION) / elapsed, rateSource: "measured" };
};
