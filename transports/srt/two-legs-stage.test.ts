import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { splitAddress } from "@bilbycast/foundation/address";
import { NULL_PID, PACKET_SIZE, pid as pidOf } from "@bilbycast/protocols/mpegts";
import { payloadType, sequenceNumber } from "@bilbycast/protocols/rtp";
import { Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { RealReceiver } from "@bilbycast/testkit/srt";
import { Mux, threePrograms } from "@bilbycast/testkit/streams";

const HEADER = 12;
const UNITS = 300;
const MP2T = 33;
const LEAST = 40;

let stage: Stage;
before(async () => {
  stage = await Stage.start("auto");
});
after(() => stage.stop());

const pidsOf = (payloads: readonly Uint8Array[]): number[] => {
  const found = new Set<number>();
  for (const payload of payloads) {
    for (let at = HEADER; at < payload.length; at += PACKET_SIZE) {
      found.add(pidOf(payload, at));
    }
  }
  return [...found].toSorted((a, b) => a - b);
};

const CASES: [config: Record<string, unknown>, isRight: (pids: number[]) => boolean][] = [
  [{}, (pids) => pids.includes(0x100) && pids.includes(0x302)],
  [{ program_number: 2 }, (pids) => pids.join() === [0, 0x200, 0x201, 0x202].join()],
  [{ pid_map: { "257": 4_097 } }, (pids) => pids.includes(4_097) && !pids.includes(257)],
  [{ program_number: 1, pid_overrides: { "1": { pmt_pid: 48 } } }, (pids) => pids.includes(48) && !pids.includes(0x100)],
  [{ cbr_pad_to_kbps: 50_000 }, (pids) => pids.includes(NULL_PID)],
];

for (const [config, isRight] of CASES) {
  test(`two legs with ${JSON.stringify(config)} carry the same RTP packets, to a listener and to a caller`, async (t) => {
    await stage.run();
    const settings = { receiveLatencyMs: 120, payloadSize: 1_456 };
    const red = await RealReceiver.open({ settings });
    const blue = await RealReceiver.open({ call: 0, settings });
    t.after(() => {
      red.close();
      blue.close();
    });
    const taken = await Peer.open(t);
    const port = splitAddress(taken.address)?.port ?? 0;
    taken.close();
    await stage.run({
      inputs: [{ id: "in", kind: "udp", config: { bind_addr: "127.0.0.1:0" } }],
      outputs: [
        {
          id: "out",
          kind: "srt",
          config: {
            mode: "caller",
            remote_addr: `127.0.0.1:${red.port}`,
            redundancy: { mode: "listener", local_addr: `127.0.0.1:${port}` },
            ...config,
          },
        },
      ],
    });
    blue.call(port);
    await until(() => [red, blue].every(({ side }) => side.said.includes("connected")), "both legs are connected");
    const mux = new Mux({ programs: threePrograms(), nulls: 0 }, 1);
    const sender = await Peer.open(t);
    for (let n = 0; n < UNITS; n++) {
      await sender.send([mux.packets(7)], stage.address("in"));
      if (n % 5 === 0) {
        // No more at once than a socket has room for.
        await sleep(2);
      }
    }
    for (const leg of [red, blue]) {
      await until(() => isRight(pidsOf(leg.units)) && leg.units.length > LEAST, "each leg has what was asked for");
    }

    assert.ok(red.units.every((payload) => payloadType(payload, 0) === MP2T));
    // A busy machine may keep some from either receiver.
    const byNumber = new Map(red.units.map((payload) => [sequenceNumber(payload, 0), payload]));
    const both = blue.units.filter((payload) => byNumber.has(sequenceNumber(payload, 0)));
    assert.ok(both.length > LEAST / 2, `${both.length} packets came by both`);
    for (const payload of both) {
      assert.deepEqual(payload, byNumber.get(sequenceNumber(payload, 0)));
    }
  });
}
