import { useSyncExternalStore } from "react";
import { DEFAULTS, keptOf, withKept, type Prefs } from "./remembered.ts";

export type { Prefs } from "./remembered.ts";

/** What this browser keeps, so that its first picture is right before the manager has answered. `owner`: whose it is. */
type Local = Prefs & { owner?: string };

const KEY = "bilbycast.console";

const read = (): Local => {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Local>) };
  } catch {
    return DEFAULTS;
  }
};

let prefs: Local = read();
const listeners = new Set<() => void>();
/** What the manager is to keep and does not have yet, by its key. */
const unsent = new Map<string, unknown>();
let send: (() => void) | undefined;

const become = (next: Local): void => {
  prefs = next;
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
  applyPrefs();
  listeners.forEach((listener) => listener());
};

export const setPrefs = (change: Partial<Prefs>): void => {
  for (const [key, value] of keptOf(change)) {
    unsent.set(key, value);
  }
  become({ ...prefs, ...change });
  if (unsent.size > 0) {
    send?.();
  }
};

/** Takes what the manager keeps; what was chosen since and is not there yet stays. */
export const adoptPrefs = (kept: Readonly<Record<string, unknown>>): void => {
  const next = withKept(prefs, kept, new Set(unsent.keys()));
  if (JSON.stringify(next) !== JSON.stringify(prefs)) {
    become({ ...prefs, ...next });
  }
};

/** Says who sits here: what another person chose in this browser is not theirs. */
export const belongTo = (owner: string): void => {
  if (prefs.owner !== owner) {
    const isOthers = prefs.owner !== undefined;
    if (isOthers) {
      unsent.clear();
    }
    become(isOthers ? { ...DEFAULTS, owner } : { ...prefs, owner });
  }
};

/** Whoever brings to the manager what it is to keep. `act` is called when there is something; undefined: nobody does. */
export const whenUnsent = (act: (() => void) | undefined): void => {
  send = act;
};

export const unsentPrefs = (): ReadonlyMap<string, unknown> => unsent;

/** It is there; unless another value was chosen meanwhile. */
export const sentPref = (key: string, value: unknown): void => {
  if (unsent.get(key) === value) {
    unsent.delete(key);
  }
};

export const usePrefs = (): Prefs =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => prefs,
  );

const light = window.matchMedia("(prefers-color-scheme: light)");
const contrast = window.matchMedia("(prefers-contrast: more)");

/** Writes theme and density where the style sheets look for them. */
export const applyPrefs = (): void => {
  const theme = prefs.theme === "system" ? (contrast.matches ? "contrast" : light.matches ? "light" : "dark") : prefs.theme;
  const { dataset } = document.documentElement;
  dataset["theme"] = theme;
  if (prefs.density === "normal") {
    delete dataset["density"];
  } else {
    dataset["density"] = prefs.density;
  }
};

light.addEventListener("change", applyPrefs);
contrast.addEventListener("change", applyPrefs);
