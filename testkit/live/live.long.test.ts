import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { LIVE_DATAGRAM, liveLayout } from "@bilbycast/testkit/streams";
import { NO_ERRORS, PacketDigests } from "@bilbycast/testkit/ts-checker";
import { LiveReceivers, LiveSenders, openFeed, udpDrops, type LiveSource } from "./index.ts";

const RATE = 20_000_000;

test("three streams of 20 Mbit/s, one of them over RTP and one that pauses, arrive as they were made", async () => {
  const sources: LiveSource[] = liveLayout("crossed", 1, RATE).map((made) => ({ made }));
  const receivers = await LiveReceivers.open({ sinks: [0, 1, 2].map((i) => ({ rtp: i === 1 })), checker: {}, digestOf: 1_500 });
  const senders = await LiveSenders.open(sources.map((source, i) => ({ source, to: `127.0.0.1:${receivers.ports[i]}`, rtp: i === 1 })));

  await senders.start(0, 1, 2);
  await sleep(300);
  await senders.stop(2);
  await sleep(300);
  await senders.start(2);
  await sleep(1_000);
  const { sent } = await senders.stop(0, 1, 2);
  const reports = await receivers.settle();

  assert.equal(udpDrops(receivers.ports), 0, "the machine dropped datagrams");
  for (const [i, report] of reports.entries()) {
    assert.deepEqual(report.check.errors, NO_ERRORS, JSON.stringify(report.check.first));
    assert.equal(report.datagrams, sent[i]);
    assert.deepEqual(report.digest, digestOf(sources[i] as LiveSource, 1_500));
    assert.deepEqual(
      report.turns.map(({ source }) => source),
      [i],
    );
    assert.deepEqual(report.rtp, { sequenceErrors: 0, sourceChanges: 0 });
  }
  await senders.close();
  await receivers.close();
});

const digestOf = (source: LiveSource, datagrams: number): unknown => {
  const feed = openFeed(source);
  const digests = new PacketDigests();
  const datagram = new Uint8Array(LIVE_DATAGRAM);
  for (let i = 0; i < datagrams; i++) {
    feed.next(datagram, 0);
    digests.take(datagram);
  }
  return digests.report();
};
