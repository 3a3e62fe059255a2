import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOAK = fileURLToPath(new URL("./soak.ts", import.meta.url));

const soak = (...words: string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [SOAK, ...words], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, output: stdout + stderr });
    });
  });

test("without an area the soak lists all areas, and so it does for one that it does not know, which is an error", async () => {
  const [none, unknown] = await Promise.all([soak(), soak("nonsense")]);

  assert.equal(none.code, 0);
  for (const area of ["forward", "fuzz", "isolation", "switch", "seamless", "legs", "crash", "manager"]) {
    assert.match(none.output, new RegExp(`^  ${area} `, "m"));
  }
  assert.equal(unknown.code, 2);
  assert.equal(unknown.output, none.output);
});

test("a soak first prints the command that repeats it", async () => {
  const chosen = await soak("fuzz", "--datagrams", "3000");
  const [first = ""] = chosen.output.split("\n");
  const again = await soak(...first.replace("npm run soak -- ", "").split(" "));

  assert.match(first, /^npm run soak -- fuzz --seed \d+ --datagrams 3000$/);
  assert.equal(chosen.code, 0, chosen.output);
  assert.match(chosen.output, /^fuzz: passed after \d+ s$/m);
  const untimed = (text: string): string => text.replace(/after \d+ s/, "");
  assert.equal(untimed(again.output), untimed(chosen.output));
});

test("an option that an area does not heed is an error, and so is one that is no number", async () => {
  const [unheeded, noNumber] = await Promise.all([soak("fuzz", "--times", "3"), soak("fuzz", "--datagrams", "many")]);

  assert.equal(unheeded.code, 1);
  assert.match(unheeded.output, /fuzz does not heed --times/);
  assert.equal(noNumber.code, 1);
  assert.match(noNumber.output, /--datagrams must be a whole number, not "many"/);
});
