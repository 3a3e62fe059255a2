import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import type { Engine, EngineEvent } from "@bilbycast/engine/flow";
import { Load } from "@bilbycast/testkit/load";
import { waitFor } from "@bilbycast/testkit/peers";
import { children } from "./child-processes.ts";
import { addressOf, flow, startEngine, udpInput, udpOutput } from "./engine-under-load.ts";
import { playTo } from "./picture-feed.ts";

/** Hosts that are killed, and hosts that there are at once; the soak has more of both. */
const KILLS = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 100);
const HOSTS = Number(process.env["BILBYCAST_SOAK_HOSTS"] ?? 10);
/** Rounds of which one stops the hosts instead of ending them: that takes its supervisor some seconds to see. */
const STOP_EVERY = 8;
/** Bytes that the process may have grown by: heaps of its threads grow to what they need, and stay there. */
const GROWTH = 192 * 1_048_576;
/** Rounds after which they have; then the second half may not have more than the first by so many bytes. */
const ROUNDS_UNTIL_FLAT = 40;
const DRIFT = 32 * 1_048_576;

const hosts = (): number[] =>
  children()
    .filter(({ words, state }) => words.includes("media/host/main.ts") && state !== "Z" && state !== "T")
    .map(({ pid }) => pid);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const descriptors = (): number => readdirSync("/proc/self/fd").length;

const counts = (engine: Engine): number[] =>
  engine
    .snapshot()
    .flows.flatMap(({ inputs }) => inputs.flatMap(({ pictures }) => (pictures === undefined ? [] : [pictures.picture?.number ?? 0])));

test(`${KILLS} hosts that make pictures die in three ways, and forwards lose nothing, nothing is left of them, and pictures come back`, async (t) => {
  const events: EngineEvent[] = [];
  const engine = await startEngine({
    onEvent: (event) => events.push(event),
    media: { backends: ["node-av"], units: 10_000, jobsPerHost: 1 },
  });
  t.after(() => engine.stop());
  const load = await Load.open({ seed: 7, rate: 2_000, trains: false, rtp: false, sinks: [0, 0] });
  t.after(() => load.close());
  const ids = Array.from({ length: HOSTS }, (_, i) => `v${i}`);
  await engine.apply([
    flow(
      "forward",
      [udpInput("in")],
      load.ports.map((port, i) => udpOutput(`out-${i}`, port)),
    ),
    {
      ...flow(
        "video",
        ids.map((id) => udpInput(id)),
        [],
      ),
      pictures: { interval: 1_000_000 },
    },
  ]);
  await load.aim([addressOf(engine, "forward", "in")]);
  await playTo(
    t,
    ids.map((id) => Number(addressOf(engine, "video", id).split(":")[1])),
  );
  const shown = async (what: string): Promise<void> => {
    const before = counts(engine);
    await waitFor(what, () => counts(engine).every((count, i) => count > (before[i] ?? 0)) && hosts().length === HOSTS, 60);
  };
  await shown("pictures of every input");
  const [open, grown] = [descriptors(), process.memoryUsage().rss];
  let sent = 0;
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      [sent = 0] = await load.send(1);
    }
  })();

  const killed = { SIGKILL: 0, SIGSEGV: 0, SIGSTOP: 0 };
  const stopped = new Set<unknown>();
  const held: number[] = [];
  for (let round = 0, done = 0; done < KILLS; round++) {
    const pids = hosts();
    for (const [i, pid] of pids.entries()) {
      const signal = round % STOP_EVERY === STOP_EVERY - 1 ? "SIGSTOP" : (round + i) % 2 === 0 ? "SIGKILL" : "SIGSEGV";
      process.kill(pid, signal);
      if (signal === "SIGSTOP") {
        stopped.add(pid);
      }
      killed[signal] += 1;
      done += 1;
    }
    await waitFor("their ends", () => !children().some(({ pid }) => pids.includes(pid)), 60);
    await shown("pictures of every input after a kill");
    held.push(process.memoryUsage().rss);
  }
  isOver = true;
  await sending;
  const sinks = await load.settle();

  const whole = { stream: 0, received: sent, missing: 0, reordered: 0, foreign: 0, first: 0, last: sent - 1 };
  assert.deepEqual(sinks, [whole, whole]);
  assert.ok(killed.SIGKILL > 0 && killed.SIGSEGV > 0 && killed.SIGSTOP > 0, JSON.stringify(killed));
  assert.deepEqual(
    children().filter(({ state }) => state === "Z"),
    [],
  );
  assert.ok(Math.abs(descriptors() - open) <= 4, `${descriptors()} descriptors, ${open} before`);
  const growth = process.memoryUsage().rss - grown;
  assert.ok(growth < GROWTH, `the process grew by ${Math.round(growth / 1_048_576)} MiB`);
  const flat = held.slice(ROUNDS_UNTIL_FLAT);
  const half = Math.floor(flat.length / 2);
  const drift = mean(flat.slice(half)) - mean(flat.slice(0, half));
  assert.ok(half === 0 || drift < DRIFT, `the process grows on: ${Math.round(drift / 1_048_576)} MiB`);
  // Each end was told, with what it was; none of a host that nobody ended.
  const ends = events.filter(({ code }) => code === "media_host_ended");
  assert.deepEqual(
    ends.filter(({ details }) => details?.["reason"] === "hung" && !stopped.has(details["pid"])),
    [],
  );
  const reasons = new Map<unknown, number>();
  for (const { details } of ends) {
    reasons.set(details?.["reason"], (reasons.get(details?.["reason"]) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(reasons), { crashed: killed.SIGKILL + killed.SIGSEGV, hung: killed.SIGSTOP });
  await engine.stop();
  await waitFor("the end of every host", () => hosts().length === 0);
});
