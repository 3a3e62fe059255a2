import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { difference, ffmpegConstantFile, ffmpegTwinSender, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { liveTransmitReceiver, liveTransmitSender } from "@bilbycast/testkit/srt";

const SECONDS = 4;
const HEADER = 12;
const LATENCY = 200;
/** For whole RTP packets; libsrt's own length is that of a unit. */
const more = { payloadsize: 1_456 };
const FIRST = { passphrase: "the-first-passphrase", keyLength: 16 };
const SECOND = { passphrase: "the-second-passphrase", keyLength: 32 };

const local = (port: number): string => `127.0.0.1:${port}`;
const field = ({ passphrase, keyLength }: typeof FIRST) => ({ latency_ms: LATENCY, passphrase, aes_key_len: keyLength });

/** Gives everything that comes to its port to two others, and keeps it. */
const fork = async (t: TestContext, targets: readonly number[]): Promise<{ port: number; packets: Buffer[] }> => {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 2 ** 20 });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const packets: Buffer[] = [];
  socket.on("message", (packet) => {
    packets.push(packet);
    targets.forEach((target) => socket.send(packet, target, "127.0.0.1"));
  });
  return { port: socket.address().port, packets };
};

type SrtStats = { state: string; rtt_ms: number };

test("two srt-live-transmit carry ffmpeg's RTP to an edge, to a listener and from one, one of them is killed: no byte is missing", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const ports = await freePorts(4);
  const out = await stage.sink();
  const edge = await stage.edge([
    {
      id: "f",
      input: {
        type: "srt",
        mode: "listener",
        local_addr: local(ports),
        ...field(FIRST),
        redundancy: { mode: "caller", remote_addr: local(ports + 1), ...field(SECOND) },
      },
      outputs: [{ type: "udp", dest_addr: local(out.port) }],
    },
  ]);
  const red = stage.keep(liveTransmitSender(ports + 2, { port: ports, mode: "caller", latencyMs: LATENCY, secret: FIRST, more }));
  stage.keep(liveTransmitSender(ports + 3, { port: ports + 1, mode: "listener", latencyMs: LATENCY, secret: SECOND, more }));
  const states = async (): Promise<string[]> => {
    const { input } = await edge.stats("f");
    return [input["srt_stats"], input["srt_leg2_stats"]].map((stats) => (stats as SrtStats).state);
  };
  await waitFor("both legs to connect", async () => ((await states()).join() === "connected,connected" ? true : undefined));

  const source = await fork(t, [ports + 2, ports + 3]);
  const sender = stage.keep(ffmpegTwinSender(stage.path("in.ts"), `rtp://${local(source.port)}`, stage.path("copy.ts")));
  await waitFor(
    "the first leg to bring something",
    async () => (Number((await edge.stats("f")).input["leg1_packets_received"]) > 500 ? true : undefined),
    20,
  );
  await red.stop();
  assert.equal(await sender.exited, 0, sender.output());
  await sleep(4 * LATENCY);

  const { input, network_legs, ...flow } = await edge.stats("f");
  const legs = network_legs as Record<"red" | "blue", Record<string, number>>;
  const whole = source.packets.length;
  assert.ok((legs.red["packets_received"] ?? 0) > 400 && (legs.red["packets_received"] ?? 0) < whole, JSON.stringify(legs));
  assert.equal((legs.red["packets_forwarded"] ?? 0) + (legs.blue["packets_forwarded"] ?? 0), whole);
  assert.equal(difference(out.bytes(), Buffer.concat(source.packets.map((packet) => packet.subarray(HEADER)))), undefined);
  assert.deepEqual([input["packets_lost"], input["source_resets"], input["packets_malformed"], input["failover_active"]], [0, 0, 0, 0]);
  assert.equal((flow["media_analysis"] as Record<string, unknown> | undefined)?.["payload_format"], "rtp_ts");
});

test("two srt-live-transmit receive the two legs of an edge, of other mode and encryption each: one RTP stream, byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const ports = await freePorts(2);
  const [direct, red, blue] = [await stage.sink(), await stage.sink(), await stage.sink()];
  const edge = await stage.edge([
    {
      id: "f",
      input: { type: "rtp", bind_addr: "127.0.0.1:0" },
      outputs: [
        {
          type: "srt",
          mode: "caller",
          remote_addr: local(ports),
          ...field(FIRST),
          redundancy: { mode: "listener", local_addr: local(ports + 1), ...field(SECOND) },
        },
      ],
    },
  ]);
  stage.keep(liveTransmitReceiver(red.port, { port: ports, mode: "listener", latencyMs: LATENCY, secret: FIRST, more }));
  stage.keep(liveTransmitReceiver(blue.port, { port: ports + 1, mode: "caller", latencyMs: LATENCY, secret: SECOND, more }));
  const areConnected = async (): Promise<true | undefined> => {
    const [output] = (await edge.stats("f")).outputs;
    const legs = [output?.["srt_stats"], output?.["srt_leg2_stats"]].map((stats) => (stats as SrtStats | undefined)?.state);
    return legs.join() === "connected,connected" ? true : undefined;
  };
  await waitFor("both legs to connect", areConnected);

  const sender = stage.keep(ffmpegTwinSender(stage.path("in.ts"), `rtp://${local(await edge.port("f"))}`, `rtp://${local(direct.port)}`));
  assert.equal(await sender.exited, 0, sender.output());
  await red.settle(direct.size);
  await blue.settle(direct.size);

  assert.ok(direct.size > 1_000_000);
  assert.equal(difference(red.bytes(HEADER), direct.bytes(HEADER)), undefined, "what was sent");
  assert.equal(difference(blue.bytes(), red.bytes()), undefined, "both legs, headers and all");
});
