import { useEffect, useLayoutEffect, useSyncExternalStore } from "react";
import { useNow } from "../live/use-now.tsx";
import { usePrefs } from "../prefs/prefs.tsx";
import { StateGlyph } from "./glyph.tsx";
import { Icon } from "./icon.tsx";
import { paneWidth } from "./pane-width.ts";
import { ToastList, type NewToast, type Toast } from "./toast-list.ts";

const list = new ToastList();

/** Tells the result of an act. */
export const tell = (toast: NewToast): void => {
  list.add(toast, Date.now());
};

/**
 * While a page shows its line of alarms, results are told where its inspector is, or above the line where there is none: nothing lies on an alarm.
 * `of` and `usual`: as the inspector's edge has them.
 */
export const useToastsOffAlarms = (of: string, usual: number): void => {
  const width = paneWidth(usePrefs().panes[of] ?? usual);
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.dataset["alarmLine"] = "";
    root.style.setProperty("--toasts", `${width - 24}px`);
    return () => {
      delete root.dataset["alarmLine"];
      root.style.removeProperty("--toasts");
    };
  }, [width]);
};

/** The corner where results are told. */
export const Toasts = () => {
  const toasts = useSyncExternalStore(list.subscribe, list.all);
  return (
    <div className="toasts" role="log" aria-label="Results" aria-live="polite">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  );
};

const ToastView = ({ toast }: { toast: Toast }) => {
  const now = useNow();
  useEffect(() => list.expire(now), [now]);
  const rest = toast.until === undefined ? undefined : Math.max(0, Math.ceil((toast.until - now) / 1_000));
  const { action } = toast;
  return (
    <div className="toast">
      {toast.kind === "done" ? <Icon name="check" /> : <StateGlyph state={toast.kind === "partial" ? "warning" : "critical"} silent />}
      <span className="grow">
        {toast.text} {toast.code === undefined ? null : <span className="m dim">{toast.code}</span>}
      </span>
      {action === undefined ? null : (
        <button
          type="button"
          className="link b"
          onClick={() => {
            list.close(toast.id);
            action.act();
          }}
        >
          {action.label} <span aria-hidden>{rest === undefined ? "" : `0:${String(rest).padStart(2, "0")}`}</span>
        </button>
      )}
      <button type="button" className="btn ghost square sm" aria-label="Close" onClick={() => list.close(toast.id)}>
        <Icon name="close" size={12} />
      </button>
    </div>
  );
};
