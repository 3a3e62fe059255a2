/** A counter or a gauge as pure code sees it; who reads it, and when, is not the machine's concern. */
export type Tally = { add(amount: number): void; set(value: number): void };
