import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { tsUnit } from "@bilbycast/testkit/streams";
import { LegsRig } from "./test/legs-rig.ts";

/** `npm run soak -- legs` asks for more. */
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 2_022);
const TIMES = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 200);

const INTERVAL = 8_000;
/** The connection of a leg that is cut for longer ends, and is made anew. */
const PATIENCE_SECS = 1;
const SHORT = 250_000;
const LONG = 2_500_000;
/** When a leg has brought everything that fits into its latency again, the other one may be cut. */
const REST = 450_000;
const SOON = 20_000_000;

test(`killing either leg of different mode, latency and encryption at ${TIMES} random instants costs nothing (seed ${SEED})`, () => {
  const random = seeded(SEED);
  const shared = { peer_idle_timeout_secs: PATIENCE_SECS };
  const first = { latency_ms: 120, passphrase: "first passphrase" };
  const second = { latency_ms: 200, passphrase: "second passphrase", aes_key_len: 32 };
  const rig = new LegsRig({
    seed: SEED,
    output: {
      mode: "caller",
      remote_addr: "10.0.0.1:9000",
      send_buffer_size: 1_024,
      ...shared,
      ...first,
      redundancy: { mode: "listener", local_addr: "10.1.0.2:9001", ...shared, ...second },
    },
    input: {
      mode: "listener",
      local_addr: "10.0.0.1:9000",
      recv_buffer_size: 1_024,
      ...shared,
      ...first,
      redundancy: { mode: "caller", remote_addr: "10.1.0.2:9001", ...shared, ...second },
    },
    paths: [
      { delay: 10_000, jitter: 3_000 },
      { delay: 40_000, jitter: 3_000 },
    ],
  });
  const cuts: [number, number] = [0, 0];
  let next = 0;
  const judge = (): void => {
    for (const { mark } of rig.units) {
      assert.equal(mark, next, `unit ${next} after ${cuts[0] + cuts[1]} cuts`);
      next++;
    }
    rig.units.length = 0;
  };
  let sent = 0;
  const carry = (time: number): void => {
    const units = Math.ceil(time / INTERVAL);
    rig.stream(units, INTERVAL, () => tsUnit(sent++, 1));
    judge();
  };
  /** Whether one connection of the leg stood and brought packets all the while: one that was cut may end later than that. */
  const isSteady = (leg: 0 | 1, wait: () => void): boolean => {
    const [open, made] =
      leg === 0 ? (["connectionsOpen", "connections"] as const) : (["srtLeg2ConnectionsOpen", "srtLeg2Connections"] as const);
    const before = rig.count(made);
    const came = rig.count(`leg${leg === 0 ? 1 : 2}PacketsReceived`);
    wait();
    const brought = rig.count(`leg${leg === 0 ? 1 : 2}PacketsReceived`) - came;
    return rig.count(open) === 1 && rig.count(open, "output") === 1 && rig.count(made) === before && brought >= REST / INTERVAL / 2;
  };
  rig.connect();
  carry(REST);

  for (let cut = 0; cut < TIMES; cut++) {
    const leg = integer(random, 2) as 0 | 1;
    const { there, back } = rig.paths[leg];
    const way = integer(random, 3);
    there.properties.loss = way === 2 ? 0 : 1;
    back.properties.loss = way === 1 ? 0 : 1;
    cuts[leg]++;
    carry(1 + integer(random, cut % 8 === 0 ? LONG : SHORT));
    rig.paths[leg].loss = 0;
    for (const end = rig.now + SOON; !isSteady(leg, () => carry(REST + integer(random, 50_000)));) {
      assert.ok(rig.now < end, `leg ${leg + 1} is back after cut ${cut}`);
    }
  }
  rig.run(rig.now + 3_000_000);
  judge();

  assert.equal(next, sent);
  assert.ok(cuts[0] > TIMES / 3 && cuts[1] > TIMES / 3);
  assert.ok(rig.count("connections") + rig.count("srtLeg2Connections") > 2 + TIMES / 20, "connections ended and were made anew");
  assert.deepEqual([rig.count("packetsLost"), rig.count("packetsOverflowed"), rig.count("sourceResets")], [0, 0, 0]);
  assert.ok(rig.count("redundancySwitches") > TIMES / 40, `${rig.count("redundancySwitches")} switches`);
  assert.equal(rig.close(), 0);
});
