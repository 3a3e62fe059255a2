import assert from "node:assert/strict";
import { test } from "node:test";
import type { Crypto } from "@bilbycast/foundation/crypto";
import { Arena, packetCrypto } from "../index.ts";
import { nodeCrypto } from "../node-crypto.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const KEY = hex("101112131415161718191a1b1c1d1e1f");
const PLAIN = hex(`47${"00".repeat(15)}ff`);
const IV_AT = 0;
const AAD_AT = 16;
const TEXT_AT = 32;

/** A stretch of a lane's memory with what a cipher needs in it, and what each backend makes of it. */
const setUp = (backend: "koffi" | "ffi" | "dgram") => {
  const arena = new Arena(2 ** 20);
  const at = arena.reserve(4_096);
  const crypto = packetCrypto(backend, arena);
  const put = (iv: string, aad: string, text: Uint8Array): void => {
    arena.bytes.set(hex(iv), at + IV_AT);
    arena.bytes.set(hex(aad), at + AAD_AT);
    arena.bytes.set(text, at + TEXT_AT);
  };
  const text = (length: number): string => toHex(arena.bytes.slice(at + TEXT_AT, at + TEXT_AT + length));
  return { arena, at, crypto, put, text };
};

for (const backend of ["koffi", "ffi", "dgram"] as const) {
  test(`${backend}: AES-CTR in place, packet after packet with one key`, () => {
    const { arena, at, crypto, put, text } = setUp(backend);
    const cipher = crypto.openCipher("ctr", KEY);
    for (let again = 0; again < 3; again++) {
      put("00010203040506070809183f5a750000", "", PLAIN);
      cipher.encrypt(at + IV_AT, at + TEXT_AT, PLAIN.length, at + AAD_AT, 0);
      assert.equal(text(17), "a31012797a8cd1315e558db89afdcbaeb2");
    }
    assert.ok(cipher.decrypt(at + IV_AT, at + TEXT_AT, PLAIN.length, at + AAD_AT, 0));
    assert.equal(text(17), toHex(PLAIN));
    cipher.close();
    arena.release(at);
    assert.equal(arena.used, 1_024);
  });

  test(`${backend}: AES-GCM in place; a changed byte of text, header or tag is found out`, () => {
    const { at, arena, crypto, put, text } = setUp(backend);
    const cipher = crypto.openCipher("gcm", KEY);
    const iv = "00010203040506071a3d5c73";
    const aad = "12345678c8000001000f42400a0b0c0d";
    const sealed = "26e2a12a953d26dd846f54560605ba4857c3bbb99210d23c69b809add7e70a2322";
    put(iv, aad, PLAIN);
    cipher.encrypt(at + IV_AT, at + TEXT_AT, PLAIN.length, at + AAD_AT, 16);
    assert.equal(text(33), sealed);

    for (const changed of [AAD_AT, TEXT_AT, TEXT_AT + 16, TEXT_AT + 32]) {
      put(iv, aad, hex(sealed));
      arena.bytes[at + changed] = (arena.bytes[at + changed] ?? 0) ^ 1;
      assert.equal(cipher.decrypt(at + IV_AT, at + TEXT_AT, PLAIN.length, at + AAD_AT, 16), false);
    }
    put(iv, aad, hex(sealed));
    assert.ok(cipher.decrypt(at + IV_AT, at + TEXT_AT, PLAIN.length, at + AAD_AT, 16));
    assert.equal(text(17), toHex(PLAIN));
    cipher.close();
  });

  for (const length of [16, 24, 32]) {
    for (const mode of ["ctr", "gcm"] as const) {
      test(`${backend}: AES-${length * 8} in ${mode} mode is what the runtime's own cipher makes`, () => {
        const { at, arena, crypto, put, text } = setUp(backend);
        const key = new Uint8Array(length).map((_, i) => i * 7);
        const plain = new Uint8Array(1_316).map((_, i) => i);
        const results = [crypto, nodeCrypto(arena)].map((each: Crypto) => {
          put("000102030405060708090a0b0c0d0000", "00112233445566778899aabbccddeeff", plain);
          const cipher = each.openCipher(mode, key);
          cipher.encrypt(at + IV_AT, at + TEXT_AT, plain.length, at + AAD_AT, 16);
          cipher.close();
          return text(plain.length + (mode === "gcm" ? 16 : 0));
        });
        assert.equal(results[0], results[1]);
      });
    }
  }
}

test("keys are derived and wrapped by the standards", () => {
  const crypto = nodeCrypto(new Arena(2 ** 20));
  const salt = hex("08090a0b0c0d0e0f");
  const kek = crypto.deriveKey(Buffer.from("passphrase1234"), salt, 2_048, 16);
  assert.equal(toHex(kek), "ab84d320ea30473fdc91dd280aa6f2e1");
  const wrapped = crypto.wrapKey(kek, KEY);
  assert.equal(toHex(wrapped), "ea87a488ebd8471fe39ceb7cfdab6c4e675b0904a0e5d6f6");
  assert.deepEqual(new Uint8Array(crypto.unwrapKey(kek, wrapped) ?? []), KEY);
  assert.equal(crypto.unwrapKey(KEY, wrapped), undefined);
  assert.equal(crypto.unwrapKey(kek, wrapped.subarray(1)), undefined);
  assert.equal(crypto.unwrapKey(kek, new Uint8Array(0)), undefined);
});
