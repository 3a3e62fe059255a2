import type { ReactNode } from "react";
import { StateGlyph } from "./glyph.tsx";
import "./metric.css";
import { Sparkline } from "./sparkline.tsx";
import type { Values } from "./spark-path.ts";

type Given = {
  name: string;
  /** `undefined`: unknown, and shown as a dash. */
  value: string | undefined;
  unit?: string;
  history?: Values;
  /** Why it is over its limit: the limit, or what happened. */
  over?: { severity: "warning" | "critical"; reason: string };
};

/** One number, its unit and its last quarter of an hour. */
export const Metric = ({ name, value, unit, history, over }: Given): ReactNode => (
  <div className="metric">
    <small className="row">
      {over === undefined ? (
        value === undefined ? (
          <StateGlyph state="unknown" size={11} />
        ) : null
      ) : (
        <StateGlyph state={over.severity} size={11} />
      )}
      {name}
    </small>
    <b>
      {value ?? "–"} <em>{[unit, over?.reason].filter((each) => each !== undefined && each !== "").join(", ")}</em>
    </b>
    {history === undefined ? null : (
      <Sparkline values={history} height={16} tone={over === undefined ? "series" : over.severity === "warning" ? "warn" : "crit"} />
    )}
  </div>
);
