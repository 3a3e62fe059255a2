import assert from "node:assert/strict";
import { endianness } from "node:os";
import { test } from "node:test";
import { splitAddress } from "@bilbycast/foundation/address";
import { readSocketAddress, SOCKADDR_SIZE, writeSocketAddress } from "../socket-address.ts";

const AT = 4;
const family = (number: number): number[] => (endianness() === "LE" ? [number, 0] : [0, number]);

const groups = (...values: number[]): number[] => values.flatMap((value) => [value >> 8, value & 0xff]);

/** Text as written, its shortest form, and the bytes behind the family and the port. */
const cases: [text: string, shortest: string, length: number, rest: number[]][] = [
  ["127.0.0.1:5000", "127.0.0.1:5000", 16, [127, 0, 0, 1]],
  ["0.0.0.0:0", "0.0.0.0:0", 16, [0, 0, 0, 0]],
  ["255.254.253.252:65535", "255.254.253.252:65535", 16, [255, 254, 253, 252]],
  ["[::]:0", "[::]:0", 28, groups(0, 0, 0, 0, 0, 0, 0, 0)],
  ["[::1]:80", "[::1]:80", 28, groups(0, 0, 0, 0, 0, 0, 0, 1)],
  ["[1::]:256", "[1::]:256", 28, groups(1, 0, 0, 0, 0, 0, 0, 0)],
  ["[2001:DB8:0:0:1:0:0:1]:5000", "[2001:db8::1:0:0:1]:5000", 28, groups(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1)],
  ["[2001:db8:0:1:1:1:1:1]:5000", "[2001:db8:0:1:1:1:1:1]:5000", 28, groups(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1)],
  ["[2001:0db8:0000:0000:0000:0000:0002:0001]:1", "[2001:db8::2:1]:1", 28, groups(0x2001, 0xdb8, 0, 0, 0, 0, 2, 1)],
  ["[1:0:0:2:0:0:0:3]:1", "[1:0:0:2::3]:1", 28, groups(1, 0, 0, 2, 0, 0, 0, 3)],
  [
    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
    28,
    Array.from({ length: 16 }, () => 255),
  ],
  ["[::ffff:192.0.2.33]:443", "[::ffff:c000:221]:443", 28, groups(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0221)],
  ["[64:ff9b::192.0.2.33]:443", "[64:ff9b::c000:221]:443", 28, groups(0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x0221)],
];

for (const [text, shortest, length, rest] of cases) {
  test(`${text} is written as the system wants it and read back as RFC 5952 says`, () => {
    const address = splitAddress(text);
    assert.ok(address);
    const bytes = new Uint8Array(AT + SOCKADDR_SIZE + 4).fill(0xaa);

    assert.equal(writeSocketAddress(bytes, AT, address), length);

    const start = length === 16 ? AT + 4 : AT + 8;
    assert.deepEqual([...bytes.subarray(AT, AT + 2)], family(length === 16 ? 2 : 10));
    assert.deepEqual([...bytes.subarray(AT + 2, AT + 4)], [address.port >> 8, address.port & 0xff]);
    assert.deepEqual([...bytes.subarray(start, start + rest.length)], rest);
    assert.equal(readSocketAddress(bytes, AT), shortest);
    assert.ok(bytes.subarray(0, AT).every((byte) => byte === 0xaa) && bytes.subarray(AT + SOCKADDR_SIZE).every((byte) => byte === 0xaa));
  });
}

test("flow information and scope of an IPv6 address are zero", () => {
  const bytes = new Uint8Array(SOCKADDR_SIZE).fill(0xff);
  writeSocketAddress(bytes, 0, { host: "fe80::1", port: 1, family: 6 });
  assert.deepEqual([...bytes.subarray(4, 8), ...bytes.subarray(24, 28)], [0, 0, 0, 0, 0, 0, 0, 0]);
});
