import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { test } from "node:test";

const ROOT = new URL("..", import.meta.url).pathname;
const platform = createRequire(import.meta.url)("./platform.cjs") as { isInstalled(): boolean; findNode(): string | undefined };

test("what npm installed here is what the lockfile asks for", () => {
  assert.equal(platform.isInstalled(), true);
});

test("programs run under Node 26, whatever Node starts them", async () => {
  const node = platform.findNode();
  assert.ok(node !== undefined);
  const child = spawn(node, ["--version"], { stdio: ["ignore", "pipe", "inherit"] });
  const [version] = (await once(child.stdout, "data")) as [Buffer];

  assert.match(version.toString(), /^v26\./);
});

const SIGNALS: NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

for (const signal of SIGNALS) {
  test(`${signal} to the launcher reaches the program once, and its exit code comes back`, async () => {
    const program = `process.on("${signal}", () => { console.log("told"); setTimeout(() => process.exit(7), 200); }); console.log("up"); setInterval(() => {}, 1000);`;
    const launcher = `require(${JSON.stringify(`${ROOT}tools/platform.cjs`)}).foreground(process.execPath, ["-e", ${JSON.stringify(program)}]).then((code) => { process.exitCode = code; });`;
    const child = spawn(process.execPath, ["-e", launcher], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output === "up\n") {
        child.kill(signal);
        child.kill(signal);
      }
    });
    const [code] = (await once(child, "close")) as [number];

    assert.equal(code, 7);
    assert.equal(output, "up\ntold\n");
  });
}
