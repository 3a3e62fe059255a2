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

test("where koffi does not work, node:ffi serves, and the choice says why", async () => {
  const choice = await chooseBackend("auto", script("fails-for-koffi"), PATIENT);
  assert.deepEqual([choice.backend, choice.capabilities], ["ffi", { trainsOut: true, trainsIn: true }]);
  assert.match(choice.declined ?? "", /^koffi: .*Failed to load koffi/);
});

test("each backend that was tried in vain is named with its reason", async () => {
  const { declined = "" } = await chooseBackend("auto", script("ends-with-1"), PATIENT);
  assert.match(declined, /^koffi: .*the layout is wrong; ffi: .*the layout is wrong/);
});

test("a backend that was asked for is the only one that is tried", async () => {
  assert.equal((await chooseBackend("ffi", script("fails-for-koffi"), PATIENT)).declined, undefined);
  await assert.rejects(chooseBackend("ffi", script("ends-with-1"), PATIENT), { code: "backend_unavailable" });
});

test("the self-test serves both native backends on this machine", { skip: process.platform !== "linux" }, async () => {
  for (const backend of ["koffi", "ffi"] as const) {
    const choice = await chooseBackend(backend);
    assert.deepEqual(Object.keys(choice.capabilities), ["trainsOut", "trainsIn", "portSharing"]);
  }
});

test("what the self-test found goes to the lanes", async () => {
  assert.deepEqual(await chooseBackend("auto", script("succeeds"), PATIENT), {
    backend: "koffi",
    capabilities: { batches: true, trainsOut: false, trainsIn: true, microsecondTimers: true },
  });
});

test("a portable backend that was asked for needs no self-test", async () => {
  assert.deepEqual(await chooseBackend("dgram", script("hangs"), 1), { backend: "dgram", capabilities: {} });
});
