import assert from "node:assert/strict";
import { test } from "node:test";
import { Stage } from "@bilbycast/testkit/peers";
import { libsrtLoss, ourLoss, type PairedLoss } from "@bilbycast/testkit/srt";

/** `npm run soak -- srt-pairs` asks for more. */
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 20);
const TIMES = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 4);
const PACKETS = 1_000 * Number(process.env["BILBYCAST_SOAK_SECONDS"] ?? 4);

/** Time for one retransmission, and most of the time for a second: enough is missing in the end that it can be compared. */
const PATH = { loss: 0.08, delayMs: 20, latencyMs: 100, packets: PACKETS };

test(`over ${TIMES} paths that lose 8 % both ways no more is missing than libsrt misses on the same (seed ${SEED})`, async (t) => {
  const stage = new Stage(t);
  const pairs: [ours: PairedLoss, libsrt: PairedLoss][] = [];
  for (let n = 0; n < TIMES; n++) {
    const path = { ...PATH, seed: SEED + n };
    pairs.push(await Promise.all([ourLoss(path), libsrtLoss(path, stage)]));
  }

  const [ours, libsrt] = [0, 1].map((who) => pairs.reduce((sum, pair) => sum + pair[who as 0 | 1].missing, 0)) as [number, number];
  t.diagnostic(
    `of ${TIMES * PACKETS} packets ${ours} are missing, ${libsrt} with libsrt; ${pairs.map((pair) => pair.map(({ missing }) => missing).join(":")).join(" ")}`,
  );
  const deviation = Math.sqrt(Math.max(1, ours + libsrt));
  assert.ok(ours <= libsrt + 3 * deviation, `${ours} missing, ${libsrt} with libsrt`);
  for (const { doubled, pathLost } of pairs.flat()) {
    assert.equal(doubled, 0);
    assert.ok(pathLost > 0);
  }
});
