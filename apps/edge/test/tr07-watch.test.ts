import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartSnapshot } from "@bilbycast/engine/flow";
import type { Sample } from "../src/sampler.ts";
import { Tr07Watch } from "../src/tr07-watch.ts";

type Checks = { signal: string; tr07_compliant: boolean; jpeg_xs_pid?: number };

const sample = (at: number, checks?: Checks): Sample => ({
  at,
  snapshot: {
    lanes: [],
    flows: [
      {
        ...{ id: "f", state: "running", startedAtMs: 0, lane: 0, outputs: [] },
        inputs: [
          {
            ...{ id: "in", kind: "rtp", state: "running", counters: {} },
            ...(checks === undefined
              ? {}
              : { analysis: { catalogTick: 1, tr101290: checks as NonNullable<PartSnapshot["analysis"]>["tr101290"] } }),
          } as PartSnapshot,
        ],
      },
    ],
  },
  rateByPart: new Map(),
  lossByFlow: new Map(),
});

const BARE: Checks = { signal: "in_sync", tr07_compliant: false };
const JPEG_XS: Checks = { signal: "in_sync", tr07_compliant: true, jpeg_xs_pid: 0x111 };

test("JPEG XS that is to come is told when it is found, and when it has been away for five seconds, once each", () => {
  const watch = new Tr07Watch();
  const told: string[] = [];
  const take = (at: number, checks?: Checks): void => {
    told.push(
      ...watch
        .take(sample(at, checks), new Set(["in"]))
        .map(({ code, inputId, details }) => `${at} ${code} ${inputId} ${JSON.stringify(details?.["pid"] ?? null)}`),
    );
  };
  take(0);
  for (let at = 1_000; at <= 8_000; at += 1_000) {
    take(at, BARE);
  }
  take(9_000, JPEG_XS);
  take(10_000, JPEG_XS);
  take(11_000, BARE);
  take(14_000, { signal: "silent", tr07_compliant: false });
  take(17_000, BARE);
  take(21_000, BARE);
  take(22_000, BARE);

  assert.deepEqual(told, ["6000 tr07_stream_missing in null", "9000 tr07_stream_found in 273", "22000 tr07_stream_missing in null"]);
});

test("an input of which nobody says so is not watched", () => {
  assert.deepEqual(new Tr07Watch().take(sample(9_000, JPEG_XS), new Set()), []);
});
