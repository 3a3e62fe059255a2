import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { inputContext, outputContext } from "@bilbycast/testkit/lane-context";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { freePorts } from "@bilbycast/testkit/peers";
import { seeded } from "@bilbycast/testkit/random";
import { rtpPacket } from "@bilbycast/testkit/streams";
import { declaration } from "./declaration.ts";
import { openInput } from "./input.ts";
import { openOutput } from "./output.ts";

let stage: Stage;
before(async () => {
  stage = await Stage.start("auto");
});
after(() => stage.stop());

const input = (config: Record<string, unknown>) => ({ id: "in", kind: "rtp", config });
const output = (config: Record<string, unknown>) => ({ id: "out", kind: "rtp", config });

const packets = (from: number, end: number, step = 1): Uint8Array[] => {
  const all: Uint8Array[] = [];
  for (let n = from; n < end; n += step) {
    all.push(rtpPacket(n));
  }
  return all;
};

const counters = (id: string, ...names: string[]): number[] => names.map((name) => stage.count(id, name));

test("what one leg loses comes by the other, each packet once, and every copy is counted", async (t) => {
  const port = await freePorts(2);
  await stage.run();
  await stage.run({
    inputs: [input({ bind_addr: `127.0.0.1:${port}`, redundancy: { bind_addr: `127.0.0.1:${port + 1}`, path_differential_ms: 100 } })],
  });
  assert.equal(stage.address("in"), `127.0.0.1:${port}`);
  const peer = await Peer.open(t);
  await peer.send([rtpPacket(0)], `127.0.0.1:${port}`);
  await until(() => stage.count("in", "leg1Up") === 1, "the first leg is up");
  await peer.send(packets(1, 100, 2), `127.0.0.1:${port}`);
  await peer.send(packets(0, 100), `127.0.0.1:${port + 1}`);

  await until(() => stage.count("in", "unitsPublished") === 100, "every packet is passed on once");
  assert.deepEqual(counters("in", "leg1PacketsReceived", "leg2PacketsReceived", "leg1PacketsForwarded"), [51, 100, 51]);
  assert.deepEqual(counters("in", "leg2PacketsForwarded", "leg2PacketsDuplicate", "packetsLost"), [49, 51, 0]);
  assert.deepEqual(counters("in", "leg1Open", "leg2Open", "leg2Up"), [1, 1, 1]);
  assert.equal(stage.count("in", "leg2BytesReceived"), 100 * rtpPacket(0).length);
});

test("a path differential holds every packet so long, and without one it passes at once", async (t) => {
  const port = await freePorts(2);
  for (const [redundancy, waits] of [
    [{ path_differential_ms: 300 }, true],
    [{}, false],
  ] as const) {
    await stage.run();
    const legs = { bind_addr: `127.0.0.1:${port}`, redundancy: { bind_addr: `127.0.0.1:${port + 1}`, ...redundancy } };
    await stage.run({ inputs: [input(legs)] });
    const peer = await Peer.open(t);
    const began = performance.now();
    await peer.send([rtpPacket(1)], `127.0.0.1:${port + 1}`);
    await until(() => stage.count("in", "unitsPublished") === 1, "the packet is passed on");
    assert.ok(!waits || performance.now() - began >= 300, "it waited");
  }
});

test("the interface of each leg is the only address that it listens on, and the filter stands before both", async (t) => {
  await stage.run();
  const port = await freePorts(1);
  const first = { bind_addr: `0.0.0.0:${port}`, interface_addr: "127.0.0.2", allowed_sources: ["127.0.0.5"] };
  await stage.run({ inputs: [input({ ...first, redundancy: { bind_addr: `127.0.0.3:${port}`, interface_addr: "127.0.0.3" } })] });
  const peer = await Peer.open(t, "127.0.0.5");
  const stranger = await Peer.open(t, "127.0.0.6");
  await peer.send(packets(0, 5), `127.0.0.1:${port}`);
  await stranger.send(packets(900, 903), `127.0.0.2:${port}`);
  await stranger.send(packets(900, 904), `127.0.0.3:${port}`);
  await peer.send(packets(10, 13), `127.0.0.2:${port}`);
  await until(() => stage.count("in", "unitsPublished") === 3, "what the first leg brings is passed on");
  await peer.send(packets(13, 15), `127.0.0.3:${port}`);
  await until(() => stage.count("in", "unitsPublished") === 5, "what the second leg brings is passed on");
  assert.deepEqual(counters("in", "leg1PacketsReceived", "leg2PacketsReceived", "sourcesRefused"), [3, 2, 7]);
});

test("the second leg asks for its group from its own sender", () => {
  const { context, opened } = inputContext(declaration, new HeapMemory());
  const config = declaration.input.parse({
    bind_addr: "232.1.1.1:5000",
    source_addr: "10.0.0.1",
    redundancy: { bind_addr: "232.1.1.2:5000", interface_addr: "10.2.0.9", source_addr: "10.2.0.1" },
  });
  const running = openInput(config, context);
  const asked = opened.map(({ options }) => [options.bind, options.interface, options.source]);
  assert.deepEqual(asked, [
    ["232.1.1.1:5000", undefined, "10.0.0.1"],
    ["232.1.1.2:5000", "10.2.0.9", "10.2.0.1"],
  ]);
  running.close();
});

test("both legs carry the same bytes, from where each is told, and each is counted", async (t) => {
  const [red, blue] = [await Peer.open(t), await Peer.open(t)];
  const port = await freePorts(1);
  await stage.run();
  await stage.run({
    inputs: [input({ bind_addr: "127.0.0.1:0" })],
    outputs: [
      output({
        dest_addr: red.address,
        redundancy: { dest_addr: blue.address, bind_addr: `0.0.0.0:${port}`, interface_addr: "127.0.0.9" },
      }),
    ],
  });
  await (await Peer.open(t)).send(packets(0, 50), stage.address("in"));
  await until(() => red.received.length === 50 && blue.received.length === 50, "both receivers have everything");

  assert.deepEqual(blue.received, red.received);
  assert.equal(blue.from, `127.0.0.9:${port}`);
  assert.notEqual(red.from, blue.from);
  assert.deepEqual(counters("out", "packetsSent", "leg1PacketsSent", "leg2PacketsSent"), [100, 50, 50]);
  assert.equal(stage.count("out", "leg2BytesSent"), 50 * rtpPacket(0).length);
  assert.deepEqual(counters("out", "leg1Open", "leg2Open", "leg1PacketsDropped", "leg2PacketsDropped"), [1, 1, 0, 0]);
});

test("each leg has the code point that it was given, the second that of the first when none was", () => {
  const codePoints = (redundancy: Record<string, unknown>): number[] => {
    const { context, opened } = outputContext(declaration, new HeapMemory(), seeded(1));
    openOutput(
      declaration.output.parse({ dest_addr: "10.0.0.1:5000", dscp: 10, redundancy: { dest_addr: "10.0.1.1:5000", ...redundancy } }),
      context,
    );
    return opened.map(({ options }) => options.dscp);
  };
  assert.deepEqual(codePoints({ dscp: 34 }), [10, 34]);
  assert.deepEqual(codePoints({}), [10, 10]);
});

for (const backend of ["koffi", "dgram"] as const) {
  test(`${backend}: a leg that cannot be opened is tried again while the other one runs, and both together are refused`, async (t) => {
    const own = await Stage.start(backend);
    t.after(() => own.stop());
    const taken = await Peer.open(t);
    const free = await freePorts(1);
    const receiver = await Peer.open(t);
    await own.run({
      inputs: [input({ bind_addr: taken.address, redundancy: { bind_addr: `127.0.0.1:${free}` } })],
      outputs: [output({ dest_addr: receiver.address, redundancy: { dest_addr: receiver.address, bind_addr: taken.address } })],
    });
    const opened = () => [
      own.count("in", "leg1Open"),
      own.count("in", "leg2Open"),
      own.count("out", "leg1Open"),
      own.count("out", "leg2Open"),
    ];
    assert.deepEqual(opened(), [0, 1, 1, 0]);
    assert.equal(own.part("in").state, "running");
    const peer = await Peer.open(t);
    await peer.send(packets(0, 10), `127.0.0.1:${free}`);
    await until(() => receiver.received.length === 10, "the legs that are open carry the stream");

    const address = taken.address;
    taken.close();
    await until(() => own.count("in", "leg1Open") + own.count("out", "leg2Open") > 0, "a leg is opened when its port is free");
    await peer.send(packets(10, 20), own.count("in", "leg1Open") === 1 ? address : `127.0.0.1:${free}`);
    await until(() => own.count("in", "unitsPublished") === 20, "it carries the stream too");

    const [red, blue] = [await Peer.open(t), await Peer.open(t)];
    await own.run();
    const neither = own.run({ inputs: [input({ bind_addr: red.address, redundancy: { bind_addr: blue.address } })] });
    await assert.rejects(neither, { code: "rtp_bind_failed" });
  });
}

test("a second leg is checked against the first by its field", () => {
  const wrong = (config: Record<string, unknown>) => {
    const parsed = declaration.input.parse({ bind_addr: "10.0.0.1:5000", ...config });
    return declaration.checkInput(parsed).map(({ path }) => path.join("."));
  };
  assert.deepEqual(wrong({ redundancy: { bind_addr: "10.0.0.1:5002" } }), []);
  assert.deepEqual(wrong({ redundancy: { bind_addr: "10.0.1.1:5000" } }), []);
  assert.deepEqual(wrong({ redundancy: { bind_addr: "10.0.0.1:5000" } }), ["redundancy.bind_addr"]);
  assert.deepEqual(wrong({ redundancy: { bind_addr: "0.0.0.0:5000" } }), ["redundancy.bind_addr"]);
  assert.deepEqual(wrong({ redundancy: { bind_addr: "[::1]:5002" } }), ["redundancy.bind_addr"]);
  assert.deepEqual(wrong({ redundancy: { bind_addr: "10.0.0.1:5002", source_addr: "10.0.0.9" } }), ["redundancy.source_addr"]);
  const group = { bind_addr: "239.1.1.1:5000", interface_addr: "10.0.0.1" };
  assert.deepEqual(wrong({ ...group, redundancy: group }), ["redundancy.bind_addr"]);
  assert.deepEqual(wrong({ ...group, redundancy: { ...group, interface_addr: "10.1.0.1" } }), []);
  for (const path_differential_ms of [4, 2_001, 10.5]) {
    const { error } = declaration.input.safeParse({
      bind_addr: "10.0.0.1:5000",
      redundancy: { bind_addr: "10.0.0.1:5002", path_differential_ms },
    });
    assert.deepEqual(
      error?.issues.map(({ path }) => path.join(".")),
      ["redundancy.path_differential_ms"],
    );
  }
});

test("both legs of an output go different ways and carry the flow as it is", () => {
  const wrong = (config: Record<string, unknown>) => {
    const parsed = declaration.output.parse({ dest_addr: "10.0.0.1:5000", ...config });
    return declaration.checkOutput(parsed).map(({ path }) => path.join("."));
  };
  assert.deepEqual(wrong({ redundancy: { dest_addr: "10.0.1.1:5000" } }), []);
  assert.deepEqual(wrong({ redundancy: { dest_addr: "10.0.0.1:5000" } }), ["redundancy.dest_addr"]);
  assert.deepEqual(wrong({ redundancy: { dest_addr: "10.0.0.1:5000", interface_addr: "10.9.0.1" } }), []);
  assert.deepEqual(wrong({ redundancy: { dest_addr: "[::1]:5000" } }), ["redundancy.dest_addr"]);
  assert.deepEqual(wrong({ redundancy: { dest_addr: "0.0.0.0:5000" } }), ["redundancy.dest_addr"]);
  assert.deepEqual(wrong({ bind_addr: "10.0.0.2:6000", redundancy: { dest_addr: "10.0.0.3:5000", bind_addr: "10.0.0.2:6000" } }), [
    "redundancy.bind_addr",
  ]);
});

test("the ports of both legs are claimed", () => {
  const claims = declaration.claimsInput({ bind_addr: "10.0.0.1:5000", redundancy: { bind_addr: "10.0.0.1:5002" } });
  assert.deepEqual(claims, [
    { protocol: "udp", address: "10.0.0.1:5000" },
    { protocol: "udp", address: "10.0.0.1:5002", field: "redundancy.bind_addr" },
  ]);
});
