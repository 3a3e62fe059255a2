import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartSnapshot } from "@bilbycast/engine/flow";
import { partKey, type Sample } from "../src/sampler.ts";
import { S302mWatch } from "../src/s302m-watch.ts";

type Catalog = NonNullable<NonNullable<PartSnapshot["analysis"]>["catalog"]>;

const catalog = (...codecs: string[]): Catalog => ({
  programs: [
    {
      program_number: 1,
      pmt_pid: 0x100,
      streams: codecs.map((codec, i) => ({ pid: 0x101 + i, stream_type: 6, codec, kind: "audio" as const })),
    },
  ],
  last_updated_us: 1,
});

const sample = (at: number, packets: number, known?: Catalog): Sample => ({
  at,
  snapshot: {
    lanes: [],
    flows: [
      {
        ...({ id: "f", state: "running", startedAtMs: 0, lane: 0, outputs: [] } as const),
        inputs: [
          {
            ...({ id: "in", kind: "srt", state: "running", counters: {} } as const),
            ...(known === undefined ? {} : { analysis: { catalogTick: 1, catalog: known } }),
          },
        ],
      },
    ],
  },
  rateByPart: new Map([[partKey("f", "input", "in"), { bitrate: 0, wireBitrate: 0, packets }]]),
  lossByFlow: new Map(),
});

test("an input that is to carry ST 302 audio says when it does, with its PIDs, and when it has none for five seconds", () => {
  const watch = new S302mWatch();
  const told: string[] = [];
  const take = (second: number, packets: number, known?: Catalog): void => {
    told.push(
      ...watch
        .take(sample(second * 1_000, packets, known), new Set(["in"]))
        .map(({ code, severity, details }) => `${second} ${code} ${severity} ${JSON.stringify(details?.["pids"] ?? null)}`),
    );
  };
  take(0, 0);
  for (let second = 1; second < 8; second++) {
    take(second, 100, catalog("AAC-LC"));
  }
  take(8, 100, catalog("AAC-LC", "SMPTE 302M", "SMPTE 302M"));
  take(9, 100, catalog("SMPTE 302M"));
  take(10, 100, catalog("AC-3"));
  // Without packets nobody knows.
  take(13, 0, catalog("AC-3"));
  take(14, 100, catalog("AC-3"));
  take(18, 100, catalog("AC-3"));
  take(19, 100, catalog("AC-3"));

  assert.deepEqual(told, ["6 audio_302m_missing warning null", "8 audio_302m_found info [258,259]", "19 audio_302m_missing warning null"]);
});

test("an input of which nobody says so is not watched", () => {
  assert.deepEqual(new S302mWatch().take(sample(9_000, 100, catalog("SMPTE 302M")), new Set()), []);
});
