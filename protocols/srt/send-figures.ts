import type { LiveCongestion } from "./live-congestion.ts";
import type { SrtMeters } from "./meters.ts";
import type { SendBuffer } from "./send-buffer.ts";

const MICROSECONDS = 1_000;

/** Shows how a sender stands: what is under way, what waits and for how long, how fast it may go. `window`: packets that may be under way. */
export const showSending = (meters: SrtMeters, buffer: SendBuffer, pace: LiveCongestion, window: number): void => {
  meters.flightSize.set(buffer.unsent - buffer.first);
  meters.sendBuffered.set(buffer.held);
  meters.sendBufferFree.set(buffer.capacity - buffer.held);
  meters.sendBufferMs.set(buffer.held === 0 ? 0 : (buffer.originOf(buffer.next - 1) - buffer.originOf(buffer.first)) / MICROSECONDS);
  meters.sendPeriodUs.set(pace.period);
  meters.maxBandwidth.set(pace.bandwidth);
  meters.flowWindow.set(window);
};
