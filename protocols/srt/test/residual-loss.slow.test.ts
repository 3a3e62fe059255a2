import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { carryOver, RANDOM_LOSS, type LossCase } from "@bilbycast/testkit/srt";

/** `npm run soak -- srt-loss` asks for more. */
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 2_026);
const PACKETS = Number(process.env["BILBYCAST_SOAK_DATAGRAMS"] ?? 600_000);

/** A latency of four round trips, loss on both ways. */
const judge = (t: TestContext, each: LossCase): void => {
  const { haul, most, sentAgain } = carryOver(each, SEED, PACKETS);
  t.diagnostic(`${haul.lost} of ${haul.packets} lost, ${(100 * sentAgain).toFixed(2)} % sent again`);

  assert.ok(haul.lost <= most, `${haul.lost} of ${haul.packets} lost`);
  assert.deepEqual([haul.disordered, haul.untimely, haul.damaged], [0, 0, 0]);
};

for (const each of RANDOM_LOSS) {
  test(`${each.name}: at most ${each.limit} of all packets are missing, and the others come once, in order and in time (seed ${SEED})`, (t) =>
    judge(t, each));
}
