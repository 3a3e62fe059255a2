import { readdirSync } from "node:fs";
import type { BackendName } from "@bilbycast/engine/io";
import { flow, listen, send, TestEngine } from "./test-engine.ts";

/** Runs a whole life of an engine in a process of its own, and says what is left of it. The process ends by itself, or the test fails. */
const [backend, lanes] = process.argv.slice(2);
const descriptors = (): number => readdirSync("/proc/self/fd").length;
const threads = (): number => readdirSync("/proc/self/task").length;

// The first life loads libraries and starts the threads of the runtime's pool, which stay.
const live = async (): Promise<void> => {
  const subject = await TestEngine.start({ backend: backend as BackendName, lanes: Number(lanes) });
  const clock = {
    id: "clock",
    kind: "clockwork",
    config: { period: 1_000, end: "never", after: 0, starts: new Int32Array(new SharedArrayBuffer(4)) },
  };
  await subject.engine.apply([
    flow("f", { inputs: [listen("in"), clock], outputs: [send("o", "127.0.0.1:9")] }),
    flow("g", { inputs: [listen("in")] }),
  ]);
  await subject.engine.stop();
};
await live();
const before = { descriptors: descriptors(), threads: threads() };
await live();
await live();
process.stdout.write(JSON.stringify({ before, after: { descriptors: descriptors(), threads: threads() } }));
