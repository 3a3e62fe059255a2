import { useSyncExternalStore } from "react";

const INTERVAL_MS = 1_000;
/** Data comes once a second: the clock goes with it, and by itself only where none comes. */
const WITH_DATA_MS = 1_300;
const TOO_SOON_MS = 700;

/** One clock for all that shows an age: it ticks once a second, and only while somebody looks. */
const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

const tick = (): void => {
  if (document.visibilityState === "hidden") {
    return;
  }
  now = Date.now();
  listeners.forEach((listener) => listener());
};

/** Data has come: what shows an age is drawn together with it, in one frame for both. */
export const tickWithData = (): void => {
  if (timer === undefined) {
    return;
  }
  // The next data come before it fires by itself.
  window.clearInterval(timer);
  timer = window.setInterval(tick, WITH_DATA_MS);
  if (Date.now() - now >= TOO_SOON_MS) {
    tick();
  }
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = window.setInterval(tick, INTERVAL_MS);
    document.addEventListener("visibilitychange", tick);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
      document.removeEventListener("visibilitychange", tick);
    }
  };
};

/** Calls with every tick, as long as the answer is not called. */
export const onTick = subscribe;

/** What the time makes of something, drawn anew when that is something else and not with every second. */
export const useOverTime = <Value extends string | number | boolean | undefined>(of: (now: number) => Value): Value =>
  useSyncExternalStore(subscribe, () => of(now));

/** Milliseconds since the epoch, to the second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);
