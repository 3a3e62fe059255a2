/** Levels of the eight bars of EBU colour bars, in percent of the picture's swing, and how far their colour swings about them. */
const STEPS: readonly (readonly [level: number, swing: number])[] = [
  [77, 0],
  [69, 16],
  [56, 23],
  [48, 22],
  [36, 22],
  [28, 23],
  [15, 16],
  [0, 0],
];

const BOTTOM = 690;
const STEP = 52;

const y = (percent: number): number => BOTTOM - (percent / 100) * 5.75 * 90.1;

/** One line of bars as a waveform monitor shows it. */
const line = (left: number): string => {
  const points = STEPS.map(([level], i) => `L${left + i * STEP} ${y(level)}H${left + i * STEP + STEP - 14}`);
  return `M${left} ${y(77)}${points.join("")}`;
};

/** Colour bars on a waveform monitor: the picture of a line that is right. */
export const Bars = () => (
  <svg viewBox="0 0 920 900" preserveAspectRatio="xMidYMid meet">
    {[0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((percent) => (
      <g key={percent}>
        <path d={`M24 ${y(percent)}H870`} stroke="var(--line-2)" opacity={percent % 100 === 0 ? 0.9 : 0.4} />
        <text x="876" y={y(percent) + 4} fontFamily="var(--mono)" fontSize="13" fill="var(--text-3)">
          {percent}
        </text>
      </g>
    ))}
    {[48, 462].map((left) =>
      STEPS.map(([level, swing], i) =>
        swing === 0 ? null : (
          <path
            key={`${left} ${level}`}
            d={Array.from(
              { length: 13 },
              (_, k) => `M${left + i * STEP + k * 3} ${y(level + swing - (k % 3))}V${y(level - swing + (k % 2))}`,
            ).join("")}
            stroke="var(--text-3)"
            strokeWidth="1.2"
            opacity=".32"
          />
        ),
      ),
    )}
    {[48, 462].map((left) => (
      <path key={left} d={line(left)} fill="none" stroke="var(--series-1)" strokeWidth="3" opacity=".85" strokeLinejoin="round" />
    ))}
  </svg>
);
