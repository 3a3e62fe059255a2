import assert from "node:assert/strict";
import { test } from "node:test";
import { Load, type SinkReport } from "@bilbycast/testkit/load";
import { addressOf, flow, rtpInput, startEngine, total, udpInput, udpOutput } from "./engine-under-load.ts";

/** Datagrams of 1316 bytes per second at 200 and at 10 Mbit/s. */
const AT_200_MBIT = 19_000;
const AT_10_MBIT = 950;

const SECONDS = Number(process.env["BILBYCAST_SOAK_SECONDS"] ?? 2);

const whole = (stream: number, sent: number): SinkReport => ({
  stream,
  received: sent,
  missing: 0,
  reordered: 0,
  foreign: 0,
  first: 0,
  last: sent - 1,
});

for (const { name, trains, rtp } of [
  { name: "single datagrams", trains: false, rtp: false },
  { name: "trains", trains: true, rtp: false },
  { name: "RTP", trains: false, rtp: true },
]) {
  test(`200 Mbit/s of ${name} leave by four outputs, every byte as it came, ${SECONDS} s`, async () => {
    const load = await Load.open({ seed: 1, rate: AT_200_MBIT, trains, rtp, sinks: [0, 0, 0, 0] });
    const engine = await startEngine();
    const input = rtp ? rtpInput("in") : udpInput("in");
    await engine.apply([
      flow(
        "f",
        [input],
        load.ports.map((port, i) => udpOutput(`out-${i}`, port, i % 2 === 0)),
      ),
    ]);
    await load.aim([addressOf(engine, "f", "in")]);

    const [sent = 0] = await load.send(SECONDS);
    const sinks = await load.settle();

    assert.deepEqual(
      sinks,
      Array.from({ length: 4 }, () => whole(0, sent)),
    );
    assert.equal(total(engine, "outputs", "packetsDropped"), 0);
    await engine.stop();
    await load.close();
  });
}

test(`a hundred flows of 10 Mbit/s on one lane lose nothing, ${SECONDS} s`, async () => {
  const flows = Array.from({ length: 100 }, (_, i) => i);
  const load = await Load.open({ seed: 2, rate: AT_10_MBIT, trains: false, rtp: false, sinks: flows });
  const engine = await startEngine();
  await engine.apply(flows.map((i) => flow(`f${i}`, [udpInput(`in-${i}`)], [udpOutput(`out-${i}`, load.ports[i] ?? 0)])));
  await load.aim(flows.map((i) => addressOf(engine, `f${i}`, `in-${i}`)));

  const sent = await load.send(SECONDS);
  const sinks = await load.settle();

  assert.deepEqual(
    sinks,
    flows.map((i) => whole(i, sent[i] ?? 0)),
  );
  await engine.stop();
  await load.close();
});
