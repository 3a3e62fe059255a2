import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isFault } from "@bilbycast/foundation/fault";
import { holdPort, until } from "./peers.ts";
import { flow, listen, send, SETUPS, TestEngine } from "./test-engine.ts";

const descriptors = (): number => readdirSync("/proc/self/fd").length;

for (const setup of SETUPS) {
  const { name, skip } = setup;

  test(`two hundred flows that came and went leave no descriptor and no memory (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const some = flow("f", { inputs: [listen("in"), listen("spare")], outputs: [send("a", "127.0.0.1:9"), send("b", "[::1]:9")] });
    const cycle = async (): Promise<void> => {
      await subject.engine.apply([some]);
      await subject.engine.apply([]);
    };
    await cycle();
    const before = { memory: await subject.memory(), descriptors: descriptors() };
    for (let i = 0; i < 200; i++) {
      await cycle();
    }
    assert.equal(await subject.memory(), before.memory);
    await until(
      () => descriptors() <= before.descriptors,
      () => `${descriptors()} descriptors are open, ${before.descriptors} were`,
    );
  });

  test(`parts that came and went by thousands leave room for as many more (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const outputs = Array.from({ length: 250 }, (_, i) => send(`o-${i}`, "127.0.0.1:9"));
    const before = descriptors();
    for (let round = 0; round < 25; round++) {
      await subject.engine.apply([flow(`f-${round}`, { outputs })]);
      await subject.engine.apply([]);
    }
    await until(
      () => descriptors() <= before,
      () => `${descriptors()} descriptors are open, ${before} were`,
    );
  });

  test(`what is refused leaves no descriptor and no memory (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const held = await holdPort();
    await subject.engine.apply([flow("f", { inputs: [listen("in")] })]);
    const before = { memory: await subject.memory(), descriptors: descriptors() };
    for (const refused of [
      flow("g", { inputs: [listen("in"), listen("late", held.address)], outputs: [send("o", "127.0.0.1:9")] }),
      flow("g", { outputs: [send("o", "127.0.0.1:9"), send("broadcast", "255.255.255.255:9")] }),
      flow("g", { outputs: [send("o", "127.0.0.1:9", "192.0.2.1:0")] }),
      flow("g", { outputs: [send("o", "127.0.0.1:9"), { id: "no", kind: "grenade", config: { to: "127.0.0.1:9", refuse: true } }] }),
    ]) {
      await assert.rejects(subject.engine.apply([flow("f", { inputs: [listen("in")] }), refused]), isFault);
    }
    assert.equal(await subject.memory(), before.memory);
    await until(
      () => descriptors() <= before.descriptors,
      () => `${descriptors()} descriptors are open, ${before.descriptors} were`,
    );
    await held.release();
  });

  test(`an engine that stopped leaves no descriptor and no thread, and its process ends by itself (${name})`, { skip }, async () => {
    const script = fileURLToPath(new URL("remains-of-a-run.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, setup.backend, String(setup.lanes)], {
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    const { before, after } = JSON.parse(stdout) as Record<"before" | "after", { descriptors: number; threads: number }>;
    assert.deepEqual(after, before);
  });

  test(`a stopped engine takes nothing more, and says so (${name})`, { skip }, async () => {
    const subject = await TestEngine.start(setup);
    await subject.engine.apply([flow("f", { inputs: [listen("in")] })]);
    await subject.engine.stop();
    await assert.rejects(subject.engine.apply([]), { code: "engine_stopped" });
  });
}

test("an engine whose lanes cannot start is refused, and its process ends by itself", async () => {
  const script = fileURLToPath(new URL("engine-without-lanes.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 45_000, killSignal: "SIGKILL" });
  assert.equal(stdout, "lane_ended");
});
