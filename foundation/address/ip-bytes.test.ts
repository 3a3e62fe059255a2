import assert from "node:assert/strict";
import { test } from "node:test";
import { ipBytes } from "./ip-bytes.ts";

const cases: [string, number[]][] = [
  ["10.0.0.255", [10, 0, 0, 255]],
  ["::", Array.from({ length: 16 }, () => 0)],
  ["::1", [...Array.from({ length: 15 }, () => 0), 1]],
  ["ff3e::8000:1%eth0", [0xff, 0x3e, ...Array.from({ length: 10 }, () => 0), 0x80, 0, 0, 1]],
  ["::ffff:10.0.0.1", [...Array.from({ length: 10 }, () => 0), 0xff, 0xff, 10, 0, 0, 1]],
  ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
];

for (const [host, bytes] of cases) {
  test(`${host} has the bytes that go on the wire`, () => {
    assert.deepEqual(ipBytes(host), bytes);
  });
}
