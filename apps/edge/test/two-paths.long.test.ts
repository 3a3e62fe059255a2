import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNamespace } from "@bilbycast/testkit/namespace";

test("edge to edge over two wires: either is cut and mended, and every byte comes out once and in order", async () => {
  const result = await runInNamespace(new URL("./namespace/two-paths.ts", import.meta.url));
  const { sent, arrived, wrong, counters, told } = result as {
    sent: number;
    arrived: number;
    wrong: number;
    counters: Record<string, number>;
    told: string[];
  };

  assert.ok(sent > 5_000, `${sent} packets were sent`);
  assert.deepEqual({ arrived, wrong, lost: counters["packetsLost"] }, { arrived: sent, wrong: 0, lost: 0 });
  assert.ok((counters["leg1PacketsReceived"] ?? 0) < sent && (counters["leg2PacketsReceived"] ?? 0) < sent, "both wires were cut");
  assert.ok((counters["packetsRecovered"] ?? 0) + (counters["leg2PacketsForwarded"] ?? 0) > 1_000);
  // The end of the stream is told too, if the last window saw it.
  const changes = told.filter((line) => line.startsWith("redundancy")).slice(0, 4);
  assert.deepEqual(changes, [
    "redundancy_leg_lost warning 1",
    "redundancy_leg_restored info 1",
    "redundancy_leg_lost warning 2",
    "redundancy_leg_restored info 2",
  ]);
});
