/** When something was meant to come by its own clock, and when it came: milliseconds, each from a zero of its own. */
export type Arrival = {
  readonly meant: number;
  readonly came: number;
};

/** How fast the sender's clock ran by ours (1 is right), and how far its half seconds strayed from that, in milliseconds. */
export type Pace = {
  readonly pace: number;
  readonly stray: number;
};

const WINDOW_MS = 500;

/**
 * The pace of a sender as a receiver on a busy machine can know it. Nothing but lateness comes on the way, so that what came least late in
 * each half second tells of the sender alone; and a half second in which the whole machine stood is outvoted, as the slope is the median
 * over all pairs of half seconds (Theil-Sen).
 */
export const paceOf = (arrivals: readonly Arrival[]): Pace => {
  const least = leastLate(arrivals);
  if (least.length < 4) {
    throw new Error(`${least.length} half seconds: too few to judge a pace`);
  }
  const slope = median(least.flatMap((a, i) => least.slice(i + 1).map((b) => (b.late - a.late) / (b.meant - a.meant))));
  const rests = least.map(({ meant, late }) => late - slope * meant);
  const middle = median(rests);
  return { pace: 1 / (1 + slope), stray: median(rests.map((rest) => Math.abs(rest - middle))) };
};

type Late = {
  readonly meant: number;
  readonly late: number;
};

const leastLate = (arrivals: readonly Arrival[]): Late[] => {
  const first = arrivals[0]?.meant ?? 0;
  const windows = new Map<number, Late>();
  for (const { meant, came } of arrivals) {
    const window = Math.floor((meant - first) / WINDOW_MS);
    const late = came - meant;
    if (late < (windows.get(window)?.late ?? Infinity)) {
      windows.set(window, { meant, late });
    }
  }
  return [...windows.values()];
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
