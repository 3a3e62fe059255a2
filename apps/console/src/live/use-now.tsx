import { useSyncExternalStore } from "react";

const INTERVAL_MS = 1_000;

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

/** What the time makes of something, drawn anew when that is something else and not with every second. */
export const useOverTime = <Value extends string | number | boolean | undefined>(of: (now: number) => Value): Value =>
  useSyncExternalStore(subscribe, () => of(now));

/** Milliseconds since the epoch, to the second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);
