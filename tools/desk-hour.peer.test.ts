import { test } from "node:test";
import { directorsHour } from "./desk/hour.ts";

const TAKES = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 12);
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 1);

test(`a director takes ${TAKES} times by keyboard over three edges: every take is proved and decoded, and nobody notices it, seed ${SEED}`, async (t) => {
  const { acknowledgedMs, clickMs, shownMs, verifiedMs } = await directorsHour(TAKES, SEED, (line) => t.diagnostic(line));

  for (const [what, figures] of [
    ["answered, from the key", clickMs],
    ["answered, in the manager", acknowledgedMs],
    ["first datagram", verifiedMs],
    ["decoded", shownMs],
  ] as const) {
    t.diagnostic(`${what}, ms: ${figures.map((figure) => figure.toFixed(0)).join(" ")}`);
  }
});
