import assert from "node:assert/strict";
import { test } from "node:test";
import { METRICS, METRIC_PREFIX } from "@bilbycast/contracts/edge-api";
import type { EngineSnapshot, MediaSnapshot, PictureSnapshot } from "@bilbycast/engine/flow";
import { MetricsText } from "../src/metrics-text.ts";
import { putPictures } from "../src/metrics-pictures.ts";
import { resourceBudget } from "../src/resource-budget.ts";
import { parseMetrics, partSnapshot } from "./metrics-page.ts";

const NOW = 100_000;

const host = (state: "starting" | "ready" | "ending"): MediaSnapshot["hosts"][number] => ({
  pid: 1,
  state,
  jobs: ["f/a"],
  cpu_percent: 4,
  rss_bytes: 1e8,
});

const QUIET: MediaSnapshot = {
  state: "running",
  hosts: [],
  hostEnds: { crashed: 0, hung: 0, memory: 0, protocol: 0, not_started: 0, recycled: 0 },
  unitsUsed: 0,
  unitsTotal: 1_400,
};

const FIRST: PictureSnapshot = { isLive: false, alarms: [], failures: { not_decodable: 0, decoder_ended: 0 } };

const made = (number: number, takenAtMs: number): NonNullable<PictureSnapshot["picture"]> => ({
  takenAtMs,
  number,
  width: 1_920,
  height: 1_080,
  luma: 90,
  bytes: 9_000,
});

/** Every series of a page without its prefix, with its labels' values. */
const seriesOf = (media: MediaSnapshot | undefined, pictures: Record<string, PictureSnapshot | undefined>): Map<string, number> => {
  const inputs = Object.entries(pictures).map(([id, one]) => partSnapshot(id, {}, one === undefined ? {} : { pictures: one }));
  const snapshot: EngineSnapshot = {
    lanes: [],
    flows: [{ id: "f", state: "running", startedAtMs: 0, lane: 0, inputs, outputs: [] }],
    ...(media === undefined ? {} : { media }),
  };
  const text = new MetricsText();
  const put: Parameters<typeof putPictures>[0]["put"] = (name, labels, value) => text.sample({ ...METRICS[name], name }, labels, value);
  putPictures({ put }, snapshot, resourceBudget(snapshot), NOW);
  const page = text.text();
  const families = page === "" ? [] : [...parseMetrics(page).values()];
  return new Map(
    families.flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => [[name.slice(METRIC_PREFIX.length), ...Object.values(labels)].join(" "), value] as const),
    ),
  );
};

/** Series that differ, with what they were and what they are. */
const moved = (before: Map<string, number>, now: Map<string, number>): Record<string, [number | undefined, number | undefined]> =>
  Object.fromEntries(
    [...new Set([...before.keys(), ...now.keys()])]
      .filter((name) => before.get(name) !== now.get(name))
      .map((name) => [name, [before.get(name), now.get(name)]]),
  );

const quiet = (): Map<string, number> => seriesOf(QUIET, { a: FIRST });

test("all but the age is on the page before the first picture, at zero", () => {
  assert.deepEqual(
    [...quiet()].filter(([, value]) => value !== 0),
    [
      ["budget_units_total", 1_400],
      ["budget_units_used", 1],
    ],
  );
});

test("hosts count by their state, with what they take together", () => {
  const busy = { ...QUIET, hosts: [host("starting"), host("ready"), host("ready"), host("ending")], unitsUsed: 8 };

  assert.deepEqual(moved(quiet(), seriesOf(busy, { a: FIRST })), {
    budget_units_used: [1, 9],
    "codec_hosts starting": [0, 1],
    "codec_hosts ready": [0, 2],
    "codec_hosts ending": [0, 1],
    codec_hosts_cpu_percent: [0, 16],
    codec_hosts_rss_bytes: [0, 4e8],
  });
});

for (const reason of ["crashed", "hung", "memory", "protocol", "not_started", "recycled"] as const) {
  test(`a host that ended as ${reason} counts under its reason alone`, () => {
    const after = { ...QUIET, hostEnds: { ...QUIET.hostEnds, [reason]: 3 } };

    assert.deepEqual(moved(quiet(), seriesOf(after, { a: FIRST })), { [`codec_host_restarts_total ${reason}`]: [0, 3] });
  });
}

test("pictures count with the age of the newest, those that were not made by why, and previews by the input", () => {
  const now = seriesOf(QUIET, {
    a: { ...FIRST, picture: made(4, NOW - 2_500), isLive: true },
    b: { ...FIRST, failures: { not_decodable: 2, decoder_ended: 1 }, isLive: true },
    c: undefined,
  });

  assert.deepEqual(moved(seriesOf(QUIET, { a: FIRST, b: FIRST, c: undefined }), now), {
    thumbnail_previews: [0, 2],
    "thumbnail_pictures_total f a": [0, 4],
    "thumbnail_age_seconds f a": [undefined, 2.5],
    "thumbnail_errors_total f b not_decodable": [0, 2],
    "thumbnail_errors_total f b decoder_ended": [0, 1],
  });
  assert.ok(![...now.keys()].some((name) => name.includes("f c")), "an input without pictures has no series of them");
});

for (const alarm of ["no_signal", "black", "freeze"] as const) {
  test(`the alarm ${alarm} is 1 while it is on`, () => {
    assert.deepEqual(moved(quiet(), seriesOf(QUIET, { a: { ...FIRST, alarms: [alarm] } })), { [`thumbnail_alarm f a ${alarm}`]: [0, 1] });
  });
}

test("an engine without codecs has none of it", () => {
  assert.equal(seriesOf(undefined, { a: undefined }).size, 0);
});
