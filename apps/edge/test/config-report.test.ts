import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { reportConfig } from "../src/config-report.ts";
import { EdgeProcess } from "./edge-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const WRONG = {
  version: 1,
  devise_name: "A",
  manager: { enabled: true, urls: ["ws://plain"], registration_token: "the-token" },
  flows: [
    {
      id: "f",
      name: "F",
      clock_domain: 3,
      input: { type: "udp", bind_addr: "nowhere", interface_adr: "10.0.0.1" },
      outputs: [{ type: "rist", id: "o", name: "O", remote_addr: "10.0.0.1:5000" }],
    },
  ],
};

const fileOf = (t: TestContext, content: unknown): string => {
  const path = join(temporaryFolder(t), "config.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

test("everything that is wrong is told at once, in the words of the file, with typos and what has no effect", async (t) => {
  const path = fileOf(t, WRONG);

  const { lines, isRight } = await reportConfig(path, {});

  assert.equal(isRight, false);
  assert.deepEqual(
    lines.map((line) => line.split("  ").slice(0, 2).join(" ")),
    [
      "manager.urls[0] field_value",
      "flows[0].input.bind_addr field_value",
      "flows[0].outputs[0].type type_unknown",
      "devise_name key_unknown",
      "flows[0].input.interface_adr key_unknown",
      "manager key_unused",
      "flows[0].clock_domain key_unused",
      `${path} has 3 problems`,
    ],
  );
  assert.match(lines[3] ?? "", /did you mean "device_name"\?$/);
  assert.equal(lines.join("\n").includes("the-token"), false);
});

test("a right configuration with a note is right, and nothing is written", async (t) => {
  const path = fileOf(t, { version: 2, setup_token: "x", later: {} });
  const before = readFileSync(path, "utf8");

  const { lines, isRight } = await reportConfig(path, {});

  assert.deepEqual(lines, ["later  key_unknown  is kept and not used", `${path} is right`]);
  assert.equal(isRight, true);
  assert.deepEqual(readdirSync(join(path, "..")), ["config.json"]);
  assert.equal(readFileSync(path, "utf8"), before);
});

test("a file that is no JSON is told with its place and without its text", async (t) => {
  const path = fileOf(t, '{"version": 2,\n "passphrase": "the-passphrase",,}');

  const { lines, isRight } = await reportConfig(path, {});

  assert.equal(isRight, false);
  assert.match(lines[0] ?? "", /config_unreadable .*line 2 column/);
  assert.equal(lines.join("").includes("the-passphrase"), false);
});

test("check-config ends with 78 for a wrong configuration and with 0 for a right one", async (t) => {
  const wrong = fileOf(t, WRONG);
  const right = fileOf(t, { version: 2 });

  const refused = await EdgeProcess.launch(t, undefined, ["check-config", "--config", wrong]).ended;
  const accepted = await EdgeProcess.launch(t, undefined, ["check-config", "-c", right]).ended;

  assert.deepEqual([refused.code, accepted.code], [78, 0]);
});
