import { useSyncExternalStore } from "react";

/** As frame.css has it. */
const narrow = window.matchMedia("(max-width: 639.98px)");

export const isNarrow = (): boolean => narrow.matches;

/** Whether this is the view of who is on call: a telephone, or a window as wide as one. */
export const useNarrow = (): boolean =>
  useSyncExternalStore((listener) => {
    narrow.addEventListener("change", listener);
    return () => narrow.removeEventListener("change", listener);
  }, isNarrow);
