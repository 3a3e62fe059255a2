import assert from "node:assert/strict";
import { test } from "node:test";
import { readServerUrl } from "./server-url.ts";

const PORTS = { rtmp: 1_935, rtmps: 443 };

test("a URL is taken apart, with the usual port where none is written", () => {
  assert.deepEqual(readServerUrl("rtmp://live.example.com/app", PORTS), {
    scheme: "rtmp",
    host: "live.example.com",
    port: 1_935,
    path: "/app",
    origin: "rtmp://live.example.com",
    hasUser: false,
  });
  assert.deepEqual(readServerUrl("RTMPS://[2001:db8::1]:8443/a/b?x=1", PORTS), {
    scheme: "rtmps",
    host: "2001:db8::1",
    port: 8_443,
    path: "/a/b?x=1",
    origin: "rtmps://[2001:db8::1]:8443",
    hasUser: false,
  });
  assert.equal(readServerUrl("rtmp://user:word@host/app", PORTS)?.hasUser, true);
});

test("what is no URL of these schemes is none", () => {
  for (const text of [
    "",
    "rtmp://",
    "rtmp:///app",
    "http://host/app",
    "host/app",
    "rtmp://host:0/app",
    "rtmp://host:65536/app",
    "rtmp://ho st/app",
    "rtmp://host/a\r\nb",
    "rtmp://host/app#part",
    "toString://host/app",
  ]) {
    assert.equal(readServerUrl(text, PORTS), undefined, text);
  }
});
