import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Stage, until } from "@bilbycast/testkit/conformance";
import { tsUnit } from "@bilbycast/testkit/streams";

for (const backend of ["koffi", "ffi", "dgram"] as const) {
  test(`a player on ${backend} is blocked over its flow's bandwidth limit and passes again under another, without a new start`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "player-"));
    writeFileSync(join(folder, "loop.ts"), Buffer.concat(Array.from({ length: 500 }, (_, n) => tsUnit(n))));
    const stage = await Stage.start(backend, { mediaFolder: folder });
    t.after(async () => {
      await stage.stop();
      rmSync(folder, { recursive: true });
    });
    const player = { id: "in", kind: "media_player", config: { sources: [{ kind: "ts", name: "loop.ts" }], paced_bitrate_bps: 1_000_000 } };
    const bounded = (maxBitrate: number) => ({ inputs: [player], bandwidth: { maxBitrate, action: "block", graceUs: 1e6 } as const });
    const state = (): unknown => stage.engine.snapshot().flows[0]?.bandwidth;

    await stage.run(bounded(500_000));
    await until(() => state() === "blocked", "twice the limit is blocked");
    const passed = stage.count("in", "unitsPublished");
    await until(() => stage.count("in", "packetsFiltered") > 20, "what is blocked is counted as filtered");
    assert.equal(stage.count("in", "unitsPublished"), passed);
    await stage.run(bounded(2_000_000));
    assert.equal(state(), "normal");
    await until(() => stage.count("in", "unitsPublished") > passed + 20, "half the limit passes");

    assert.deepEqual(
      stage.codes().filter((code) => code.startsWith("bandwidth_") || code === "flow_started"),
      ["flow_started", "bandwidth_blocked", "bandwidth_normal"],
    );
  });
}
