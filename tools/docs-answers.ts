import type { Block } from "./docs-blocks.ts";

/** Numbers that are different at every look: a document shows one, anything above 0 fits. */
const MOVING: ReadonlySet<string> = new Set(["bitrate_bps", "packets_received", "packets_sent"]);

/** What of a shown answer is not in the real one, by its path; `undefined` when all is. What is not shown may be there. */
export const misfit = (shown: Block, real: string): string | undefined =>
  shown.language === "json" ? misfitOfValue(JSON.parse(shown.text), parsed(real), "") : misfitOfText(shown.text, real);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const misfitOfValue = (shown: unknown, real: unknown, path: string): string | undefined => {
  if (typeof shown !== "object" || shown === null) {
    const moves = typeof shown === "number" && shown > 0 && MOVING.has(path.split(".").at(-1) ?? "");
    const fits = moves ? typeof real === "number" && real > 0 : shown === real;
    return fits ? undefined : `${path === "" ? "the answer" : path} is ${JSON.stringify(real)}, not ${JSON.stringify(shown)}`;
  }
  if (typeof real !== "object" || real === null) {
    return `${path === "" ? "the answer" : path} is missing`;
  }
  if (Array.isArray(shown) && (!Array.isArray(real) || real.length !== shown.length)) {
    return `${path} has another length than the ${shown.length} that are shown`;
  }
  const fields = real as Readonly<Record<string, unknown>>;
  return Object.entries(shown)
    .map(([key, value]) => misfitOfValue(value, fields[key], path === "" ? key : `${path}.${key}`))
    .find((problem) => problem !== undefined);
};

/** Every line that is shown must have been printed; rates, with two places behind the point, may be others above 0. */
const misfitOfText = (shown: string, real: string): string | undefined => {
  const line = shown
    .split("\n")
    .filter((each) => each.trim() !== "")
    .find((each) => !patternOf(each.trimEnd()).test(real));
  return line === undefined ? undefined : `this was not printed: ${line}`;
};

const patternOf = (line: string): RegExp => {
  const literal = line.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll(/\d+\\\.\d\d(?= Mbit)/g, String.raw`(?!0\.00)\d+\.\d\d`)}`, "m");
};
