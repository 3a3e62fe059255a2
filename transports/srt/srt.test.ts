import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { splitAddress } from "@bilbycast/foundation/address";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { difference } from "@bilbycast/testkit/peers";
import { RealReceiver, RealSender } from "@bilbycast/testkit/srt";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { declaration } from "./declaration.ts";

const COUNT = 300;
const units = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const sent = Buffer.concat(units);
const PASSPHRASE = "a passphrase of some length";
const settings = { receiveLatencyMs: 200, peerLatencyMs: 200, passphrase: encodeUtf8(PASSPHRASE), payloadSize: 1_456 };
const fields = { latency_ms: 200, passphrase: PASSPHRASE };

const portOf = (address: string): number => splitAddress(address)?.port ?? 0;

for (const backend of ["koffi", "ffi", "dgram"] as const) {
  describe(`on the backend ${backend}`, () => {
    let stage: Stage;
    before(async () => {
      stage = await Stage.start(backend);
    });
    after(() => stage.stop());

    for (const mode of ["listener", "caller"] as const) {
      test(`a flow sends over SRT as ${mode}, encrypted, byte for byte, and says goodbye when it is closed`, async (t) => {
        await stage.run();
        const receiver = await RealReceiver.open(mode === "caller" ? { settings } : { call: 0, settings });
        t.after(() => receiver.close());
        const where = mode === "caller" ? { remote_addr: `127.0.0.1:${receiver.port}` } : { local_addr: "127.0.0.1:0" };
        await stage.run({
          inputs: [{ id: "in", kind: "udp", config: { bind_addr: "127.0.0.1:0" } }],
          outputs: [{ id: "out", kind: "srt", config: { mode, ...where, ...fields } }],
        });
        receiver.call(portOf(stage.address("out")));
        await until(() => receiver.side.said.includes("connected"), "a connection");

        const peer = await Peer.open(t);
        for (let n = 0; n < COUNT; n += 10) {
          await peer.send(units.slice(n, n + 10), stage.address("in"));
          await sleep(5);
        }
        await until(() => receiver.units.length >= COUNT, "all units");

        assert.equal(difference(receiver.bytes(), sent), undefined);
        assert.equal(stage.count("out", "dataSentUnique"), COUNT);
        assert.ok(stage.codes().includes("srt_connected"));
        await stage.run();
        await until(() => receiver.side.said.includes("disconnected shutdown"), "the goodbye");
      });

      test(`a flow receives over SRT as ${mode}, encrypted, plain TS and TS in RTP, byte for byte`, async (t) => {
        await stage.run();
        const memory = await stage.memory();
        const sender = await RealSender.open(mode === "caller" ? { settings } : { call: 0, settings });
        t.after(() => sender.close());
        const where = mode === "caller" ? { remote_addr: `127.0.0.1:${sender.port}` } : { local_addr: "127.0.0.1:0" };
        const sink = await Peer.open(t);
        await stage.run({
          inputs: [{ id: "in", kind: "srt", config: { mode, ...where, ...fields } }],
          outputs: [{ id: "out", kind: "udp", config: { dest_addr: sink.address } }],
        });
        sender.call(portOf(stage.address("in")));
        await until(() => sender.side.said.includes("connected"), "a connection");

        for (let n = 0; n < COUNT; n++) {
          sender.send(n % 2 === 0 ? tsUnit(n) : rtpPacket(n, { payload: tsUnit(n) }));
          if (n % 10 === 0) {
            await sleep(5);
          }
        }
        await until(() => sink.received.length >= COUNT, "all units");

        assert.equal(difference(Buffer.concat(sink.received), sent), undefined);
        assert.equal(stage.count("in", "dataReceivedUnique"), COUNT);
        assert.equal(stage.count("in", "rtpStripped"), COUNT / 2);
        await stage.run();
        assert.equal(await stage.memory(), memory);
      });
    }

    test("a wrong passphrase is an event, told once", async (t) => {
      await stage.run();
      const caller = await RealSender.open({ call: 0, settings: { passphrase: encodeUtf8("another one, as long") } });
      t.after(() => caller.close());
      const before = stage.codes().filter((code) => code === "srt_refused").length;
      await stage.run({ inputs: [{ id: "in", kind: "srt", config: { mode: "listener", local_addr: "127.0.0.1:0", ...fields } }] });
      caller.call(portOf(stage.address("in")));
      await until(() => stage.count("in", "handshakesRefused") >= 2, "two refusals");

      const refusals = stage.events.filter(({ code }) => code === "srt_refused");
      assert.equal(refusals.length, before + 1);
      assert.deepEqual(refusals.at(-1)?.details?.["reason"], "wrong_passphrase");
      assert.equal(refusals.at(-1)?.inputId, "in");
    });
  });
}

const problems = (config: Record<string, unknown>): string[] => {
  const parsed = declaration.output.safeParse(config);
  return parsed.success
    ? declaration.checkOutput(parsed.data).map(({ path }) => path.join("."))
    : parsed.error.issues.map(({ path }) => path.join("."));
};

const CASES: [config: Record<string, unknown>, fields: string[]][] = [
  [{ mode: "listener", local_addr: "0.0.0.0:9000" }, []],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000" }, []],
  [{ mode: "rendezvous", local_addr: "0.0.0.0:9000", remote_addr: "10.0.0.1:9000" }, []],
  [{ mode: "listener", local_addr: "0.0.0.0:9000", stream_id: "#!::r=studio/1,u=anna" }, []],
  [{ mode: "listener", local_addr: "0.0.0.0:9000", stream_id: "#!::r=studio/1,r=studio/2" }, ["stream_id"]],
  [{ mode: "server" }, ["mode"]],
  [{ mode: "listener" }, ["local_addr"]],
  [{ mode: "caller" }, ["remote_addr"]],
  [{ mode: "rendezvous", local_addr: "0.0.0.0:9000" }, ["remote_addr"]],
  [{ mode: "listener", local_addr: "0.0.0.0:9000", remote_addr: "10.0.0.1:1" }, ["remote_addr"]],
  [{ mode: "caller", local_addr: "10.0.0.1:9000", remote_addr: "10.0.0.1:9000" }, ["remote_addr"]],
  [{ mode: "caller", local_addr: "[::1]:9000", remote_addr: "10.0.0.1:9000" }, ["local_addr"]],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", passphrase: "short" }, ["passphrase"]],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", passphrase: "ü".repeat(40) }, ["passphrase"]],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", crypto_mode: "aes-gcm" }, []],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", passphrase: PASSPHRASE, crypto_mode: "aes-gcm", aes_key_len: 24 }, ["aes_key_len"]],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", packet_filter: "fec,cols:10,rows:-5,layout:even,arq:never" }, []],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", packet_filter: "raid,cols:10" }, ["packet_filter"]],
  [{ mode: "rendezvous", local_addr: "0.0.0.0:9000", remote_addr: "10.0.0.1:9000", packet_filter: "fec,cols:10" }, ["packet_filter"]],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", km_refresh_rate: 1_000, km_pre_announce: 500 }, ["km_pre_announce"]],
  [{ mode: "listener", local_addr: "0.0.0.0:9000", lanes: 16 }, []],
  [{ mode: "listener", local_addr: "0.0.0.0:9000", lanes: 17 }, ["lanes"]],
  [{ mode: "caller", remote_addr: "10.0.0.1:9000", lanes: 2 }, ["lanes"]],
  [{ mode: "listener", local_addr: "0.0.0.0:9000", lanes: 2, redundancy: { mode: "listener", local_addr: "0.0.0.0:9001" } }, ["lanes"]],
];

for (const [config, expected] of CASES) {
  test(`${JSON.stringify(config)}: ${expected.length === 0 ? "right" : `wrong at ${expected.join()}`}`, () => {
    assert.deepEqual(problems(config), expected);
  });
}

test("a listener claims its port, a caller without one none", () => {
  const parse = (config: Record<string, unknown>) => declaration.input.parse(config);
  assert.deepEqual(declaration.claimsInput(parse({ mode: "listener", local_addr: "0.0.0.0:9000" })), [
    { protocol: "udp", address: "0.0.0.0:9000" },
  ]);
  assert.deepEqual(declaration.claimsInput(parse({ mode: "caller", remote_addr: "10.0.0.1:9000" })), []);
});
