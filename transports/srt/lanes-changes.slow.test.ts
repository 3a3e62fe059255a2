import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { until } from "@bilbycast/testkit/conformance";
import { freePorts } from "@bilbycast/testkit/peers";
import { laneOf, LanesRig, sharedOutput } from "./test/lanes-rig.ts";

const COUNT = 200;

const descriptors = (): number => readdirSync("/proc/self/fd").length;

test("an output that is changed while it runs is called again, on as many lanes as it has then", async (t) => {
  const rig = await LanesRig.start(t, "auto", 3);
  const local_addr = `127.0.0.1:${await freePorts(1)}`;
  await rig.stage.run(sharedOutput(2, { local_addr }));
  const callers = await rig.call(4);

  for (const [lanes, latency_ms] of [
    [2, 150],
    [1, 150],
    [3, 150],
    [3, 160],
    [2, 160],
  ] as const) {
    await rig.stage.run(sharedOutput(lanes, { local_addr, latency_ms }));
    await until(() => rig.open === 4, `all have called again on ${lanes} lanes`);
    await rig.carry(COUNT);
    assert.equal(new Set(callers.map((caller) => laneOf(caller, lanes))).size, lanes);
  }
  const unwanted = new Set(["output_failed", "lane_share_waits", "flow_died", "srt_output_failed"]);
  assert.deepEqual(
    rig.stage.codes().filter((code) => unwanted.has(code)),
    [],
  );
});

test("outputs that came and went leave no descriptor and no memory", async (t) => {
  const rig = await LanesRig.start(t, "auto", 2);
  const local_addr = `127.0.0.1:${await freePorts(1)}`;
  await rig.stage.run(sharedOutput(1));
  await rig.stage.run();
  const before = { memory: await rig.stage.memory(), descriptors: descriptors() };

  for (let i = 0; i < 20; i++) {
    await rig.stage.run(sharedOutput(2, { local_addr, latency_ms: 200 + i }));
    if (i % 3 === 0) {
      await rig.stage.run();
    }
  }
  await rig.stage.run();

  assert.equal(await rig.stage.memory(), before.memory);
  await until(() => descriptors() <= before.descriptors, "all descriptors are closed");
});

for (const [what, blown] of [
  ["the flow's own lane", "fuse-0"],
  ["the other lane", "fuse-1"],
] as const) {
  test(`when ${what} ends, it is started again and all callers are served again`, async (t) => {
    const rig = await LanesRig.start(t, "auto", 2);
    const local_addr = `127.0.0.1:${await freePorts(1)}`;
    await rig.stage.run(sharedOutput(2, { local_addr }));
    const fuses = [0, 1].map((i) => ({
      ...{ id: `fuse-${i}`, bus: { bytes: 2 ** 20, packets: 1_024 }, queue: 512, active: "in", outputs: [] },
      inputs: [{ id: "in", kind: "fuse", config: { bind_addr: "127.0.0.1:0" } }],
    }));
    await rig.stage.runBeside(sharedOutput(2, { local_addr }), fuses);
    const callers = await rig.call(4);
    await rig.carry(COUNT);
    const kept = callers.find((caller) => laneOf(caller, 2) === 0);
    const lane = rig.stage.engine.snapshot().flows.find(({ id }) => id === blown)?.lane;

    await rig.blow(blown);
    await until(() => rig.stage.codes().includes("lane_crashed"), "a lane ends");
    await until(
      () => rig.stage.codes().filter((code) => code === "srt_connected").length >= (lane === 0 ? 8 : 6),
      "they have called again",
    );
    await until(() => rig.stage.part("out").state === "running" && rig.stage.part("in").state === "running", "all runs");
    await until(() => rig.open === 4, "all are there");
    await rig.carry(COUNT);

    assert.equal(kept?.side.said.filter((word) => word === "connected").length, lane === 0 ? 2 : 1, "nobody else notices");
  });
}
