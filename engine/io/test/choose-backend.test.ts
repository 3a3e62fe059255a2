import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { chooseBackend } from "../choose-backend.ts";

/** A machine on which starting a process takes its time must not make a self-test hang that does not. */
const PATIENT = 60_000;

const script = (name: string): URL => new URL(`self-tests/${name}.ts`, import.meta.url);

const declining: [what: string, file: string, reason: RegExp, timeoutMs: number][] = [
  ["is killed by a wrong address", "killed-by-sigsegv", /SIGSEGV/, PATIENT],
  ["throws", "ends-with-1", /the layout is wrong/, PATIENT],
  ["prints rubbish", "prints-rubbish", /./, PATIENT],
  ["prints nothing", "prints-nothing", /./, PATIENT],
  ["prints no object", "prints-null", /./, PATIENT],
  ["hangs", "hangs", /./, 500],
];

for (const [what, file, reason, timeoutMs] of declining) {
  test(`a self-test that ${what} gives the portable backend with the reason`, async () => {
    const choice = await chooseBackend("auto", script(file), timeoutMs);
    assert.equal(choice.backend, "dgram");
    assert.match(choice.declined ?? "", reason);
  });

  test(`a native backend that was asked for is refused when its self-test ${what}`, async () => {
    await assert.rejects(
      chooseBackend("koffi", script(file), timeoutMs),
      (error) => isFault(error) && error.code === "backend_unavailable" && reason.test(String(error.details["declined"])),
    );
  });
}

test("what the self-test found goes to the lanes", async () => {
  assert.deepEqual(await chooseBackend("auto", script("succeeds"), PATIENT), {
    backend: "koffi",
    capabilities: { batches: true, trainsOut: false, trainsIn: true, microsecondTimers: true },
  });
});

test("a portable backend that was asked for needs no self-test", async () => {
  assert.deepEqual(await chooseBackend("dgram", script("hangs"), 1), { backend: "dgram", capabilities: {} });
});
