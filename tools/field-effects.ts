import { readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Declaration } from "@bilbycast/engine/transport/declare";

/** As much of JSON Schema as fields nest by. */
export type Schema = {
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
  oneOf?: readonly Schema[];
  anyOf?: readonly Schema[];
};

/** A transport as this tool looks at it. */
export type Halves = { kind: string; input?: Schema; output?: Schema };

/** Every field of a transport by its side and its path, `output.delay.ms`. A group of fields is not one itself; a list of groups is. */
export const fieldsOf = (halves: Halves): string[] =>
  (["input", "output"] as const).flatMap((side) => {
    const schema = halves[side];
    return schema === undefined ? [] : [...new Set(nested(schema, side))];
  });

/** The fields that an `effects.test.ts` says it observes. */
export const observedIn = (source: string): string[] =>
  [...source.matchAll(/^(?:effectOf|observedIn)\(\s*"((?:input|output)\.[a-z0-9_.]+)"/gm)].map((match) => match[1] ?? "");

/** What is wrong with one transport: a field whose effect nobody observes, or an effect of a field that is not there. Pure. */
export const missingEffects = (halves: Halves, source: string | undefined): string[] => {
  const file = `transports/${folderOf(halves)}/effects.test.ts`;
  if (source === undefined) {
    return [`${file} is missing: it names the observed effect of every field of ${halves.kind}`];
  }
  const fields = fieldsOf(halves);
  const observed = observedIn(source);
  return [
    ...fields
      .filter((field) => !observed.includes(field))
      .map((field) => `${file}: nothing observes what ${field} changes; an option that validates and changes nothing is a fault`),
    ...observed.filter((field) => !fields.includes(field)).map((field) => `${file}: observes ${field}, which ${halves.kind} does not have`),
  ];
};

const nested = (schema: Schema, path: string): string[] => {
  const groups = [schema, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const fields = groups.flatMap((group) =>
    Object.entries(group.properties ?? {}).flatMap(([name, field]) => nested(field, `${path}.${name}`)),
  );
  const isList = schema.items !== undefined;
  const inList = schema.items === undefined ? [] : nested(schema.items, path);
  return isList ? [path, ...inList] : fields.length > 0 ? fields : [path];
};

const folderOf = ({ kind }: Halves): string => kind.replaceAll("_", "-");

const halvesOf = ({ kind, input, output }: Declaration): Halves => {
  const schemaOf = (half: NonNullable<Declaration["input"]>): Schema =>
    half.toJSONSchema({ io: "input", unrepresentable: "any" }) as Schema;
  return {
    kind,
    ...(input === undefined ? {} : { input: schemaOf(input) }),
    ...(output === undefined ? {} : { output: schemaOf(output) }),
  };
};

const main = async (): Promise<number> => {
  const root = new URL("..", import.meta.url).pathname;
  const module = (await import(pathToFileURL(join(root, "transports/declarations.gen.ts")).href)) as {
    declarations: readonly Declaration[];
  };
  const transports = module.declarations.map(halvesOf);
  const problems = transports.flatMap((halves) => {
    const file = join(root, "transports", folderOf(halves), "effects.test.ts");
    return missingEffects(halves, existsSync(file) ? readFileSync(file, "utf8") : undefined);
  });
  for (const problem of problems) {
    console.error(problem);
  }
  const fields = transports.reduce((sum, halves) => sum + fieldsOf(halves).length, 0);
  console.log(`${fields} fields of ${transports.length} transports, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
};

if (import.meta.main) {
  process.exitCode = await main();
}
