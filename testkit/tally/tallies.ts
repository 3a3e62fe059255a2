import type { Tally } from "@bilbycast/foundation/packets";

/** A counter that a test can read. It fails the test that adds something that is not a count, or sets it. */
export class CountingTally implements Tally {
  value = 0;

  add(amount: number): void {
    if (!Number.isInteger(amount) || amount < 0) {
      throw new RangeError(`a counter was moved by ${amount}`);
    }
    this.value += amount;
  }

  set(value: number): void {
    throw new RangeError(`a counter was set to ${value}`);
  }
}

/** A gauge that a test can read. */
export class GaugeTally implements Tally {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }

  set(value: number): void {
    this.value = value;
  }
}

/** One counter for each name. */
export const tallies = <const Name extends string>(...names: Name[]): Record<Name, CountingTally> =>
  Object.fromEntries(names.map((name) => [name, new CountingTally()])) as Record<Name, CountingTally>;

/** The counters that are not 0, by name; gauges are left out. */
export const counts = (meters: Readonly<Record<string, Tally>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(meters).flatMap(([name, meter]) => (meter instanceof CountingTally && meter.value > 0 ? [[name, meter.value]] : [])),
  );
