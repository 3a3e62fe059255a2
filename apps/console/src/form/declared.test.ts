import assert from "node:assert/strict";
import { test } from "node:test";
import { configJsonSchema, partUnion } from "@bilbycast/contracts/config";
import { seeded } from "@bilbycast/testkit/random";
import { declarations } from "@bilbycast/transports/declarations";
import type { z } from "zod";
import { isJsonObject, type Json, type JsonObject } from "../live/merge-patch.ts";
import { problemsOf } from "./check.ts";
import { getAt, setAt, type Path } from "./edit.ts";
import { fieldsOf, type Field } from "./field.ts";
import { partSchemas, type Schema } from "./schema.ts";
import { startOf, startOfFields, startOfVariant } from "./start.ts";
import { randomOf } from "./test/random-part.ts";
import { shownOf, typedOf } from "./text.ts";

const schema = configJsonSchema(declarations) as Schema;
const SIDES = ["input", "output"] as const;

/** Does at the form what a person would do to reach `wanted`, and gives back the JSON that stands beside it then. */
const fill = (fields: readonly Field[], wanted: JsonObject, start: JsonObject): Json | undefined => {
  let document: Json | undefined = start;
  const put = (path: Path, value: Json | undefined): void => {
    document = setAt(document, path, value);
  };
  const enter = (field: Field, value: Json | undefined, path: Path): void => {
    if (value === undefined) {
      return;
    }
    switch (field.kind) {
      case "group":
        if (getAt(document, path) === undefined) {
          put(path, startOf(field));
        }
        enterAll(field.fields, value, path);
        break;
      case "variants": {
        const option = field.options.find((each) => each.value === getAt(value, [field.tag]));
        put(path, startOfVariant(field.tag, option));
        enterAll(option?.fields ?? [], value, path);
        break;
      }
      case "list":
        put(path, []);
        (value as readonly Json[]).forEach((each, i) => {
          put([...path, i], startOf(field.item));
          enter(field.item, each, [...path, i]);
        });
        break;
      case "table":
        put(path, {});
        Object.entries(isJsonObject(value) ? value : {}).forEach(([key, each]) => {
          put([...path, key], startOf(field.item));
          enter(field.item, each, [...path, key]);
        });
        break;
      case "switch":
        put(path, value);
        break;
      default: {
        const text = shownOf(field, value);
        const typed = typedOf(field, text);
        // An empty text is the same as none: a field that is there and empty is made by the button that adds it.
        assert.ok("value" in typed, `${path.join(".")}: ${JSON.stringify(typed)}`);
        put(path, text === "" ? value : typed.value);
      }
    }
  };
  const enterAll = (inner: readonly Field[], value: Json, path: Path): void =>
    inner.forEach((field) =>
      enter(field, isJsonObject(value) && Object.hasOwn(value, field.key) ? value[field.key] : undefined, [...path, field.key]),
    );
  enterAll(fields, wanted, []);
  return document;
};

const schemaOf = (side: "input" | "output", kind: string): z.ZodType => {
  const { options } = partUnion(declarations, side).def as unknown as { options: z.ZodType[] };
  const found = options.find((option) => (option as z.ZodObject).shape["type"]?.safeParse(kind).success === true);
  assert.ok(found !== undefined);
  return found;
};

for (const [seed, declaration] of declarations.entries()) {
  for (const side of SIDES.filter((each) => declaration[each] !== undefined)) {
    const kind = declaration.kind;
    const part = partSchemas(schema, `${side}s`).get(kind);

    test(`${kind} ${side}: what is typed into the form is the configuration, and what the form takes the node takes`, () => {
      assert.ok(part !== undefined);
      const fields = fieldsOf(schema, part, ["type"]);
      const random = seeded(seed);
      for (let round = 0; round < 150; round += 1) {
        const wanted = randomOf(schemaOf(side, kind), random) as JsonObject;
        const made = fill(fields, wanted, { type: kind, ...startOfFields(fields) });

        assert.deepEqual(made, wanted, `round ${round}`);
        assert.deepEqual(problemsOf(fields, made), [], JSON.stringify(made));
        assert.ok(schemaOf(side, kind).safeParse(made).success);
      }
    });

    test(`${kind} ${side}: what must be there is asked for, and every field has a control and a name`, () => {
      assert.ok(part !== undefined);
      const fields = fieldsOf(schema, part, ["type"]);
      const missing = problemsOf(fields, { type: kind });
      const refused = schemaOf(side, kind).safeParse({ type: kind });

      assert.deepEqual(missing.map(({ path }) => path[0]).toSorted(), refused.error?.issues.map(({ path }) => path[0]).toSorted());
      assert.deepEqual(
        fields.filter((field) => field.title === "" || field.kind === "json"),
        [],
      );
      assert.ok(fields.some((field) => field.isBasic));
    });
  }
}
