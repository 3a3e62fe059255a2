import assert from "node:assert/strict";
import { test } from "node:test";
import {
  complaintsOf,
  difference,
  ffmpegConstantFile,
  ffmpegDecoder,
  ffmpegTwinSender,
  freePorts,
  hashesIn,
  pictureHashes,
  Stage,
  waitFor,
} from "@bilbycast/testkit/peers";

const SECONDS = 4;
const HEADER = 12;
/** Pictures that ffmpeg holds back when it is stopped in the middle of a stream with two B-frames. */
const HELD_BACK = 4;

const local = (port: number): string => `127.0.0.1:${port}`;

// No program at hand merges two legs (ST 2022-7), so each leg is received by itself, as an RTP stream of its own.
test("ffmpeg decodes either leg by itself and complains of nothing, and both are one RTP stream byte for byte", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const ports = await freePorts(4, 2);
  const [red, blue] = [await stage.sink(), await stage.sink()];
  const listen = { type: "rtp", bind_addr: "127.0.0.1:0" };
  const outputs = [
    { type: "rtp", dest_addr: local(red.port), redundancy: { dest_addr: local(blue.port) } },
    { type: "rtp", dest_addr: local(ports), redundancy: { dest_addr: local(ports + 2) } },
  ];
  const edge = await stage.edge([{ id: "f", input: listen, outputs }]);
  const decoders = [
    await stage.listening(ffmpegDecoder(ports, stage.folder, "red", "rtp"), ports),
    await stage.listening(ffmpegDecoder(ports + 2, stage.folder, "blue", "rtp"), ports + 2),
  ];

  const direct = await stage.sink();
  const sender = stage.keep(ffmpegTwinSender(stage.path("in.ts"), `rtp://${local(await edge.port("f"))}`, `rtp://${local(direct.port)}`));
  assert.equal(await sender.exited, 0, sender.output());
  await red.settle(direct.size);
  await blue.settle(direct.size);

  assert.ok(direct.size > 1_000_000);
  assert.equal(difference(red.bytes(HEADER), direct.bytes(HEADER)), undefined, "what was sent");
  assert.deepEqual(
    blue.datagrams.map((datagram) => datagram.toString("hex", 0, HEADER)),
    red.datagrams.map((datagram) => datagram.toString("hex", 0, HEADER)),
  );
  assert.equal(difference(blue.bytes(), red.bytes()), undefined, "both legs");

  const pictures = await pictureHashes(stage.path("in.ts"));
  for (const [i, file] of ["red", "blue"].entries()) {
    const decoder = decoders[i];
    assert.ok(decoder !== undefined);
    const seen = (): string[] => hashesIn(stage.read(file).toString());
    await waitFor(`ffmpeg to decode the ${file} leg`, () => (seen().length >= pictures.length - HELD_BACK ? true : undefined));
    await decoder.stop();
    assert.equal(complaintsOf(decoder), "");
    assert.deepEqual(seen(), pictures.slice(0, seen().length));
  }
});

test("what ffmpeg sends once goes over two legs from edge to edge and comes out as it was", async (t) => {
  const stage = new Stage(t);
  await ffmpegConstantFile(stage.path("in.ts"), SECONDS);
  const ports = await freePorts(2);
  const [direct, out] = [await stage.sink(), await stage.sink()];
  const edge = await stage.edge([
    {
      id: "near",
      input: { type: "rtp", bind_addr: "127.0.0.1:0" },
      outputs: [{ type: "rtp", dest_addr: local(ports), redundancy: { dest_addr: local(ports + 1) } }],
    },
    {
      id: "far",
      input: { type: "rtp", bind_addr: local(ports), redundancy: { bind_addr: local(ports + 1), path_differential_ms: 50 } },
      outputs: [{ type: "udp", dest_addr: local(out.port) }],
    },
  ]);

  const sender = stage.keep(
    ffmpegTwinSender(stage.path("in.ts"), `rtp://${local(await edge.port("near"))}`, `rtp://${local(direct.port)}`),
  );
  assert.equal(await sender.exited, 0, sender.output());
  await out.settle(direct.size - direct.datagrams.length * HEADER);

  assert.equal(difference(out.bytes(), direct.bytes(HEADER)), undefined);
  const { input, network_legs } = await edge.stats("far");
  const legs = network_legs as Record<"red" | "blue", Record<string, number>>;
  const count = direct.datagrams.length;
  assert.deepEqual([legs.red["packets_received"], legs.blue["packets_received"]], [count, count]);
  assert.equal((legs.red["packets_forwarded"] ?? 0) + (legs.blue["packets_forwarded"] ?? 0), count);
  assert.equal((legs.red["packets_duplicate"] ?? 0) + (legs.blue["packets_duplicate"] ?? 0), count);
  assert.deepEqual(input["network_legs"], network_legs);
  assert.deepEqual([input["packets_lost"], input["redundancy_switches"]], [0, 0]);
});
