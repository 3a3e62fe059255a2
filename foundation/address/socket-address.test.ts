import assert from "node:assert/strict";
import { test } from "node:test";
import { isIpv6, isMulticast, splitAddress } from "./socket-address.ts";

const good: [string, string, number, 4 | 6][] = [
  ["10.0.0.1:5000", "10.0.0.1", 5000, 4],
  ["0.0.0.0:0", "0.0.0.0", 0, 4],
  ["[::1]:5000", "::1", 5000, 6],
  ["[ff7e::1]:65535", "ff7e::1", 65_535, 6],
  ["[fe80::1%eth0]:1", "fe80::1%eth0", 1, 6],
  ["[::ffff:10.0.0.1]:9", "::ffff:10.0.0.1", 9, 6],
];

for (const [text, host, port, family] of good) {
  test(`${text} is an address and a port`, () => {
    assert.deepEqual(splitAddress(text), { host, port, family });
  });
}

const bad = [
  "",
  "10.0.0.1",
  "10.0.0.1:",
  "10.0.0:5000",
  "256.0.0.1:1",
  "01.2.3.4:1",
  "1.2.3.4:65536",
  "::1:5000",
  "[::1]",
  "[1::2::3]:4",
  "[12345::]:1",
  "host:1",
  "1.2.3.4:-1",
  " 1.2.3.4:5",
  "[::1.2.3]:5",
];

for (const text of bad) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.equal(splitAddress(text), undefined);
  });
}

test("eight groups or a double colon make an IPv6 address, and nothing in between", () => {
  assert.equal(isIpv6("1:2:3:4:5:6:7:8"), true);
  assert.equal(isIpv6("1:2:3:4:5:6:7"), false);
  assert.equal(isIpv6("1:2:3:4:5:6:7::"), true);
  assert.equal(isIpv6("1:2:3:4:5:6:7:8::"), false);
});

test("multicast is told from unicast in both families", () => {
  assert.deepEqual(["239.1.1.1", "223.255.255.255", "ff02::1", "fe80::1"].map(isMulticast), [true, false, true, false]);
});
