type Given = {
  firstAt: number;
  lastAt: number;
  clearedAt: number | undefined;
  count: number;
  tone: "critical" | "warning" | "cleared";
  now: number;
  spanMs?: number;
};

const WIDTH = 90;
const HOUR_MS = 3_600_000;
const TONES = { critical: "var(--crit)", warning: "var(--warn)", cleared: "var(--text-2)" } as const;

/** When an alarm stood in the last hour. Edges only: how often it came and went between them is said by its count. */
export const ConditionBar = ({ firstAt, lastAt, clearedAt, count, tone, now, spanMs = HOUR_MS }: Given) => {
  const x = (at: number): number => Math.min(WIDTH, Math.max(0, ((at - (now - spanMs)) / spanMs) * WIDTH));
  const [from, to] = [x(firstAt), x(clearedAt ?? now)];
  const isFlapping = count > 5;
  return (
    <svg width={WIDTH} height={18} aria-hidden>
      <path d={`M0 16.5H${WIDTH}`} stroke="var(--line-2)" />
      <rect x={from} y={5} width={Math.max(2, to - from)} height={8} fill={TONES[tone]} opacity={isFlapping ? 0.45 : 1} />
      {isFlapping ? <rect x={Math.max(0, x(lastAt) - 1)} y={5} width={2} height={8} fill={TONES[tone]} /> : null}
    </svg>
  );
};
