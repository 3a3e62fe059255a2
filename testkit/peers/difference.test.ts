import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "./difference.ts";

const sent = Uint8Array.from([1, 2, 3, 4]);

test("the same bytes have no difference", () => {
  assert.equal(difference(sent.slice(), sent), undefined);
});

test("a difference is told by the first byte that is another", () => {
  assert.equal(difference(Uint8Array.from([1, 2, 9, 9]), sent), "byte 2 differs; 4 arrived of 4 sent");
});

test("too little and too much are told as such", () => {
  assert.equal(difference(sent.subarray(0, 3), sent), "3 bytes arrived of 4, all right as far as they go");
  assert.equal(difference(Uint8Array.from([1, 2, 3, 4, 5]), sent), "5 bytes arrived of 4, all right as far as they go");
});
