import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { splitAddress } from "@bilbycast/foundation/address";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { difference } from "@bilbycast/testkit/peers";
import { LossyProxy, RealGroup } from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";

const COUNT = 800;
const CUT = 400;
const LATENCY = 400;
const WEIGHTS = [10, 5];
const PASSPHRASE = "a passphrase of some length";
const units = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const sent = Buffer.concat(units);
const settings = { receiveLatencyMs: LATENCY, peerLatencyMs: LATENCY, passphrase: encodeUtf8(PASSPHRASE), payloadSize: 1_456 };
const fields = { latency_ms: LATENCY, passphrase: PASSPHRASE };

const portOf = (address: string): number => splitAddress(address)?.port ?? 0;

const paths = async (t: TestContext, target: number): Promise<readonly LossyProxy[]> => {
  const both = [await LossyProxy.open(target, 1, { delay: 5_000 }), await LossyProxy.open(target, 2, { delay: 15_000 })];
  t.after(() => both.forEach((path) => path.close()));
  return both;
};

const cut = (path: LossyProxy | undefined): void => {
  assert.ok(path !== undefined);
  path.there.properties.loss = 1;
  path.back.properties.loss = 1;
};

describe("on a lane", () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.start("auto");
  });
  after(() => stage.stop());

  for (const mode of ["broadcast", "backup"] as const) {
    test(`an output calls by two links, ${mode}, encrypted, and one dies: the other side has it byte for byte`, async (t) => {
      await stage.run();
      const memory = await stage.memory();
      const receiver = await RealGroup.open("receive", { mode, settings });
      t.after(() => receiver.close());
      const both = await paths(t, receiver.port);
      const endpoints = both.map(({ port }, i) => ({ addr: `127.0.0.1:${port}`, weight: WEIGHTS[i] }));
      await stage.run({
        inputs: [{ id: "in", kind: "udp", config: { bind_addr: "127.0.0.1:0" } }],
        outputs: [{ id: "out", kind: "srt", config: { mode: "caller", bonding: { mode, endpoints }, ...fields } }],
      });
      await until(() => receiver.connected === 2, "both links");
      await sleep(LATENCY);

      const peer = await Peer.open(t);
      for (let n = 0; n < COUNT; n += 4) {
        if (n === CUT) {
          cut(both[0]);
        }
        await peer.send(units.slice(n, n + 4), stage.address("in"));
        await sleep(8);
      }
      await until(() => receiver.units.length >= COUNT, "all units");

      assert.equal(difference(receiver.bytes(), sent), undefined);
      assert.equal(receiver.receiveMeters.tooLate.value, 0);
      assert.ok(stage.count("out", "link2Packets") > COUNT - CUT - 100);
      assert.equal(stage.count("out", "unconnectedDropped"), 0);
      assert.ok(stage.events.some(({ code, details }) => code === "srt_connected" && details?.["link"] === 2));
      assert.ok(mode === "broadcast" || stage.codes().includes("srt_link_active"));
      await stage.run();
      assert.equal(await stage.memory(), memory);
    });

    test(`an input listens for links, ${mode}, encrypted, and one dies: it has all byte for byte`, async (t) => {
      await stage.run();
      const memory = await stage.memory();
      const sink = await Peer.open(t);
      await stage.run({
        inputs: [{ id: "in", kind: "srt", config: { mode: "listener", local_addr: "127.0.0.1:0", bonding: { mode }, ...fields } }],
        outputs: [{ id: "out", kind: "udp", config: { dest_addr: sink.address } }],
      });
      const both = await paths(t, portOf(stage.address("in")));
      const sender = await RealGroup.open("send", { mode, call: both.map(({ port }) => port), weights: WEIGHTS, settings });
      t.after(() => sender.close());
      await until(() => sender.connected === 2, "both links");
      await sleep(LATENCY);

      for (let n = 0; n < COUNT; n += 4) {
        if (n === CUT) {
          cut(both[0]);
        }
        units.slice(n, n + 4).forEach((unit) => sender.send(unit));
        await sleep(8);
      }
      await until(() => sink.received.length >= COUNT, "all units");

      assert.equal(difference(Buffer.concat(sink.received), sent), undefined);
      assert.equal(stage.count("in", "dataReceivedUnique"), COUNT);
      assert.equal(stage.count("in", "packetsTooLate"), 0);
      await stage.run();
      assert.equal(await stage.memory(), memory);
    });
  }

  test("an input that calls by two links takes one stream from two addresses where an output listens", async (t) => {
    await stage.run();
    const sender = await RealGroup.open("send", { mode: "broadcast", settings });
    t.after(() => sender.close());
    const both = await paths(t, sender.port);
    const endpoints = both.map(({ port }) => ({ addr: `127.0.0.1:${port}`, local_addr: "127.0.0.1:0" }));
    const sink = await Peer.open(t);
    await stage.run({
      inputs: [{ id: "in", kind: "srt", config: { mode: "caller", bonding: { mode: "broadcast", endpoints }, ...fields } }],
      outputs: [{ id: "out", kind: "udp", config: { dest_addr: sink.address } }],
    });
    await until(() => sender.connected === 2, "both links");
    await sleep(200);
    for (let n = 0; n < COUNT; n += 4) {
      units.slice(n, n + 4).forEach((unit) => sender.send(unit));
      await sleep(4);
    }
    await until(() => sink.received.length >= COUNT, "all units");
    assert.equal(difference(Buffer.concat(sink.received), sent), undefined);
    assert.deepEqual([stage.count("in", "link1State"), stage.count("in", "link2State")], [3, 3]);
  });
});
