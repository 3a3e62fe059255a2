import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { Peer, until } from "@bilbycast/testkit/conformance";
import { difference, freePorts } from "@bilbycast/testkit/peers";
import { laneOf, LanesRig, sharedOutput } from "./test/lanes-rig.ts";

const COUNT = 200;

for (const backend of ["koffi", "ffi"] as const) {
  test(`callers of one port are shared by the lanes, and each gets the stream byte for byte (${backend})`, async (t) => {
    const rig = await LanesRig.start(t, backend, 2);
    await rig.stage.run(sharedOutput(2));

    const callers = await rig.call(6);
    const sent = await rig.carry(COUNT);

    for (const caller of callers) {
      assert.equal(difference(caller.bytes(), sent), undefined);
    }
    assert.deepEqual(
      callers.map((caller) => laneOf(caller, 2)),
      [0, 1, 0, 1, 0, 1],
    );
    const counts = ["connections", "connectionsOpen", "dataSentUnique", "unconnectedDropped", "packetsDropped", "packetsFiltered"];
    assert.deepEqual(
      counts.map((name) => rig.count(name)),
      [6, 6, 6 * COUNT, 0, 0, 0],
    );
    const told = rig.stage.events.filter(({ code }) => code === "srt_connected");
    assert.deepEqual(
      told.map(({ flowId, outputId }) => [flowId, outputId]),
      callers.map(() => ["flow", "out"]),
    );
    assert.deepEqual(
      rig.stage.engine.snapshot().flows.map(({ id, outputs }) => [id, outputs.length]),
      [["flow", 1]],
    );
  });
}

test("a backend that cannot share a port serves all callers on one lane, and says so once", async (t) => {
  const rig = await LanesRig.start(t, "dgram", 2);
  await rig.stage.run(sharedOutput(2));

  const callers = await rig.call(3);
  const sent = await rig.carry(COUNT);

  for (const caller of callers) {
    assert.equal(difference(caller.bytes(), sent), undefined);
  }
  const lacks = rig.stage.events.filter(({ code }) => code === "backend_lacks");
  assert.deepEqual(
    lacks.map(({ outputId, details }) => [outputId, details]),
    [["out", { capability: "portSharing", field: "lanes" }]],
  );
});

test("what nobody takes is counted once, and no caller more than the most is let in, however the lanes share them", async (t) => {
  const rig = await LanesRig.start(t, "auto", 3);
  await rig.stage.run(sharedOutput(3, { max_connections: 4 }));
  await rig.carry(COUNT, []);
  await until(() => rig.count("unconnectedDropped") === COUNT, "all are given up");

  const callers = await rig.call(4);
  assert.deepEqual(callers.map((caller) => laneOf(caller, 3)).toSorted(), [0, 0, 1, 2]);
  await rig.carry(COUNT);
  assert.equal(rig.count("unconnectedDropped"), COUNT);
  assert.equal(rig.count("dataSentUnique"), 4 * COUNT);

  const [gone] = callers;
  gone?.close();
  await until(() => rig.open === 3, "one has left");
  const [next] = await rig.call(1);
  assert.equal(laneOf(next ?? assert.fail(), 3), laneOf(gone ?? assert.fail(), 3), "the place is the one that became free");
  await rig.carry(COUNT, [...callers.slice(1), next ?? assert.fail()]);
});

test("a port that somebody else holds is refused, and what ran before runs on", async (t) => {
  const rig = await LanesRig.start(t, "auto", 2);
  const local_addr = `127.0.0.1:${await freePorts(1)}`;
  await rig.stage.run(sharedOutput(2, { local_addr }));
  await rig.call(2);
  const holder = await Peer.open(t);

  await assert.rejects(
    rig.stage.run(sharedOutput(2, { local_addr: holder.address })),
    (error) =>
      isFault(error) && error.code === "srt_output_failed" && error.details["flow_id"] === "flow" && error.details["output_id"] === "out",
  );

  await until(() => rig.open === 2, "both are there");
  await rig.carry(COUNT);
});
