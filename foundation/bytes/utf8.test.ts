import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

test("text survives, of one to four bytes a character", () => {
  for (const text of ["", "Studio A", "Zürich Ω €", "日本語", "😀𝄞", "\u0000\u007f\u0080\u07ff\u0800\uffff"]) {
    assert.equal(decodeUtf8(new Uint8Array(Buffer.from(text))), text);
    assert.deepEqual(encodeUtf8(text), new Uint8Array(Buffer.from(text)));
  }
});

test("what is malformed becomes U+FFFD and what follows is read", () => {
  const cases: [number[], string][] = [
    [[0x80, 0x41], "\ufffdA"],
    [[0xc3, 0x41], "\ufffdA"],
    [[0xe2, 0x82, 0x41], "\ufffdA"],
    [[0xc0, 0xaf, 0x41], "\ufffd\ufffdA"],
    [[0xe0, 0x80, 0xaf], "\ufffd"],
    [[0xed, 0xa0, 0x80], "\ufffd"],
    [[0xf4, 0x90, 0x80, 0x80], "\ufffd"],
    [[0xf0, 0x9f], "\ufffd"],
  ];
  for (const [bytes, text] of cases) {
    assert.equal(decodeUtf8(Uint8Array.from(bytes)), text);
  }
});

test("a lone surrogate is written as U+FFFD", () => {
  assert.deepEqual(encodeUtf8("a\ud800b"), new Uint8Array(Buffer.from("a\ufffdb")));
});
