import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { readAmf, writeAmf, type AmfValue } from "../amf0.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** AMF0 §2.2 to §2.18: marker, then the value. */
const CASES: readonly [what: string, value: AmfValue, wire: string][] = [
  ["a number", 1, "00 3ff0000000000000"],
  ["a negative fraction", -1.5, "00 bff8000000000000"],
  ["true", true, "01 01"],
  ["text", "connect", "02 0007 636f6e6e656374"],
  ["text beyond ASCII", "ü", "02 0002 c3bc"],
  ["null", null, "05"],
  ["undefined", undefined, "06"],
  ["an object", new Map([["app", "live"]]), "03 0003 617070 02 0004 6c697665 0000 09"],
  ["a strict array", ["hvc1"], "0a 00000001 02 0004 68766331"],
];

for (const [what, value, wire] of CASES) {
  test(`${what} is written and read as the standard has it`, () => {
    assert.equal(hex(writeAmf([value])), wire.replaceAll(" ", ""));
    assert.deepEqual(readAmf(bytes(wire)), [value]);
  });
}

test("an ECMA array is written with its count, and read as an object whatever its count says", () => {
  const wire = "08 00000001 0005 7769647468 00 4084000000000000 0000 09";
  assert.equal(hex(writeAmf([{ ecmaArray: new Map([["width", 640]]) }])), wire.replaceAll(" ", ""));
  assert.deepEqual(readAmf(bytes(wire.replace("00000001", "ffffffff"))), [new Map([["width", 640]])]);
});

test("dates, long text, XML and typed objects are read", () => {
  assert.deepEqual(readAmf(bytes("0b 4059000000000000 0000")), [100]);
  assert.deepEqual(readAmf(bytes("0c 00000002 6162 0f 00000001 63")), ["ab", "c"]);
  assert.deepEqual(readAmf(bytes("10 0001 43 0001 61 05 0000 09")), [new Map([["a", null]])]);
});

test("text of 64 KiB and more goes as long text", () => {
  const text = "x".repeat(70_000);
  const wire = writeAmf([text]);
  assert.equal(wire[0], 0x0c);
  assert.deepEqual(readAmf(wire), [text]);
});

test("what is cut off, unknown or endless is malformed, and costs little", () => {
  const whole = writeAmf(["_result", 1, new Map([["a", [1, true, null]]])]);
  for (let length = 1; length < whole.length; length++) {
    const values = readAmf(whole.subarray(0, length));
    assert.ok(values === undefined || values.length < 3, `cut at ${length}`);
  }
  for (const wire of [
    "07 0000",
    "11 00",
    "0a ffffffff",
    "03 0001 61",
    "0c ffffffff 61",
    "03".repeat(1),
    `${"0a 00000001".repeat(40)} 05`,
  ]) {
    assert.equal(readAmf(bytes(wire)), undefined, wire);
  }
  assert.equal(readAmf(new Uint8Array(5_000).fill(5)), undefined, "too many values");
});

test("keys that mean something to the language mean nothing", () => {
  const [object] = readAmf(writeAmf([new Map([["__proto__", new Map([["polluted", true]])]])])) ?? [];
  assert.ok(object instanceof Map && object.has("__proto__"));
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

for (const seed of [1, 2, 3]) {
  test(`mutated values never throw, seed ${seed}`, () => {
    const random = seeded(seed);
    const good = writeAmf([
      "onStatus",
      0,
      null,
      new Map<string, AmfValue>([
        ["level", "error"],
        ["list", [1, new Map([["x", false]])]],
      ]),
    ]);
    for (let i = 0; i < 20_000; i++) {
      const mutated = good.slice(0, 1 + integer(random, good.length));
      for (let n = 1 + integer(random, 4); n > 0; n--) {
        mutated[integer(random, mutated.length)] = integer(random, 256);
      }
      readAmf(mutated);
    }
  });
}
