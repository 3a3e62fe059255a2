import { memo, useMemo } from "react";
import { sparkPath, type Values } from "./spark-path.ts";

type Given = { values: Values; width?: number; height?: number; tone?: "series" | "warn" | "crit"; label?: string };

const TONES = { series: "var(--series-1)", warn: "var(--warn-ink)", crit: "var(--crit)" } as const;

/** The last quarter of an hour without an axis. Numbers beside it say how much; a label is for where it stands alone. */
export const Sparkline = memo(({ values, width = 96, height = 24, tone = "series", label }: Given) => {
  const { lines, areas } = useMemo(() => sparkPath(values, width, height), [values, width, height]);
  return (
    <svg
      className="spark"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {areas.map((points) => (
        <polygon key={points} points={points} fill={TONES[tone]} opacity=".13" />
      ))}
      {lines.map((points) => (
        <polyline key={points} points={points} fill="none" stroke={TONES[tone]} strokeWidth="1.2" vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  );
});
