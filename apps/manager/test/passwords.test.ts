import assert from "node:assert/strict";
import { test } from "node:test";
import { newPassword } from "@bilbycast/contracts/manager-api";
import { hashPassword, isPassword } from "../src/auth/passwords.ts";

test("a password is kept as Argon2id with the parameters that it was made with, and as another text each time", async () => {
  const [first, second] = await Promise.all([hashPassword("Correct-Horse-7"), hashPassword("Correct-Horse-7")]);

  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(first, second);
  assert.equal(await isPassword("Correct-Horse-7", first), true);
});

test("it is the whole password in its own spelling; how a keyboard composes its letters does not count", async () => {
  const kept = await hashPassword("Größe-Pass-1");
  for (const [tried, isRight] of [
    ["Größe-Pass-1".normalize("NFD"), true],
    ["größe-pass-1", false],
    ["Größe-Pass-1 ", false],
    ["Größe-Pass-", false],
    ["Größe-Pass-1\u0000", false],
    ["", false],
  ] as const) {
    assert.equal(await isPassword(tried, kept), isRight, JSON.stringify(tried));
  }
});

test("older parameters go on being checked with their own", async () => {
  // Argon2id of "password" with m=64 KiB, t=1, p=1 and the salt "somesalt": made by the reference implementation.
  const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

  assert.equal(await isPassword("password", reference), true);
  assert.equal(await isPassword("passwore", reference), false);
});

test("nothing is the right password for somebody who is not there, nor for a hash that is none", async () => {
  const good = await hashPassword("Correct-Horse-7");
  for (const kept of [
    undefined,
    "",
    "Correct-Horse-7",
    "$2b$10$abcdefghijklmnopqrstuv",
    good.slice(0, -1),
    good.replace("argon2id", "argon2i"),
    `$${good}`,
  ]) {
    assert.equal(await isPassword("Correct-Horse-7", kept), false, String(kept));
  }
});

test("many at once are hashed a few at a time, and all of them rightly", async () => {
  const passwords = Array.from({ length: 12 }, (_, i) => `Correct-Horse-${i}`);
  const hashes = await Promise.all(passwords.map((password) => hashPassword(password)));
  const checked = await Promise.all(hashes.map((hash, i) => isPassword(passwords[(i + (i % 2)) % 12] ?? "", hash)));

  assert.deepEqual(
    checked,
    passwords.map((_, i) => i % 2 === 0),
  );
});

test("a new password has 8 to 128 characters with upper, lower and digit", () => {
  for (const [password, isGood] of [
    ["Abcdefg1", true],
    ["Ábçdéfg1", true],
    [`Aa1${"x".repeat(125)}`, true],
    [`Aa1${"x".repeat(126)}`, false],
    ["Abcdef1", false],
    ["abcdefg1", false],
    ["ABCDEFG1", false],
    ["Abcdefgh", false],
    ["", false],
  ] as const) {
    assert.equal(newPassword.safeParse(password).success, isGood, password);
  }
});
