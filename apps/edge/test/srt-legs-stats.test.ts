import assert from "node:assert/strict";
import { test } from "node:test";
import type { Part } from "@bilbycast/contracts/config";
import type { PartSnapshot } from "@bilbycast/engine/flow";
import { srtStatsOf } from "../src/srt-stats.ts";

const part = (config: Record<string, unknown>): Part =>
  ({ id: "i", name: "I", type: "srt", mode: "listener", ...config }) as unknown as Part;
const snapshot = (counters: Record<string, number>, state: PartSnapshot["state"] = "running"): PartSnapshot => ({
  id: "i",
  kind: "srt",
  state,
  counters,
});

const COUNTERS = {
  connectionsOpen: 1,
  rttUs: 20_500,
  packetsLost: 3,
  retransmitsReceived: 2,
  srtLeg1PacketsLost: 40,
  srtLeg2ConnectionsOpen: 0,
  srtLeg2PacketsLost: 50,
  srtLeg2RttUs: 80_000,
  leg1Open: 1,
  leg2Open: 1,
};

test("a socket alone has its own counters, in milliseconds and in libsrt's words", () => {
  const { srt_stats, srt_leg2_stats } = srtStatsOf(part({}), "input", snapshot(COUNTERS), 0);
  assert.deepEqual(
    [srt_stats?.state, srt_stats?.rtt_ms, srt_stats?.pkt_loss_total, srt_stats?.pkt_retransmit_total],
    ["connected", 20.5, 3, 2],
  );
  assert.equal(srt_leg2_stats, undefined);
});

test("of two legs each has its own, and what the input lacks is neither's", () => {
  const { srt_stats, srt_leg2_stats } = srtStatsOf(part({ redundancy: { mode: "caller" } }), "input", snapshot(COUNTERS), 0);
  assert.deepEqual([srt_stats?.state, srt_stats?.pkt_loss_total], ["connected", 40]);
  assert.deepEqual([srt_leg2_stats?.state, srt_leg2_stats?.pkt_loss_total, srt_leg2_stats?.rtt_ms], ["connecting", 50, 80]);
});

test("a socket that is not open is closed, be it a leg's or the part's", () => {
  const redundancy = { mode: "listener" };
  assert.equal(srtStatsOf(part({ redundancy }), "input", snapshot({ ...COUNTERS, leg2Open: 0 }), 0).srt_leg2_stats?.state, "closed");
  assert.equal(srtStatsOf(part({}), "input", snapshot(COUNTERS, "failed"), 0).srt_stats?.state, "closed");
  assert.equal(srtStatsOf(part({}), "input", snapshot({ connectionsOpen: 0 }), 0).srt_stats?.state, "listening");
  assert.deepEqual(srtStatsOf(part({ type: "udp" }), "input", snapshot(COUNTERS), 0), {});
});
