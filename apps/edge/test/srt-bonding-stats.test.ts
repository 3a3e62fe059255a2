import assert from "node:assert/strict";
import { test } from "node:test";
import type { Part } from "@bilbycast/contracts/config";
import { SRT_LINK_STATES, srtBondingStatsSchema } from "@bilbycast/contracts/edge-api";
import type { PartSnapshot } from "@bilbycast/engine/flow";
import { LINK_STATES } from "@bilbycast/protocols/srt";
import { srtBondingOf } from "../src/srt-bonding-stats.ts";

const part = (bonding: unknown, type = "srt"): Part => ({ id: "a", name: "A", type, active: true, bonding });
const running = (counters: Record<string, number>): PartSnapshot => ({ id: "a", state: "running", counters }) as unknown as PartSnapshot;

const endpoints = [{ addr: "10.0.0.1:9000", weight: 10 }, { addr: "10.0.1.1:9000" }];

test("each endpoint of a group has a row with its state, and how many are connected is told", () => {
  const counters = { link1State: 3, link1Packets: 500, link1RttUs: 20_500, link1Lost: 4, link1Retransmits: 3, link2State: 6 };
  const { srt_bonding_stats: stats } = srtBondingOf(part({ mode: "backup", endpoints }), running(counters));

  assert.deepEqual(stats, {
    mode: "backup",
    links_connected: 1,
    links: [
      {
        link: 1,
        addr: "10.0.0.1:9000",
        weight: 10,
        state: "stable",
        rtt_ms: 20.5,
        packets: 500,
        pkt_loss_total: 4,
        pkt_retransmit_total: 3,
      },
      { link: 2, addr: "10.0.1.1:9000", weight: 0, state: "broken", rtt_ms: 0, packets: 0, pkt_loss_total: 0, pkt_retransmit_total: 0 },
    ],
  });
  assert.ok(srtBondingStatsSchema.safeParse(stats).success);
});

test("a listener that takes links at one address has a row for each of four", () => {
  const { srt_bonding_stats: stats } = srtBondingOf(part({ mode: "broadcast" }), running({ link1State: 3, link2State: 3 }));
  assert.deepEqual(
    stats?.links.map(({ state }) => state),
    ["stable", "stable", "pending", "pending"],
  );
  assert.equal(stats.links_connected, 2);
});

test("what does not run has no link, and what is no group has no rows", () => {
  const stopped = { ...running({ link1State: 3 }), state: "stopped" } as unknown as PartSnapshot;
  assert.equal(srtBondingOf(part({ mode: "backup", endpoints }), stopped).srt_bonding_stats?.links_connected, 0);
  assert.equal(srtBondingOf(part({ mode: "backup", endpoints }), undefined).srt_bonding_stats?.links.length, 2);
  assert.deepEqual(srtBondingOf(part(undefined), running({})), {});
  assert.deepEqual(srtBondingOf(part({ mode: "backup" }, "rist"), running({})), {});
});

test("the states have the names that the protocol gives them", () => {
  assert.deepEqual(SRT_LINK_STATES, LINK_STATES);
});
