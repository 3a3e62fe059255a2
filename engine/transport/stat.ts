/** `direction`: which half counts it. Without one, both do. */
export type Stat = { type: "counter" | "gauge"; unit: string; help: string; direction?: "input" | "output" };

export const counter = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("counter", unit, help, direction);
export const gauge = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("gauge", unit, help, direction);

const stat = (type: Stat["type"], unit: string, help: string, direction?: "input" | "output"): Stat =>
  direction === undefined ? { type, unit, help } : { type, unit, help, direction };
