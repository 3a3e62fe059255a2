import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { integer, seeded } from "@bilbycast/testkit/random";
import { FfiAddresses } from "../ffi-addresses.ts";
import { loadFfiLibc } from "../ffi-libc.ts";
import { CLOCK_MONOTONIC, EINVAL } from "../linux.ts";

/** As the system numbers it. */
const EBADF = 9;

const skip = process.platform !== "linux";

test("an address is the same number as a BigInt, however many share its place (seed 1)", () => {
  const random = seeded(1);
  const addresses = new FfiAddresses();
  const some = Array.from({ length: 20_000 }, () => integer(random, 2 ** 31) * 2 ** 16 + integer(random, 64));
  for (const address of [0, 1, 8, 2 ** 47, 2 ** 47 + 4_096 * 8, ...some, ...some.toReversed()]) {
    assert.equal(addresses.of(address), BigInt(address));
  }
});

test("a call that is refused leaves its own error number", { skip }, () => {
  const libc = loadFfiLibc();
  assert.equal(libc.close(-1), -1);
  assert.equal(libc.errno(), EBADF);
  assert.equal(libc.epoll_create1(-1), -1);
  assert.equal(libc.errno(), EINVAL);
});

test("an answer is written where the address says, and nowhere else", { skip }, () => {
  const libc = loadFfiLibc();
  const memory = new BigInt64Array(new SharedArrayBuffer(40));
  const base = libc.address(new Uint8Array(memory.buffer));
  memory.fill(-1n);
  assert.equal(libc.clock_gettime(CLOCK_MONOTONIC, base + 8), 0);
  assert.deepEqual([memory[0], memory[3], memory[4]], [-1n, -1n, -1n]);
  const seconds = Number(process.hrtime.bigint() / 1_000_000_000n);
  assert.ok(Math.abs(Number(memory[1]) - seconds) <= 60, "it is the monotonic clock");
});

test("loading it prints nothing, and other warnings are printed as ever", { skip }, async () => {
  const module = fileURLToPath(new URL("../ffi-libc.ts", import.meta.url));
  const script = `const { loadFfiLibc } = await import(${JSON.stringify(module)}); loadFfiLibc(); process.emitWarning("still heard", "ExperimentalWarning");`;
  const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  assert.match(stderr, /ExperimentalWarning: still heard/);
  assert.doesNotMatch(stderr, /FFI/);
});
