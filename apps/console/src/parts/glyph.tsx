import type { ReactNode } from "react";

import type { State } from "../words/state.ts";

export type { State } from "../words/state.ts";

const WORDS: Readonly<Record<State, string>> = { good: "Good", warning: "Warning", critical: "Critical", unknown: "No data", off: "Off" };

const SHAPES: Readonly<Record<State, ReactNode>> = {
  good: <circle cx="6" cy="6" r="3" fill="var(--ok)" />,
  warning: (
    <>
      <path d="M6 .6 11.8 11.2H.2z" fill="var(--warn)" stroke="var(--warn-ink)" strokeWidth=".6" />
      <path d="M6 4.2v3.4M6 8.7v1.2" stroke="var(--on-warn)" strokeWidth="1.4" />
    </>
  ),
  critical: (
    <>
      <path d="M3.5 .4h5L11.6 3.5v5L8.5 11.6h-5L.4 8.5v-5z" fill="var(--crit)" />
      <path d="M3.8 3.8l4.4 4.4M8.2 3.8 3.8 8.2" stroke="var(--on-crit)" strokeWidth="1.6" />
    </>
  ),
  unknown: <rect x="1.5" y="1.5" width="9" height="9" fill="none" stroke="var(--none)" strokeWidth="1.4" strokeDasharray="2.2 1.6" />,
  off: <path d="M2 6h8" stroke="var(--none)" strokeWidth="1.6" />,
};

/** The state of a node, a flow or a link. Without `silent` it is spoken too: beside its word it need not be. */
export const StateGlyph = ({ state, size = 13, silent = false }: { state: State; size?: number; silent?: boolean }) => (
  <svg width={size} height={size} viewBox="0 0 12 12" {...(silent ? { "aria-hidden": true } : { role: "img", "aria-label": WORDS[state] })}>
    {SHAPES[state]}
  </svg>
);

export type TallyShape = "pgm" | "pvw" | "pend" | "comm" | "leaving" | "standby";

const TALLY: Readonly<Record<TallyShape, ReactNode>> = {
  pgm: <rect x="1" y="1" width="10" height="10" fill="currentColor" />,
  pvw: <path d="M6 1.2 11.2 10.8H.8z" fill="none" stroke="currentColor" strokeWidth="2" />,
  pend: <path d="M6 .8 11.2 6 6 11.2.8 6z" fill="currentColor" stroke="var(--pend-text)" strokeWidth=".8" />,
  comm: <circle cx="6" cy="6" r="4.6" fill="currentColor" />,
  leaving: <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.4 1.6" />,
  standby: <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};

/** Where something stands on its way to air: always beside its word. */
export const TallyGlyph = ({ shape, size = 10 }: { shape: TallyShape; size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden>
    {TALLY[shape]}
  </svg>
);
