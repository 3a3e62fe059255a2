import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isFault } from "@bilbycast/foundation/fault";
import type { Engine, EngineEvent, FlowSpec } from "@bilbycast/engine/flow";
import { waitFor } from "@bilbycast/testkit/peers";
import { addressOf, flow, startEngine, udpInput } from "./engine-under-load.ts";
import { playTo } from "./picture-feed.ts";

const IDS = Array.from({ length: 9 }, (_, i) => `v${i}`);
/** Nothing of its streams is looked for but pictures. */
const SPEC: FlowSpec = {
  ...flow(
    "f",
    IDS.map((id) => udpInput(id)),
    [],
  ),
  analysis: { tr101290: false, media: false },
};
const SELDOM = { interval: 60_000_000 };

const numbers = (engine: Engine): (number | undefined)[] =>
  (engine.snapshot().flows[0]?.inputs ?? []).map(({ pictures }) => (pictures === undefined ? undefined : (pictures.picture?.number ?? 0)));

const places = (engine: Engine): unknown => engine.snapshot().flows[0]?.inputs.map(({ localAddress, state }) => [localAddress, state]);

const codeOf = (look: () => void): string => {
  try {
    look();
    return "";
  } catch (error) {
    return isFault(error) ? error.code : "no fault";
  }
};

test("pictures are switched on and off while the flow runs, a switch takes one at once, and eight inputs are shown live and no ninth", async (t) => {
  const events: EngineEvent[] = [];
  const engine = await startEngine({ onEvent: (event) => events.push(event), media: { backends: ["node-av", "ffmpeg"], units: 10_000 } });
  t.after(() => engine.stop());
  await engine.apply([SPEC]);
  await playTo(
    t,
    IDS.map((id) => Number(addressOf(engine, "f", id).split(":")[1])),
  );
  const where = places(engine);
  assert.deepEqual(
    numbers(engine),
    IDS.map(() => undefined),
  );
  assert.equal(
    codeOf(() => engine.look("f")),
    "pictures_off",
  );
  assert.equal(engine.snapshot().media?.state, "idle");

  await engine.apply([{ ...SPEC, pictures: SELDOM }]);
  await waitFor("the first picture of each", () => numbers(engine).every((number) => number === 1), 40);
  assert.ok((engine.picture("f")?.jpeg.length ?? 0) > 500);
  await sleep(1_000);
  await engine.switchInput("f", "v1");
  await waitFor("a picture of the new input", () => numbers(engine)[1] === 2);
  assert.deepEqual(numbers(engine), [1, 2, 1, 1, 1, 1, 1, 1, 1]);
  assert.equal(engine.picture("f")?.number, 2);

  // Again and again, as whoever looks does.
  const looking = setInterval(() => IDS.slice(0, 8).forEach((id) => engine.look("f", id)), 500);
  t.after(() => clearInterval(looking));
  const isLive = (): boolean[] => (engine.snapshot().flows[0]?.inputs ?? []).map(({ pictures }) => pictures?.isLive === true);
  await waitFor(
    "live pictures",
    () =>
      numbers(engine)
        .slice(0, 8)
        .every((number) => (number ?? 0) > 5),
    40,
  );
  assert.equal(
    codeOf(() => engine.look("f", "v8")),
    "preview_limit",
  );
  assert.deepEqual(isLive(), [...IDS.slice(0, 8).map(() => true), false]);
  clearInterval(looking);
  await waitFor("the end of the previews", () => isLive().every((live) => !live));

  await engine.apply([{ ...SPEC, pictures: { interval: 1_000_000 } }]);
  const before = numbers(engine);
  await waitFor("more pictures", () => numbers(engine).every((number, i) => (number ?? 0) > (before[i] ?? 0) + 1), 40);
  await engine.apply([SPEC]);
  await waitFor("no pictures", () => numbers(engine).every((number) => number === undefined));
  await waitFor("the end of the host", () => engine.snapshot().media?.hosts.length === 0);
  assert.deepEqual(places(engine), where);
  assert.deepEqual(
    events.filter(({ code }) => /^(media|thumbnail|flow_(died|stopped)|input_changed)/.test(code)),
    [],
  );
});
