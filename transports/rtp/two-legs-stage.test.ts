import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { NULL_PID, PACKET_SIZE, pid as pidOf } from "@bilbycast/protocols/mpegts";
import { sequenceNumber } from "@bilbycast/protocols/rtp";
import { Mux, rtpPacket, threePrograms } from "@bilbycast/testkit/streams";

const HEADER = 12;
const UNITS = 300;
const LEAST = 40;

let stage: Stage;
before(async () => {
  stage = await Stage.start("auto");
});
after(() => stage.stop());

const pidsOf = (datagrams: readonly Uint8Array[]): number[] => {
  const found = new Set<number>();
  for (const datagram of datagrams) {
    for (let at = HEADER; at < datagram.length; at += PACKET_SIZE) {
      found.add(pidOf(datagram, at));
    }
  }
  return [...found].toSorted((a, b) => a - b);
};

const CASES: [config: Record<string, unknown>, pids: (pids: number[]) => boolean][] = [
  [{ program_number: 2 }, (pids) => pids.join() === [0, 0x200, 0x201, 0x202].join()],
  [{ pid_map: { "257": 4_097 } }, (pids) => pids.includes(4_097) && !pids.includes(257)],
  [{ program_number: 1, pid_overrides: { "1": { pmt_pid: 48 } } }, (pids) => pids.includes(48) && !pids.includes(0x100)],
  [{ cbr_pad_to_kbps: 50_000 }, (pids) => pids.includes(NULL_PID)],
  [{ program_number: 3, cbr_pad_to_kbps: 20_000, delay: { mode: "fixed", ms: 20 } }, (pids) => pids.includes(NULL_PID)],
];

for (const [config, isRight] of CASES) {
  test(`two legs with ${JSON.stringify(config)} carry the same packets, numbers and time stamps`, async (t) => {
    const [red, blue] = [await Peer.open(t), await Peer.open(t)];
    await stage.run();
    await stage.run({
      inputs: [{ id: "in", kind: "rtp", config: { bind_addr: "127.0.0.1:0" } }],
      outputs: [{ id: "out", kind: "rtp", config: { dest_addr: red.address, redundancy: { dest_addr: blue.address }, ...config } }],
    });
    const mux = new Mux({ programs: threePrograms(), nulls: 0 }, 1);
    const sender = await Peer.open(t);
    for (let n = 0; n < UNITS; n++) {
      await sender.send([rtpPacket(n, { payload: mux.packets(7) })], stage.address("in"));
      if (n % 5 === 0) {
        // No more at once than a socket has room for.
        await sleep(2);
      }
    }
    for (const leg of [red, blue]) {
      await until(() => isRight(pidsOf(leg.received)) && leg.received.length > LEAST, "each leg has what was asked for");
    }

    // A busy machine may keep some from either receiver.
    const byNumber = new Map(red.received.map((packet) => [sequenceNumber(packet, 0), packet]));
    const both = blue.received.filter((packet) => byNumber.has(sequenceNumber(packet, 0)));
    assert.ok(both.length > LEAST / 2, `${both.length} packets came by both`);
    for (const packet of both) {
      assert.deepEqual(packet, byNumber.get(sequenceNumber(packet, 0)));
    }
  });
}
