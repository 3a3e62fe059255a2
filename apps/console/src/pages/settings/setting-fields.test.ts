import assert from "node:assert/strict";
import { test } from "node:test";
import { SETTINGS } from "@bilbycast/contracts/manager-api";
import { SETTING_FIELDS, settingProblem } from "./setting-fields.ts";

test("every setting of the contract has a field, and its range", () => {
  assert.deepEqual(SETTING_FIELDS.map(({ key }) => key).toSorted(), Object.keys(SETTINGS).toSorted());
  for (const field of SETTING_FIELDS) {
    const schema = SETTINGS[field.key];
    assert.ok(schema.safeParse(field.min).success && schema.safeParse(field.max).success, field.key);
    assert.ok(!schema.safeParse(field.min - 1).success && !schema.safeParse(field.max + 1).success, field.key);
  }
});

test("what is out of range is told with the range", () => {
  const [field] = SETTING_FIELDS;
  assert.ok(field !== undefined);

  assert.equal(settingProblem(field, "30"), undefined);
  for (const text of ["", "0", "366", "3.5", "x"]) {
    assert.equal(settingProblem(field, text), "Use a whole number of days, 1 to 365.");
  }
});
