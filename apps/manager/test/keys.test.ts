import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { readKeys } from "../src/settings/keys.ts";

const makeKey = (): string => randomBytes(32).toString("hex");
const GOOD = { BILBYCAST_JWT_SECRET: makeKey(), BILBYCAST_MASTER_KEY: makeKey() };

const BAD: Readonly<Record<string, string | undefined>> = {
  "is absent": undefined,
  "is empty": "",
  "is blank": "   ",
  "is a word": "change-me-please",
  "is a digit short": GOOD.BILBYCAST_MASTER_KEY.slice(1),
  "is a digit long": `${GOOD.BILBYCAST_MASTER_KEY}0`,
  "has a letter that is no digit": `g${GOOD.BILBYCAST_MASTER_KEY.slice(1)}`,
  "is base64": createHash("sha256").update("x").digest("base64"),
  "is all zeros": "0".repeat(64),
  "is one byte again and again": "ab".repeat(32),
  "is four bytes again and again": "deadbeef".repeat(8),
  "counts up": Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0")).join(""),
  "counts down": Array.from({ length: 32 }, (_, i) => (255 - i).toString(16)).join(""),
  "counts by sevens": Array.from({ length: 32 }, (_, i) => ((i * 7) % 256).toString(16).padStart(2, "0")).join(""),
};

for (const name of ["BILBYCAST_JWT_SECRET", "BILBYCAST_MASTER_KEY"] as const) {
  for (const [what, value] of Object.entries(BAD)) {
    test(`a ${name} that ${what} is refused by its name, and its value is not repeated`, () => {
      assert.throws(
        () => readKeys({ ...GOOD, [name]: value }),
        (error: unknown) => {
          assert.ok(isFault(error) && error.code === "keys_unusable");
          assert.equal(error.details["field"], name);
          assert.match(error.message, new RegExp(name));
          assert.ok((value ?? "").trim() === "" || !JSON.stringify(error).includes(value ?? ""));
          return true;
        },
      );
    });
  }
}

test("good keys are read in either case and with blanks about them", () => {
  const upper = { ...GOOD, BILBYCAST_MASTER_KEY: ` ${GOOD.BILBYCAST_MASTER_KEY.toUpperCase()}\n` };

  assert.deepEqual(readKeys(upper), readKeys(GOOD));
  assert.equal(readKeys(GOOD).masterKey.length, 32);
});

test("one key for both is refused", () => {
  const same = { BILBYCAST_JWT_SECRET: GOOD.BILBYCAST_MASTER_KEY, BILBYCAST_MASTER_KEY: GOOD.BILBYCAST_MASTER_KEY.toUpperCase() };

  assert.throws(() => readKeys(same), { code: "keys_unusable" });
});
