import { useCallback, useEffect, useRef, useSyncExternalStore, type RefObject } from "react";
import type { TakeLook } from "./take-look.ts";
import { useControl } from "./use-control.tsx";
import type { DeskRows } from "./use-desk.tsx";

/** What the live desk and the editor both show. */
export type DeskView = {
  topic: string;
  groupId: string;
  groupName: string;
  rows: DeskRows;
  pages: readonly { id: string; name: string; count: number; color: string }[];
  pageId: string;
  pageName: string;
  /** Presets by place. */
  keys: readonly (string | undefined)[];
  isLost: boolean;
  onPage: (pageId: string) => void;
};

/** The desk has the focus from the start: a director presses keys, and looks for nothing. */
export const useDeskFocus = (): RefObject<HTMLElement | null> => {
  const desk = useRef<HTMLElement>(null);
  useEffect(() => desk.current?.focus({ preventScroll: true }), []);
  return desk;
};

/** A result goes, a check grows old, a node is slow: the button says so by itself. Milliseconds. */
const LOOK_MS = 200;

/** What the Take button is; the same object as long as it is the same. */
export const useTakeLook = (): TakeLook => {
  const control = useControl();
  const last = useRef<TakeLook>(undefined);
  const subscribe = useCallback(
    (listener: () => void) => {
      const stop = control.subscribe(listener);
      const timer = window.setInterval(listener, LOOK_MS);
      return () => {
        stop();
        window.clearInterval(timer);
      };
    },
    [control],
  );
  return useSyncExternalStore(subscribe, () => {
    const next = control.look();
    const old = last.current;
    if (old !== undefined && old.is === next.is && old.small === next.small && old.word === next.word) {
      return old;
    }
    last.current = next;
    return next;
  });
};

/** Panes that F6 walks, in this order; the desk is the first. */
const PANES = [".desk > .left", ".desk > .imp", "main > .bar", ".rail", ".top"];
const FOCUSABLE = "a[href], button:not([disabled]), [tabindex='0'], select, input";

/** Puts the focus into the next pane, or the one before. */
export const walkPanes = (by: 1 | -1): void => {
  const panes = PANES.flatMap((selector) => document.querySelector<HTMLElement>(selector) ?? []);
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(Math.max(0, at) + by + panes.length) % panes.length];
  const target = next?.matches(".left") === true ? next : (next?.querySelector<HTMLElement>(FOCUSABLE) ?? next);
  target?.focus({ preventScroll: true });
};
