import assert from "node:assert/strict";
import { test } from "node:test";
import { readArguments } from "../src/arguments.ts";

const defaults = { config: "./config.json", logLevel: "info", demo: false };

test("without words the defaults hold", () => {
  assert.deepEqual(readArguments([], {}), { do: "run", arguments: defaults });
});

test("short and long forms say the same", () => {
  const expected = { do: "run", arguments: { config: "x.json", port: 0, bind: "::1", logLevel: "debug", demo: false } };

  assert.deepEqual(readArguments(["-c", "x.json", "-p", "0", "-b", "[::1]", "-l", "debug"], {}), expected);
  assert.deepEqual(readArguments(["--config=x.json", "--port=0", "--bind=::1", "--log-level=debug"], {}), expected);
});

test("help and version go before everything else that is right", () => {
  assert.deepEqual(readArguments(["-h", "--port", "x"], {}), { do: "help" });
  assert.deepEqual(readArguments(["-V"], {}), { do: "version" });
});

const levels: [rustLog: string | undefined, word: string | undefined, expected: string][] = [
  ["debug", "error", "debug"],
  ["bilbycast_edge=trace,tower_http=info", undefined, "trace"],
  ["info,bilbycast_edge=warn", undefined, "warn"],
  ["tower_http=debug", "error", "error"],
  ["", "warn", "warn"],
  [undefined, undefined, "info"],
];

for (const [rustLog, word, expected] of levels) {
  test(`RUST_LOG ${rustLog ?? "absent"} and --log-level ${word ?? "absent"} give ${expected}`, () => {
    const invocation = readArguments(word === undefined ? [] : ["-l", word], { RUST_LOG: rustLog });

    assert.deepEqual(invocation, { do: "run", arguments: { ...defaults, logLevel: expected } });
  });
}

test("every wrong word is told at once", () => {
  const invocation = readArguments(["-p", "70000", "-b", "localhost", "-l", "loud"], {});

  assert.equal(invocation.do, "refuse");
  assert.deepEqual(invocation.do === "refuse" && invocation.problems.map((problem) => problem.split(" ")[0]), [
    "--port",
    "--bind",
    "--log-level",
  ]);
});

test("an unknown option and a stray word are refused", () => {
  assert.equal(readArguments(["--bitrate", "5"], {}).do, "refuse");
  assert.equal(readArguments(["stray"], {}).do, "refuse");
});
