import { z } from "zod";

type Random = () => number;
type Definition = {
  type: string;
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  element?: z.ZodType;
  options?: z.ZodType[];
  valueType?: z.ZodType;
  keyType?: z.ZodType;
  values?: unknown[];
  entries?: Record<string, string>;
};

/** Texts that some field or other takes; those that a field's own schema refuses are not given to it. */
const TEXTS = [
  "10.0.0.1:5000",
  "[::1]:7001",
  "239.1.1.1:5004",
  "0.0.0.0:9000",
  "10.0.0.9",
  "::1",
  "239.1.1.1",
  "192.0.2.7",
  "eth0",
  "a",
  "correct horse",
  "#!::r=live/cam1",
  "fec,cols:10,rows:5",
  "fec,cols:10,rows:5,layout:staircase,arq:onreq",
  "",
  "clip-one.ts",
  "rtmp://live.example.com/app",
  "rtmps://[2001:db8::1]/live",
  'quo"te \\ back',
  "日本",
  "true",
  "12",
  "null",
  " spaced ",
];

const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** A value that the schema takes, with about half of what may be left out left out. Nothing of what no field says: rules between fields may still refuse it. */
export const randomOf = (schema: z.ZodType, random: Random): unknown => {
  const definition = schema.def as unknown as Definition;
  switch (definition.type) {
    case "optional":
    case "default":
    case "prefault":
      return random() < 0.5 ? undefined : randomOf(definition.innerType as z.ZodType, random);
    case "object":
      return Object.fromEntries(
        Object.entries(definition.shape ?? {})
          .map(([key, field]) => [key, randomOf(field, random)] as const)
          .filter(([, value]) => value !== undefined),
      );
    case "array":
      return withSizes((size) => Array.from({ length: size }, () => randomOf(definition.element as z.ZodType, random)), schema, random);
    case "record":
      return Object.fromEntries([[String(16 + Math.floor(random() * 900)), randomOf(definition.valueType as z.ZodType, random)]]);
    case "union":
      return randomOf(pick(random, definition.options ?? []), random);
    case "literal":
      return pick(random, definition.values ?? []);
    case "enum":
      return pick(random, Object.values(definition.entries ?? {}));
    case "boolean":
      return random() < 0.5;
    case "number":
      return numberOf(schema, random);
    case "string":
      return pick(
        random,
        TEXTS.filter((text) => schema.safeParse(text).success),
      );
    default:
      throw new Error(`no random ${definition.type} yet`);
  }
};

const withSizes = (make: (size: number) => unknown[], schema: z.ZodType, random: Random): unknown => {
  const sizes = [1, 2, 3, 0, 4].map(make).filter((list) => schema.safeParse(list).success);
  return sizes.length === 0 ? undefined : pick(random, sizes);
};

const numberOf = (schema: z.ZodType, random: Random): unknown => {
  const {
    minimum = 0,
    maximum = 1_000_000,
    exclusiveMinimum = 0,
  } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Record<string, number>;
  const low = Math.max(minimum, exclusiveMinimum);
  const high = Math.min(maximum, 1_000_000);
  const near = [low, high, low + 1, 2, 0.5, 64, 1_000, low + random() * (high - low)];
  const taken = [...near, ...near.map(Math.round), ...near.map((value) => 2 * Math.round(value / 2))].filter(
    (value) => schema.safeParse(value).success,
  );
  return pick(random, taken);
};
