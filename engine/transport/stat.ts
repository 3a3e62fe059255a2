/**
 * `direction`: which half counts it. Without one, both do. `overLanes`: what the whole of an output that is spread over lanes counts: the sum
 * of a counter and the most of a gauge, where it does not say otherwise.
 */
export type Stat = { type: "counter" | "gauge"; unit: string; help: string; direction?: "input" | "output"; overLanes?: "sum" | "most" };

export const counter = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("counter", unit, help, direction);
export const gauge = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("gauge", unit, help, direction);

const stat = (type: Stat["type"], unit: string, help: string, direction?: "input" | "output"): Stat =>
  direction === undefined ? { type, unit, help } : { type, unit, help, direction };

/** Every lane of an output that is spread over several counts the same. */
export const sameOnLanes = <const S extends Readonly<Record<string, Stat>>>(stats: S): { [Name in keyof S]: Stat } =>
  Object.fromEntries(Object.entries(stats).map(([name, stat]) => [name, { ...stat, overLanes: "most" }])) as { [Name in keyof S]: Stat };

/** Each lane counts its own. */
export const addsOverLanes = (stat: Stat): Stat => ({ ...stat, overLanes: "sum" });

type Prefixed<S, P extends string> = { [Name in keyof S & string as `${P}${Capitalize<Name>}`]: Stat };

/** The same stats once more, under names that begin with `prefix`; `what` ends their sentences. */
export const prefixed = <const S extends Readonly<Record<string, Stat>>, const P extends string>(
  prefix: P,
  stats: S,
  what: string,
): Prefixed<S, P> =>
  Object.fromEntries(
    Object.entries(stats).map(([name, stat]) => [
      `${prefix}${name[0]?.toUpperCase()}${name.slice(1)}`,
      { ...stat, help: `${stat.help.replace(/\.$/, "")}: ${what}.` },
    ]),
  ) as Prefixed<S, P>;
