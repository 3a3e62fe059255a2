/** `direction`: which half counts it. Without one, both do. */
export type Stat = { type: "counter" | "gauge"; unit: string; help: string; direction?: "input" | "output" };

export const counter = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("counter", unit, help, direction);
export const gauge = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("gauge", unit, help, direction);

const stat = (type: Stat["type"], unit: string, help: string, direction?: "input" | "output"): Stat =>
  direction === undefined ? { type, unit, help } : { type, unit, help, direction };

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
