import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { ByteSink, difference, freePorts } from "@bilbycast/testkit/peers";
import { LossyProxy } from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";

let near: Stage;
let far: Stage;
before(async () => {
  [near, far] = await Promise.all([Stage.start("auto"), Stage.start("auto")]);
});
after(() => Promise.all([near.stop(), far.stop()]));

const local = (port: number): string => `127.0.0.1:${port}`;
const udpIn = { id: "in", kind: "udp", config: { bind_addr: "127.0.0.1:0" } };
const PATIENCE = { peer_idle_timeout_secs: 2, connect_timeout_secs: 1 };

const sinkOf = async (t: TestContext): Promise<ByteSink> => {
  const sink = await ByteSink.open();
  t.after(() => sink.close());
  return sink;
};

/** Sends a unit each millisecond or so, until it is stopped; resolves with how many there were. */
const feed = (peer: Peer, to: string): { stop: () => Promise<number> } => {
  let isOver = false;
  const run = async (): Promise<number> => {
    const began = performance.now();
    let sent = 0;
    while (!isOver) {
      for (const due = performance.now() - began; sent < due; sent++) {
        await peer.send([tsUnit(sent)], to);
      }
      await sleep(2);
    }
    return sent;
  };
  const running = run();
  return {
    stop: () => {
      isOver = true;
      return running;
    },
  };
};

const pathTo = async (t: TestContext, port: number, seed: number): Promise<LossyProxy> => {
  const proxy = await LossyProxy.open(port, seed, { delay: seed * 10_000 });
  t.after(() => proxy.close());
  return proxy;
};

const cut = (path: LossyProxy, loss: number): void => {
  path.there.properties.loss = loss;
  path.back.properties.loss = loss;
};

test("edge to edge over a caller and a listener, each encrypted its own way: either leg is killed, and every byte comes out once and in order", async (t) => {
  await Promise.all([near.run(), far.run()]);
  const port = await freePorts(2);
  const [red, blue] = [await pathTo(t, port, 1), await pathTo(t, port + 1, 3)];
  // What went onto the bus: a socket of a busy machine may lose before that.
  const [direct, sink] = [await sinkOf(t), await sinkOf(t)];
  const first = { ...PATIENCE, passphrase: "first passphrase", aes_key_len: 16, stream_id: "first", latency_ms: 600 };
  const second = { ...PATIENCE, passphrase: "second passphrase", aes_key_len: 32, crypto_mode: "aes-gcm", latency_ms: 800 };
  await far.run({
    inputs: [
      {
        id: "in",
        kind: "srt",
        config: {
          mode: "listener",
          local_addr: local(port),
          ...first,
          redundancy: { mode: "caller", remote_addr: local(blue.port), ...second },
        },
      },
    ],
    outputs: [{ id: "out", kind: "udp", config: { dest_addr: local(sink.port), trains: false } }],
  });
  await near.run({
    inputs: [udpIn],
    outputs: [
      {
        id: "out",
        kind: "srt",
        config: {
          mode: "caller",
          remote_addr: local(red.port),
          ...first,
          redundancy: { mode: "listener", local_addr: local(port + 1), ...second },
        },
      },
      { id: "direct", kind: "udp", config: { dest_addr: local(direct.port), trains: false } },
    ],
  });
  const areConnected = (): boolean => near.count("out", "connectionsOpen") === 1 && near.count("out", "srtLeg2ConnectionsOpen") === 1;
  await until(areConnected, "both legs are connected");
  const source = feed(await Peer.open(t), near.address("in"));
  for (const [path, dead, alive] of [
    [red, "leg1Up", "leg2Up"],
    [blue, "leg2Up", "leg1Up"],
  ] as const) {
    await until(() => far.count("in", dead) === 1 && far.count("in", alive) === 1 && areConnected(), "both legs carry the stream");
    await sleep(1_200);
    cut(path, 1);
    await until(() => far.count("in", dead) === 0 && !areConnected(), "the leg is dead");
    cut(path, 0);
  }
  await until(() => far.count("in", "leg1Up") === 1 && far.count("in", "leg2Up") === 1, "both legs are back");
  await sleep(1_200);
  const fed = await source.stop();
  await direct.settle(tsUnit(0).length * fed);
  await sink.settle(direct.size);

  const sent = direct.datagrams.length;
  assert.ok(sent > 5_000);
  assert.equal(difference(sink.bytes(), direct.bytes()), undefined);
  assert.deepEqual([far.count("in", "packetsLost"), far.count("in", "sourceResets"), far.count("in", "packetsFiltered")], [0, 0, 0]);
  assert.ok(far.count("in", "leg1PacketsReceived") < sent && far.count("in", "leg2PacketsReceived") < sent);
  assert.ok(far.count("in", "redundancySwitches") > 0);
  assert.equal(near.count("out", "leg1PacketsDropped") + near.count("out", "leg2PacketsDropped"), 0);
  const legs = far.events.filter(({ code }) => code === "srt_connected").map(({ details }) => [details?.["leg"], details?.["encryption"]]);
  assert.ok(legs.some((leg) => leg.join() === "1,128") && legs.some((leg) => leg.join() === "2,256"), JSON.stringify(legs));
});

test("two senders of plain TS have no numbers in common: one is used until it is silent for a second, and that is told", async (t) => {
  await Promise.all([near.run(), far.run()]);
  const port = await freePorts(2);
  const sink = await sinkOf(t);
  const callers = (ports: readonly number[]) =>
    ports.map((to) => ({ id: `out${to - port}`, kind: "srt", config: { mode: "caller", remote_addr: local(to), ...PATIENCE } }));
  await far.run({
    inputs: [
      {
        id: "in",
        kind: "srt",
        config: { mode: "listener", local_addr: local(port), ...PATIENCE, redundancy: { mode: "listener", local_addr: local(port + 1) } },
      },
    ],
    outputs: [{ id: "out", kind: "udp", config: { dest_addr: local(sink.port), trains: false } }],
  });
  const before = far.codes().length;
  await near.run({ inputs: [udpIn], outputs: callers([port, port + 1]) });
  await until(
    () => near.count("out0", "connectionsOpen") === 1 && near.count("out1", "connectionsOpen") === 1,
    "both senders are connected",
  );
  const source = feed(await Peer.open(t), near.address("in"));
  await until(() => far.count("in", "leg1PacketsReceived") > 500 && far.count("in", "leg2PacketsReceived") > 500, "both senders bring TS");
  const isFirst = far.count("in", "leg1PacketsForwarded") > 0;
  const [active, standby] = isFirst ? (["leg1", "leg2"] as const) : (["leg2", "leg1"] as const);
  assert.equal(far.count("in", `${standby}PacketsForwarded`), 0);
  assert.equal(far.count("in", "redundancySwitches"), 0);

  await near.run({ inputs: [udpIn], outputs: callers([isFirst ? port + 1 : port]) });
  await until(() => far.count("in", `${standby}PacketsForwarded`) > 500, "the other one is used");
  await source.stop();
  await until(() => far.count("in", `${standby}Up`) === 0, "the other one is silent too");

  assert.equal(far.count("in", "redundancySwitches"), 1);
  assert.equal(far.count("in", `${active}Up`), 0);
  assert.equal(far.count("in", "failoverActive"), 1);
  const told = far.events.slice(before).filter(({ code }) => code.startsWith("redundancy"));
  assert.deepEqual(
    told.map(({ code, category, severity, inputId }) => [code, category, severity, inputId]),
    [["redundancy_failover_mode", "redundancy", "warning", "in"]],
  );
  // Each of the units that are there comes once, and in order.
  const marks = sink.datagrams.map((datagram) => datagram.readUInt32BE(4));
  assert.ok(marks.every((mark, i) => i === 0 || mark > (marks[i - 1] ?? 0)));
});
