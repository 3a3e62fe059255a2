import { useSyncExternalStore } from "react";

/** What this browser remembers of its user. */
export type Prefs = {
  theme: "system" | "dark" | "light" | "contrast";
  density: "normal" | "compact" | "touch";
  /** `undefined`: all groups. */
  group: string | undefined;
  /** IANA name; `undefined`: the browser's. */
  zone: string | undefined;
  recent: readonly string[];
};

const KEY = "bilbycast.console";
const DEFAULTS: Prefs = { theme: "system", density: "normal", group: undefined, zone: undefined, recent: [] };

const read = (): Prefs => {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Prefs>) };
  } catch {
    return DEFAULTS;
  }
};

let prefs = read();
const listeners = new Set<() => void>();

export const setPrefs = (change: Partial<Prefs>): void => {
  prefs = { ...prefs, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
  applyPrefs();
  listeners.forEach((listener) => listener());
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
