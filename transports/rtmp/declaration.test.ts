import assert from "node:assert/strict";
import { test } from "node:test";
import { declaration } from "./declaration.ts";

const given = { dest_url: "rtmp://live.example.com/app", stream_key: "my-key" };

test("what the seed's example leaves out has its defaults", () => {
  assert.deepEqual(declaration.output.parse(given), { ...given, reconnect_delay_secs: 5 });
});

for (const [what, fields, path, message] of [
  ["no URL", { dest_url: "live.example.com/app" }, "dest_url", /must be a URL like rtmp/],
  ["another scheme", { dest_url: "https://live.example.com/app" }, "dest_url", /must be a URL like rtmp/],
  ["no application", { dest_url: "rtmp://live.example.com/" }, "dest_url", /must be a URL like rtmp/],
  ["a password in the URL", { dest_url: "rtmp://user:word@live.example.com/app" }, "dest_url", /no user or password/],
  ["no key", { stream_key: "" }, "stream_key", /must not be empty/],
  ["a key of 257 characters", { stream_key: "x".repeat(257) }, "stream_key", /256/],
  ["no delay", { reconnect_delay_secs: 0 }, "reconnect_delay_secs", />=1/],
  ["a negative number of attempts", { max_reconnect_attempts: -1 }, "max_reconnect_attempts", />=0/],
  ["program 0", { program_number: 0 }, "program_number", /network information table/],
] as const) {
  test(`${what} is refused by its field`, () => {
    const { error } = declaration.output.safeParse({ ...given, ...fields });
    assert.deepEqual(
      error?.issues.map((issue) => issue.path.join(".")),
      [path],
    );
    assert.match(error.issues[0]?.message ?? "", message);
  });
}

test("the stream key is a secret, and the server's address is none", () => {
  const { stream_key: key, dest_url: url } = declaration.output.shape;
  assert.deepEqual([key.meta()?.["secret"], url.meta()?.["secret"]], [true, undefined]);
});
