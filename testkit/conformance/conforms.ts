import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import type { BackendName } from "@bilbycast/engine/io";
import { tsUnit } from "@bilbycast/testkit/streams";
import { Peer, Stage, until, type Half } from "./stage.ts";

/** An input, as the suite needs to know it. */
export type InputCase = {
  kind: string;
  /** The fields that are needed to listen on an address. */
  listenOn: (address: string) => Record<string, unknown>;
  /** The n-th datagram of a good stream. */
  datagram: (n: number) => Uint8Array;
  /** Datagrams that are no stream. */
  rubbish: readonly Uint8Array[];
  /** The declared fault of an address that is taken. */
  clash: string;
};

/** An output, as the suite needs to know it. */
export type OutputCase = {
  kind: string;
  sendTo: (peer: string, from?: string) => Record<string, unknown>;
  /** Fields that make it refuse to open, and the fault that says so. */
  refusal: Record<string, unknown>;
  clash: string;
};

const FREE = "127.0.0.1:0";
/** Bytes of 7 TS packets. */
const UNIT = 1_316;
/** Any transport's input feeds an output; this one needs least. */
const FEED = "udp";

type Backends = readonly BackendName[];

/** What every input that receives datagrams promises, on each backend. */
export const conformingInput = (input: InputCase, backends: Backends): void => {
  onEach(backends, `${input.kind} input`, (stage) => {
    const half = (address: string, id = "in"): Half => ({ id, kind: input.kind, config: input.listenOn(address) });
    test("opens, says where it listens, counts what it gets and passes it on", async (t) => {
      await stage().run({ inputs: [half(FREE)] });
      await (await Peer.open(t)).send(some(input, 50), stage().address("in"));
      await until(() => stage().count("in", "unitsPublished") >= 50, "every unit is on the bus");
      assert.equal(stage().count("in", "packetsReceived"), 50);
      assert.equal(stage().count("in", "bytesReceived"), 50 * input.datagram(0).length);
    });

    test("refuses an address that another program holds with its fault, and leaves nothing", (t) => refusesAClash(t, stage(), input, half));

    test("closes leaving neither port nor memory", async (t) => {
      await stage().run();
      const memory = await stage().memory();
      await stage().run({ inputs: [half(FREE)] });
      const address = stage().address("in");
      await (await Peer.open(t)).send(some(input, 5), address);
      await stage().run();
      assert.equal(await stage().memory(), memory);
      await isFree(t, address);
    });

    test("survives rubbish and goes on", async (t) => {
      await stage().run({ inputs: [half(FREE)] });
      const peer = await Peer.open(t);
      await peer.send(input.rubbish, stage().address("in"));
      await until(() => stage().count("in", "packetsReceived") === input.rubbish.length, "rubbish is received");
      const before = stage().count("in", "unitsPublished");
      await peer.send(some(input, 20), stage().address("in"));
      await until(() => stage().count("in", "unitsPublished") >= before + 20, "what is good still passes");
      assert.equal(stage().codes().includes("flow_died"), false);
    });

    test("is blocked over its flow's bandwidth limit, counted, and passes again when the rate is normal", (t) =>
      keepsTheLimit(t, stage(), input, half));
  });
};

/** What every output that sends datagrams promises, on each backend. */
export const conformingOutput = (output: OutputCase, backends: Backends): void => {
  onEach(backends, `${output.kind} output`, (stage) => {
    const feed: Half = { id: "in", kind: FEED, config: { bind_addr: FREE } };
    const half = (peer: string, from?: string): Half => ({ id: "out", kind: output.kind, config: output.sendTo(peer, from) });

    test("sends each unit once and in order, and counts it", async (t) => {
      const peer = await Peer.open(t);
      await stage().run({ inputs: [feed], outputs: [half(peer.address)] });
      const sender = await Peer.open(t);
      // A few at a time: the receiver's socket is no larger than the system likes.
      for (let n = 0; n < 100; n += 10) {
        await sender.send(
          Array.from({ length: 10 }, (_, i) => tsUnit(n + i)),
          stage().address("in"),
        );
        await until(() => peer.received.length === n + 10, "every unit arrives");
      }
      assert.ok(peer.received.every((datagram, n) => Buffer.compare(datagram.subarray(-UNIT), tsUnit(n)) === 0));
      assert.equal(stage().count("out", "packetsSent"), 100);
      assert.equal(
        stage().count("out", "bytesSent"),
        peer.received.reduce((sum, { length }) => sum + length, 0),
      );
    });

    test("refuses what it cannot have with its fault, and what ran runs on", async (t) => {
      const peer = await Peer.open(t);
      await stage().run({ inputs: [feed], outputs: [half(peer.address)] });
      const memory = await stage().memory();
      const taken = await Peer.open(t);
      const second = { ...half(peer.address, taken.address), id: "second" };
      for (const refused of [second, { ...second, config: { ...output.sendTo(peer.address), ...output.refusal } }]) {
        await assert.rejects(stage().run({ inputs: [feed], outputs: [half(peer.address), refused] }), { code: output.clash });
      }
      assert.equal(stage().engine.snapshot().flows[0]?.outputs.length, 1);
      assert.equal(await stage().memory(), memory);
      await (await Peer.open(t)).send([tsUnit(1)], stage().address("in"));
      await until(() => peer.received.length === 1, "the first output goes on");
    });

    test("closes leaving neither port nor memory, and without a receiver nothing ends", async (t) => {
      await stage().run();
      const memory = await stage().memory();
      const nobody = await Peer.open(t);
      const to = nobody.address;
      nobody.close();
      const spare = await Peer.open(t);
      const from = spare.address;
      spare.close();
      await stage().run({ inputs: [feed], outputs: [half(to, from)] });
      await (await Peer.open(t)).send([tsUnit(1), tsUnit(2), tsUnit(3)], stage().address("in"));
      await until(() => stage().count("in", "unitsPublished") === 3, "units are on the bus");
      await stage().run();
      assert.equal(await stage().memory(), memory);
      await isFree(t, from);
    });
  });
};

const onEach = (backends: Backends, name: string, promises: (stage: () => Stage) => void): void => {
  for (const backend of backends) {
    describe(`${name} on ${backend}`, () => {
      let stage: Stage | undefined;
      before(async () => {
        stage = await Stage.start(backend);
      });
      after(() => stage?.stop());
      promises(() => stage ?? assert.fail("the stage is set"));
    });
  }
};

const refusesAClash = async (
  t: TestContext,
  stage: Stage,
  input: InputCase,
  half: (address: string, id?: string) => Half,
): Promise<void> => {
  await stage.run();
  const memory = await stage.memory();
  const holder = await Peer.open(t);
  await assert.rejects(stage.run({ inputs: [half(holder.address)] }), { code: input.clash });
  assert.deepEqual(stage.engine.snapshot().flows, []);
  assert.equal(await stage.memory(), memory);
  await stage.run({ inputs: [half(FREE)] });
  await assert.rejects(stage.run({ inputs: [half(FREE), half(holder.address, "second")] }), { code: input.clash });
  assert.deepEqual(
    stage.engine.snapshot().flows[0]?.inputs.map(({ id }) => id),
    ["in"],
  );
  await stage.run();
};

const keepsTheLimit = async (t: TestContext, stage: Stage, input: InputCase, half: (address: string) => Half): Promise<void> => {
  await stage.run();
  stage.events.length = 0;
  // A datagram in a second is ten times the limit.
  await stage.run({ inputs: [half(FREE)], bandwidth: { maxBitrate: 1_000, action: "block", graceUs: 1e6 } });
  const peer = await Peer.open(t);
  let n = 0;
  const timer = setInterval(() => void peer.send([input.datagram(n++)], stage.address("in")), 50);
  await until(() => stage.engine.snapshot().flows[0]?.bandwidth === "blocked", "the flow is blocked");
  const passed = stage.count("in", "unitsPublished");
  await until(() => stage.count("in", "packetsFiltered") >= 10, "what is blocked is counted as filtered");
  clearInterval(timer);
  assert.equal(stage.count("in", "unitsPublished"), passed);
  await until(() => stage.engine.snapshot().flows[0]?.bandwidth === "normal", "the flow is normal again");
  await peer.send([input.datagram(n), input.datagram(n + 1), input.datagram(n + 2)], stage.address("in"));
  await until(() => stage.count("in", "unitsPublished") > passed, "what comes now passes");
  assert.deepEqual(
    stage.codes().filter((code) => code.startsWith("bandwidth_")),
    ["bandwidth_blocked", "bandwidth_normal"],
  );
};

/** Fails unless another program can have the address. */
const isFree = async (t: TestContext, address: string): Promise<void> => {
  const [host = "", port = "0"] = address.split(":");
  for (let attempt = 0; ; attempt++) {
    try {
      await Peer.open(t, host, Number(port));
      return;
    } catch (error) {
      // The runtime's own sockets close a moment after they are told to.
      assert.ok(attempt < 100, `${address} is still taken: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

const some = (input: InputCase, count: number): Uint8Array[] => Array.from({ length: count }, (_, n) => input.datagram(n));
