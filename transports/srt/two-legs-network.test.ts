import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkProperties } from "@bilbycast/testkit/network";
import { tsUnit } from "@bilbycast/testkit/streams";
import { LegsRig } from "./test/legs-rig.ts";

/** One unit of one TS packet each millisecond; the sequence numbers of RTP begin anywhere and wrap. */
const INTERVAL = 1_000;
const COUNT = 2_500;
const BUFFERS = { send_buffer_size: 4_096 };

const near = (delay: number): Partial<LinkProperties> => ({ delay });
const unit = (n: number): Uint8Array => tsUnit(n, 1);

/** A caller that listens to a listener by the one leg, and the other way round by the other. */
const legs = (first: Record<string, unknown> = {}, second: Record<string, unknown> = {}, differential?: number) => ({
  output: {
    mode: "caller",
    remote_addr: "10.0.0.1:9000",
    ...BUFFERS,
    ...first,
    redundancy: { mode: "listener", local_addr: "10.1.0.2:9001", ...second },
  },
  input: {
    mode: "listener",
    local_addr: "10.0.0.1:9000",
    recv_buffer_size: 4_096,
    ...pick(first),
    redundancy: {
      mode: "caller",
      remote_addr: "10.1.0.2:9001",
      ...second,
      ...(differential === undefined ? {} : { path_differential_ms: differential }),
    },
  },
});

/** What both halves have in common. */
const pick = ({ max_rexmit_bw: _notOfInputs, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;

const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

const run = (rig: LegsRig, loss: number, count = COUNT): number[] => {
  rig.connect();
  for (const path of rig.paths) {
    path.loss = loss;
  }
  rig.stream(count, INTERVAL, unit);
  for (const path of rig.paths) {
    path.loss = 0;
  }
  rig.run(rig.now + 5_000_000);
  return rig.units.map(({ mark }) => mark);
};

for (const seed of [1, 2, 3]) {
  for (const early of [0, 1]) {
    test(`5 % loss on each leg, none of it sent again, and 100 ms skew: lost is only what both lost (path ${early} first, seed ${seed})`, () => {
      const delays = early === 0 ? [10_000, 110_000] : [110_000, 10_000];
      const rig = new LegsRig({
        seed,
        ...legs({ max_rexmit_bw: 0 }, {}, 200),
        paths: [near(delays[0] ?? 0), near(delays[1] ?? 0)],
      });
      const marks = run(rig, 0.05);

      const [red, blue] = rig.paths;
      const lostByBoth = all(COUNT).filter((n) => !red.arrived.has(n) && !blue.arrived.has(n));
      assert.ok(lostByBoth.length > 0 && red.arrived.size < COUNT - 80 && blue.arrived.size < COUNT - 80);
      assert.deepEqual(
        marks,
        all(COUNT).filter((n) => !lostByBoth.includes(n)),
      );
      assert.equal(rig.count("packetsLost"), lostByBoth.length);
      assert.ok(Math.abs(Math.abs(rig.count("pathSkewUs")) - 100_000) < 3_000, `${rig.count("pathSkewUs")} us`);
      assert.ok(rig.count("leg1PacketsLost") > 40 && rig.count("leg2PacketsLost") > 40);
      assert.equal(rig.close(), 0);
    });
  }

  test(`5 % loss on each leg that SRT makes good by itself: nothing is lost by either (seed ${seed})`, () => {
    const rig = new LegsRig({ seed, ...legs({ latency_ms: 200 }, { latency_ms: 500 }), paths: [near(20_000), near(60_000)] });
    const marks = run(rig, 0.05);

    assert.deepEqual(marks, all(COUNT));
    assert.deepEqual([rig.count("packetsLost"), rig.count("sourceResets"), rig.count("packetsFiltered")], [0, 0, 0]);
    assert.ok(rig.count("retransmitsReceived") > 60 && rig.count("srtLeg2RetransmitsReceived") > 60);
    assert.ok(rig.count("srtLeg1PacketsLost") > 60 && rig.count("srtLeg2PacketsLost") > 60);
    assert.equal(rig.close(), 0);
  });
}

test("legs of different latency and encryption make one stream, evenly: the differential is what the latencies differ by and 100 ms", () => {
  const first = { latency_ms: 120, passphrase: "first passphrase", aes_key_len: 16 };
  const second = { latency_ms: 800, passphrase: "second passphrase", aes_key_len: 32, crypto_mode: "aes-gcm" };
  const rig = new LegsRig({ seed: 9, ...legs(first, second), paths: [near(5_000), near(30_000)] });
  const marks = run(rig, 0);

  assert.deepEqual(marks, all(COUNT));
  assert.deepEqual([rig.count("leg1PacketsReceived"), rig.count("leg2PacketsReceived")], [COUNT, COUNT]);
  assert.deepEqual([rig.count("leg1Up"), rig.count("leg2Up"), rig.count("packetsLost")], [0, 0, 0]);
  const gaps = rig.units.slice(1).map(({ at }, i) => at - (rig.units[i]?.at ?? 0));
  assert.ok(Math.max(...gaps) <= 2 * INTERVAL, `${Math.max(...gaps)} us`);
  const skew = rig.count("pathSkewUs");
  assert.ok(skew > 680_000 && skew < 740_000, `${skew} us`);
  assert.equal(rig.close(), 0);
});

test("a leg that nobody answers holds the other one by nothing, and is in step when it comes", () => {
  const rig = new LegsRig({ seed: 4, ...legs(), paths: [near(10_000), { delay: 10_000, loss: 1 }] });
  rig.run(2_000_000);
  rig.stream(2_000, INTERVAL, unit);
  assert.equal(rig.count("leg1Up"), 1);
  assert.equal(rig.count("leg2Up"), 0);
  rig.paths[1].loss = 0;
  rig.stream(4_000, INTERVAL, unit);
  assert.equal(rig.count("leg2Up"), 1);
  rig.paths[0].loss = 1;
  rig.stream(1_000, INTERVAL, unit);
  rig.run(rig.now + 2_000_000);

  assert.deepEqual(
    rig.units.map(({ mark }) => mark),
    all(7_000),
  );
  assert.equal(rig.close(), 0);
});
