import assert from "node:assert/strict";
import { test } from "node:test";
import type { Part } from "@bilbycast/contracts/config";
import type { PartSnapshot } from "@bilbycast/engine/flow";
import { setU32, u32 } from "@bilbycast/foundation/bytes";
import { Pair, type PairOptions } from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";
import { srtStatsOf } from "../src/srt-stats.ts";

const MS = 1_000;
const SECOND = 1_000_000;

const part = (mode: string): Part => ({ id: "p", name: "p", type: "srt", mode, active: true });

const snapshotOf = (side: Pair["sender"]): PartSnapshot =>
  ({
    id: "p",
    kind: "srt",
    state: "running",
    counters: Object.fromEntries(Object.entries(side.meters).map(([name, { value }]) => [name, value])),
  }) as unknown as PartSnapshot;

const legs = (options: PairOptions, act: (pair: Pair) => void) => {
  const pair = new Pair(options);
  pair.run(SECOND);
  act(pair);
  const input = srtStatsOf(part("listener"), "input", snapshotOf(pair.receiver), 4_000_000).srt_stats;
  const output = srtStatsOf(part("caller"), "output", snapshotOf(pair.sender), 5_000_000).srt_stats;
  assert.ok(input !== undefined && output !== undefined);
  return { input, output };
};

/** A life in which everything happens that is counted. */
const eventful = () =>
  legs(
    {
      there: { delay: 20 * MS },
      sender: { settings: { filter: "fec,cols:5,rows:3,arq:always", peerLatencyMs: 60 } },
      receiver: { settings: { receiveLatencyMs: 60, reorderTolerance: 10 } },
    },
    (pair) => {
      Object.assign(pair.there.properties, { loss: 0.15, jitter: 3 * MS, duplication: 0.05 });
      pair.stream(2_000, MS, (n) => tsUnit(n, 1));
      pair.stream(1, MS, () => new Uint8Array(1_457));
    },
  );

test("every count of an input's leg moves, and none has another name", () => {
  const { input } = eventful();
  const { pkt_recv_undecrypt_total: clear, byte_recv_undecrypt_total: clearBytes, send_rate_mbps: sending, ...moving } = input;

  assert.deepEqual([clear, clearBytes, sending], [0, 0, 0]);
  for (const [name, value] of Object.entries(moving)) {
    assert.ok(value === "connected" || (typeof value === "number" && value > 0), `${name} is ${value}`);
  }
  assert.deepEqual(
    Object.keys(input).toSorted(),
    [
      ...["byte_avail_recv_buf", "byte_recv_retransmit_total", "ms_recv_buf", "pkt_recv_avg_belated_time", "pkt_recv_filter_loss"],
      ...[
        "bandwidth_mbps",
        "byte_recv_buf",
        "byte_recv_drop_total",
        "byte_recv_loss_total",
        "byte_recv_total",
        "byte_recv_undecrypt_total",
      ],
      ...["byte_recv_unique_total", "ms_recv_tsbpd_delay", "pkt_loss_total", "pkt_recv_belated", "pkt_recv_buf", "pkt_recv_drop_total"],
      ...["pkt_recv_filter_extra", "pkt_recv_filter_supply", "pkt_recv_loss_total", "pkt_recv_retransmit_total", "pkt_recv_total"],
      ...["pkt_recv_undecrypt_total", "pkt_recv_unique_total", "pkt_reorder_distance", "pkt_reorder_tolerance", "pkt_retransmit_total"],
      ...["pkt_sent_ack_total", "pkt_sent_nak_total", "recv_rate_mbps", "rtt_ms", "send_rate_mbps", "state", "uptime_ms"],
    ].toSorted(),
  );
});

test("every count of an output's leg moves, and none has another name", () => {
  const { output } = eventful();
  const { recv_rate_mbps: receiving, ...moving } = output;

  assert.equal(receiving, 0);
  for (const [name, value] of Object.entries(moving)) {
    assert.ok(value === "connected" || (typeof value === "number" && value > 0), `${name} is ${value}`);
  }
  assert.deepEqual(
    Object.keys(output).toSorted(),
    [
      ...["byte_avail_send_buf", "byte_send_loss_total", "max_bw_mbps", "ms_send_buf", "pkt_congestion_window"],
      ...["bandwidth_mbps", "byte_retransmit_total", "byte_send_buf", "byte_send_drop_total", "byte_sent_total", "byte_sent_unique_total"],
      ...["ms_send_tsbpd_delay", "pkt_flight_size", "pkt_flow_window", "pkt_loss_total", "pkt_recv_ack_total", "pkt_recv_nak_total"],
      ...["pkt_retransmit_total", "pkt_send_buf", "pkt_send_drop_total", "pkt_send_filter_extra", "pkt_send_loss_total"],
      ...[
        "pkt_sent_total",
        "pkt_sent_unique_total",
        "recv_rate_mbps",
        "rtt_ms",
        "send_rate_mbps",
        "state",
        "uptime_ms",
        "us_pkt_send_period",
      ],
    ].toSorted(),
  );
});

test("bytes are those of payloads and of 44 for each packet; rates are megabits", () => {
  const { input, output } = legs({}, (pair) => {
    pair.stream(100, MS, (n) => tsUnit(n, 7));
    pair.run(pair.now + SECOND);
  });
  assert.deepEqual([output.pkt_sent_total, output.byte_sent_total, output.byte_sent_unique_total], [100, 136_000, 136_000]);
  assert.deepEqual([input.pkt_recv_total, input.byte_recv_total, input.byte_recv_unique_total], [100, 136_000, 136_000]);
  assert.deepEqual([input.recv_rate_mbps, output.send_rate_mbps], [4, 5]);
  assert.ok(output.uptime_ms > 1_000 && input.uptime_ms > 1_000);
});

test("what cannot be decrypted is counted, packets and bytes", () => {
  const { input } = legs({}, (pair) => {
    let last = new Uint8Array(0);
    pair.tap = (datagram) => {
      last = (datagram[0] ?? 0) < 0x80 ? datagram.slice() : last;
    };
    pair.stream(10, MS, (n) => tsUnit(n, 7));
    pair.run(pair.now + SECOND);
    // The packet that would come next, under a key that nobody has told.
    setU32(last, 0, (u32(last, 0) + 1) % 2 ** 31);
    last[4] = (last[4] ?? 0) | 0x08;
    pair.inject("receiver", [last], 0);
  });
  assert.deepEqual([input.pkt_recv_undecrypt_total, input.byte_recv_undecrypt_total], [1, 1_360]);
});

test("a leg says where it stands", () => {
  const pair = new Pair();
  const stateOf = (side: "sender" | "receiver"): string | undefined =>
    srtStatsOf(part(side === "sender" ? "caller" : "listener"), side === "sender" ? "output" : "input", snapshotOf(pair[side]), 0).srt_stats
      ?.state;
  assert.deepEqual([stateOf("sender"), stateOf("receiver")], ["connecting", "listening"]);
  pair.run(SECOND);
  assert.deepEqual([stateOf("sender"), stateOf("receiver")], ["connected", "connected"]);
  pair.there.properties.loss = 1;
  pair.back.properties.loss = 1;
  pair.run(pair.now + 7 * SECOND);
  assert.deepEqual([stateOf("sender"), stateOf("receiver")], ["broken", "listening"]);
  assert.equal(srtStatsOf(part("caller"), "output", undefined, 0).srt_stats?.state, "nonexist");
  assert.deepEqual(srtStatsOf({ ...part("caller"), type: "udp" }, "output", undefined, 0), {});
});
