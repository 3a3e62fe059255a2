import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import type { Engine, EngineEvent } from "@bilbycast/engine/flow";
import { Load } from "@bilbycast/testkit/load";
import { waitFor } from "@bilbycast/testkit/peers";
import { addressOf, flow, startEngine, udpInput, udpOutput } from "./engine-under-load.ts";
import { children } from "./child-processes.ts";
import { playTo } from "./picture-feed.ts";

const FLOWS = ["x", "y", "z"];
const INPUTS = ["a", "b"];
/** Threads that end, one round after the other; both of a round end at once. */
const ROUNDS = [["analysis"], ["media"], ["analysis", "media"], ["media"]];

/** How many pictures each input of each flow has. */
const counts = (engine: Engine): Map<string, number> =>
  new Map(
    engine
      .snapshot()
      .flows.flatMap(({ id, inputs }) =>
        inputs.flatMap((input) =>
          input.pictures === undefined ? [] : [[`${id}/${input.id}`, input.pictures.picture?.number ?? 0] as const],
        ),
      ),
  );

const descriptors = (): number => readdirSync("/proc/self/fd").length;

test("threads of analysis and of codecs end, and the pictures of every flow come back; forwards lose nothing, no process and no descriptor stays", async (t) => {
  const threads = new Set<Worker>();
  const meet = (worker: Worker): void => {
    threads.add(worker);
    worker.once("exit", () => threads.delete(worker));
  };
  process.on("worker", meet);
  t.after(() => process.off("worker", meet));
  const named = (name: string): Worker | undefined => [...threads].find(({ threadName }) => threadName === name);

  const events: EngineEvent[] = [];
  const engine = await startEngine({
    onEvent: (event) => events.push(event),
    media: { backends: ["node-av"], units: 10_000, jobsPerHost: 2 },
  });
  t.after(() => engine.stop());
  const load = await Load.open({ seed: 11, rate: 2_000, trains: false, rtp: false, sinks: [0, 0] });
  t.after(() => load.close());
  const outputs = load.ports.map((port, i) => udpOutput(`out-${i}`, port));
  const pictures = { interval: 500_000 };
  await engine.apply([
    flow("forward", [udpInput("in")], outputs),
    ...FLOWS.map((id) => ({
      ...flow(
        id,
        INPUTS.map((input) => udpInput(input)),
        [],
      ),
      pictures,
    })),
  ]);
  await load.aim([addressOf(engine, "forward", "in")]);
  await playTo(
    t,
    FLOWS.flatMap((id) => INPUTS.map((input) => Number(addressOf(engine, id, input).split(":")[1]))),
  );
  const shown = async (what: string): Promise<void> => {
    const before = counts(engine);
    assert.equal(before.size, FLOWS.length * INPUTS.length);
    await waitFor(what, () => [...counts(engine)].every(([input, count]) => count > (before.get(input) ?? 0) + 1), 30);
  };
  await shown("pictures of every flow");
  // Somebody looks all the time, and goes on to.
  const looking = setInterval(() => engine.look("x", "a"), 1_000);
  t.after(() => clearInterval(looking));
  const open = descriptors();
  let sent = 0;
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      [sent = 0] = await load.send(1);
    }
  })();

  for (const [round, names] of ROUNDS.entries()) {
    const ended = names.flatMap((name) => named(name) ?? []);
    assert.equal(ended.length, names.length, `${names.join()} run in round ${round}`);
    await Promise.all(ended.map((worker) => worker.terminate()));
    await waitFor("other threads", () => names.every((name) => named(name) !== undefined), 30);
    await shown(`pictures of every flow after round ${round}`);
  }
  isOver = true;
  await sending;
  const sinks = await load.settle();

  const whole = { stream: 0, received: sent, missing: 0, reordered: 0, foreign: 0, first: 0, last: sent - 1 };
  assert.deepEqual(sinks, [whole, whole]);
  const ends = (name: string): number => ROUNDS.flat().filter((each) => each === name).length;
  const told = (code: string): number => events.filter((event) => event.code === code).length;
  assert.deepEqual([told("analysis_thread_crashed"), told("media_thread_crashed")], [ends("analysis"), ends("media")]);
  await waitFor(
    "the ends of orphaned hosts",
    () => children().filter(({ words }) => words.includes("media/host/main.ts")).length === 3,
    20,
  );
  assert.deepEqual(
    children().filter(({ state }) => state === "Z"),
    [],
  );
  assert.ok(Math.abs(descriptors() - open) <= 2, `${descriptors()} descriptors, ${open} before`);
  assert.deepEqual(
    [...counts(engine).keys()].filter((input) => !FLOWS.some((id) => input.startsWith(id))),
    [],
  );
  await engine.stop();
  assert.deepEqual(children(), []);
});
