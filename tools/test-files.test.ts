import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { missingPeers } from "./peers.ts";
import { failureList, totalsOf } from "./summary.ts";
import { findTestFiles, runTestFiles, type FileResult } from "./test-files.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "bilbycast-tests-")));
after(() => rmSync(folder, { recursive: true, force: true }));

const IMPORTS = ['import { describe, test } from "node:test";', 'import assert from "node:assert/strict";', ""].join("\n");

const runSource = async (source: string, timeout = 30): Promise<FileResult> => {
  const file = `planted-${source.length}.test.ts`;
  writeFileSync(join(folder, file), IMPORTS + source);
  const [result] = await runTestFiles(folder, [file], { concurrency: 1, timeout });
  assert.ok(result !== undefined);
  return result;
};

const countsOf = ({ passed, failed, skipped }: FileResult): [number, number, number] => [passed, failed, skipped];

test("tests are counted one by one, suites are not, and what is skipped is not passed", async () => {
  const result = await runSource('describe("s", () => { test("a", () => {}); test("b", () => {}); }); test.skip("c", () => {});');

  assert.deepEqual(countsOf(result), [2, 0, 1]);
});

test("a failure is shown with its message and place", async () => {
  const result = await runSource('test("good", () => {}); test("bad", () => assert.equal(1, 2, "one is not two"));');

  assert.deepEqual(countsOf(result), [1, 1, 0]);
  assert.match(result.failures.join("\n"), /bad[\s\S]*one is not two[\s\S]*planted-\d+\.test\.ts:\d/);
});

const BROKEN: [what: string, source: string, expected: RegExp][] = [
  ["a file without a test", "export const nothing = describe;", /holds no test/],
  ["a file that ends the process before its tests are done", 'test("a", () => {}); process.exit(3);', /exit code 3|no test/],
  ["a file that cannot be loaded", 'await import("./not-there.ts");', /not-there/],
  ["a file that is killed", 'test("a", () => { process.kill(process.pid, "SIGKILL"); });', /signal/],
  ["a rejection that nobody awaits", 'test("a", () => {}); setTimeout(() => { void Promise.reject(new Error("lost")); }, 50);', /lost/],
];

for (const [what, source, expected] of BROKEN) {
  test(`${what} has failed`, async () => {
    const result = await runSource(source);

    assert.ok(result.failed > 0);
    assert.match(result.failures.join("\n"), expected);
  });
}

test("a file that hangs is killed with all that it started, and has failed", async () => {
  const marker = `${folder}/bilbycast-orphan`;
  const result = await runSource(
    `import { spawn } from "node:child_process";
     spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "${marker}"], { stdio: "inherit" });
     test("h", () => new Promise(() => { setInterval(() => {}, 1000); }));`,
    1.5,
  );

  assert.match(result.failures.join("\n"), /ran too long/);
  assert.equal(spawnSync("pgrep", ["-f", marker]).status, 1);
});

test("test files are found in every folder but those of npm and the caches", () => {
  const root = join(folder, "tree");
  for (const file of ["a.test.ts", "x/b.peer.test.ts", "x/c.ts", "x/node_modules/d.test.ts", ".cache/e.test.ts"]) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), "");
  }

  assert.deepEqual(findTestFiles(root), ["a.test.ts", "x/b.peer.test.ts"]);
});

test("gates count as tests, and a run that found no file has failed", () => {
  const gate = { name: "types", passed: true, seconds: 1, output: "" };

  assert.deepEqual(totalsOf([gate, { ...gate, passed: false }], []), { passed: 1, failed: 2, skipped: 0 });
});

test("a peer is missing when its program is in no folder", () => {
  const peers = [
    { binary: "sh", packages: ["dash"] },
    { binary: "no-such-program", packages: ["nothing"] },
  ];

  assert.deepEqual(missingPeers(peers, process.env["PATH"] ?? ""), peers.slice(1));
});

test("what failed is told again at the end, shortly, with its message and without places and output", () => {
  const file = { seconds: 1, passed: 1, skipped: 0 };
  const failures = ["bad\nAssertionError [ERR_ASSERTION]: one is not two\n    at f (x.ts:1)\n    at g (y.ts:2)", "Its output:\nmuch"];
  const results: FileResult[] = [
    { ...file, file: "a.test.ts", failed: 0, failures: [] },
    { ...file, file: "b.test.ts", failed: 1, failures },
  ];

  assert.equal(
    failureList([{ name: "types", passed: false, seconds: 1, output: "" }], results),
    "  types\n  b.test.ts\n    bad | AssertionError [ERR_ASSERTION]: one is not two\n    Its output: | much",
  );
  assert.equal(failureList([], results.slice(0, 1)), "");
});

test("a file that failed says what the machine did meanwhile; one that passed does not", async () => {
  const [good, bad] = [await runSource('test("good", () => {});'), await runSource('test("bad", () => assert.fail("bad"));')];

  assert.deepEqual(good.failures, []);
  assert.match(bad.failures.at(-1) ?? "", /^The machine meanwhile: a timer was late by \d+ ms at worst, /);
});
