import assert from "node:assert/strict";
import { test } from "node:test";
import { readArguments } from "../src/arguments.ts";

const filter = (base: string, modules: [string, string][] = []) => ({ base, modules: new Map(modules) });
const defaults = { config: "./config.json", log: filter("info"), demo: false };

test("without words the defaults hold", () => {
  assert.deepEqual(readArguments([], {}), { do: "run", arguments: defaults });
});

test("short and long forms say the same", () => {
  const expected = {
    do: "run",
    arguments: { config: "x.json", port: 0, bind: "::1", monitorPort: 9091, log: filter("debug"), demo: false },
  };

  assert.deepEqual(readArguments(["-c", "x.json", "-p", "0", "-b", "[::1]", "--monitor-port", "9091", "-l", "debug"], {}), expected);
  assert.deepEqual(readArguments(["--config=x.json", "--port=0", "--bind=::1", "--monitor-port=9091", "--log-level=debug"], {}), expected);
});

test("help and version go before everything else that is right", () => {
  assert.deepEqual(readArguments(["-h", "--port", "x"], {}), { do: "help" });
  assert.deepEqual(readArguments(["-V"], {}), { do: "version" });
});

const levels: [environment: Record<string, string>, word: string | undefined, base: string, modules?: [string, string][]][] = [
  [{ RUST_LOG: "debug" }, "error", "debug"],
  [{ RUST_LOG: "bilbycast_edge=trace,tower_http=info" }, undefined, "trace", [["tower_http", "info"]]],
  [{ RUST_LOG: "info,bilbycast_edge=warn" }, undefined, "warn"],
  [{ RUST_LOG: "api=debug" }, "error", "error", [["api", "debug"]]],
  [{ RUST_LOG: "info,bilbycast_edge::api=off" }, undefined, "info", [["api", "silent"]]],
  [{ RUST_LOG: "" }, "warn", "warn"],
  [{ BILBYCAST_LOG: "error", RUST_LOG: "trace" }, "debug", "error"],
  [{ BILBYCAST_LOG: " ", RUST_LOG: "trace" }, "debug", "trace"],
  [{ BILBYCAST_LOG: "WARN, api = Debug" }, undefined, "warn", [["api", "debug"]]],
  [{ BILBYCAST_LOG: "loud,api=very,=,," }, "warn", "warn"],
  [{}, undefined, "info"],
];

for (const [environment, word, base, modules] of levels) {
  test(`${JSON.stringify(environment)} and --log-level ${word ?? "absent"} give ${base} ${JSON.stringify(modules ?? [])}`, () => {
    const invocation = readArguments(word === undefined ? [] : ["-l", word], environment);

    assert.deepEqual(invocation, { do: "run", arguments: { ...defaults, log: filter(base, modules) } });
  });
}

test("check-config takes the path of a configuration and nothing else", () => {
  assert.deepEqual(readArguments(["check-config"], {}), { do: "check", config: "./config.json" });
  assert.deepEqual(readArguments(["check-config", "-c", "x.json"], {}), { do: "check", config: "x.json" });
  assert.deepEqual(readArguments(["check-config", "--port", "1"], {}).do, "refuse");
  assert.deepEqual(readArguments(["check-config", "--help"], {}).do, "help");
});

test("every wrong word is told at once", () => {
  const invocation = readArguments(["-p", "70000", "-b", "localhost", "--monitor-port", "x", "-l", "loud"], {});

  assert.equal(invocation.do, "refuse");
  assert.deepEqual(invocation.do === "refuse" && invocation.problems.map((problem) => problem.split(" ")[0]), [
    "--port",
    "--monitor-port",
    "--bind",
    "--log-level",
  ]);
});

test("an unknown option and a stray word are refused", () => {
  assert.equal(readArguments(["--bitrate", "5"], {}).do, "refuse");
  assert.equal(readArguments(["stray"], {}).do, "refuse");
});
