import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import type { EngineSnapshot, PartSnapshot } from "../spec.ts";
import { holdPort, pause, Sink, Source, until } from "./peers.ts";
import { flow, listen, send, SETUPS, TestEngine } from "./test-engine.ts";

/** All of a snapshot but what time changes. */
const stateOf = ({ flows }: EngineSnapshot): unknown => {
  const still = ({ counters, ...part }: PartSnapshot): unknown => {
    const { lastReceivedUs: _time, ...counts } = counters;
    return { ...part, counts };
  };
  return flows.map(({ inputs, outputs, ...rest }) => ({ ...rest, inputs: inputs.map(still), outputs: outputs.map(still) }));
};

for (const setup of SETUPS) {
  const { name, skip } = setup;

  test(`a change of which one step is refused is taken back whole, and says which flow and part (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open(1);
    const held = await holdPort();
    const running = flow("a", { inputs: [listen("in"), listen("spare")], outputs: [send("o", sink.address)] });
    await subject.engine.apply([running]);
    const source = new Source(1, subject.address("a", "in"));
    source.burst(5);
    await until(() => sink.last === 4, "traffic runs");
    const before = stateOf(subject.engine.snapshot());

    const busy = { ...running, inputs: [...running.inputs, listen("late", held.address)] };
    const refused = async (desired: Parameters<typeof subject.engine.apply>[0], details: Record<string, unknown>): Promise<void> => {
      await assert.rejects(subject.engine.apply(desired), (error) => {
        assert.ok(isFault(error));
        assert.equal(error.code, "plain_refused");
        for (const [key, value] of Object.entries(details)) {
          assert.equal(error.details[key], value, `${key} in ${JSON.stringify(error.details)}`);
        }
        return true;
      });
      assert.deepEqual(stateOf(subject.engine.snapshot()), before);
    };
    await refused([busy], { flow_id: "a", input_id: "late" });
    await refused([{ ...running, outputs: [...running.outputs, send("x", sink.address), send("y", sink.address, held.address)] }], {
      flow_id: "a",
      output_id: "y",
    });
    await refused([running, flow("b", { inputs: [listen("in")] }), flow("c", { inputs: [listen("in"), listen("late", held.address)] })], {
      flow_id: "c",
    });
    await refused([{ ...running, active: "spare" }, flow("c", { inputs: [listen("late", "192.0.2.7:0")] })], { flow_id: "c" });

    source.burst(5);
    await until(() => sink.last === 9, "traffic still runs");
    sink.expectUnbroken(0, 9);
    await held.release();
    await subject.engine.apply([busy]);
    assert.equal(subject.address("a", "late"), held.address);
    source.close();
    sink.close();
  });

  test(`a flow that is refused names the part that could not be had (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const held = await holdPort();
    await assert.rejects(subject.engine.apply([flow("c", { inputs: [listen("in"), listen("late", held.address)] })]), (error) => {
      assert.ok(isFault(error));
      assert.equal(error.details["flow_id"], "c");
      assert.equal(error.details["input_id"], "late");
      return true;
    });
    await held.release();
  });

  test(
    `with tolerance what cannot be had is left failed, the rest runs, and it recovers when the port is free (${name})`,
    { skip },
    async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const sink = await Sink.open(1);
      const [input, output] = [await holdPort(), await holdPort()];
      await subject.engine.apply(
        [
          flow("f", {
            inputs: [listen("late", input.address), listen("in")],
            outputs: [send("o", sink.address), send("tied", sink.address, output.address)],
          }),
          flow("g", { inputs: [listen("in")] }),
        ],
        { tolerant: true },
      );

      const late = subject.input("f", "late");
      assert.deepEqual([late.state, late.error?.code], ["failed", "plain_refused"]);
      assert.deepEqual(
        [subject.output("f", "tied").state, subject.output("f", "o").state, subject.input("f", "in").state],
        ["failed", "running", "running"],
      );
      assert.deepEqual([subject.flow("f").state, subject.flow("g").state], ["running", "running"]);
      assert.equal(subject.codes().filter((code) => code === "plain_refused").length, 2);

      await input.release();
      const recovered = await subject.event("input_recovered");
      assert.deepEqual([recovered.severity, recovered.flowId, recovered.inputId], ["info", "f", "late"]);
      const back = subject.input("f", "late");
      assert.deepEqual([back.state, back.error, back.localAddress], ["running", undefined, input.address]);
      assert.equal(subject.codes().filter((code) => code === "plain_refused").length, 2, "what goes on failing is told once");
      const source = new Source(1, input.address);
      source.burst(4);
      await until(() => sink.last === 3, "the input that recovered is the active one, as was wanted");
      await output.release();
      assert.equal((await subject.event("output_recovered")).outputId, "tied");
      source.close();
      sink.close();
    },
  );

  test(`a part that waits for its next try when its flow is closed is not opened any more (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open(1);
    const held = await holdPort();
    const others = (i: number): ReturnType<typeof flow> => flow("other", { inputs: [listen(`in-${i}`)] });
    await subject.engine.apply([flow("f", { inputs: [listen("in", held.address)] })], { tolerant: true });

    // The queue is longer than the wait: the next try comes due in the midst of it, and its flow is closed before its turn.
    const changes: Promise<void>[] = [];
    for (let i = 0; i < 40; i++) {
      changes.push(subject.engine.apply([flow("f", { inputs: [listen("in", held.address)] }), others(i)], { tolerant: true }));
    }
    changes.push(subject.engine.apply([flow("f", { inputs: [listen("elsewhere")] })]));
    await Promise.all(changes);
    await held.release();
    await pause(400);

    const again = await holdPortAt(held.address);
    assert.ok(!subject.codes().includes("input_recovered"));
    again.close();
    sink.close();
  });

  test(`a refusal right after a pending bind neither ends the lane nor keeps the port (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open(1);
    const held = await holdPort();
    await subject.engine.apply([flow("healthy", { inputs: [listen("in")], outputs: [send("o", sink.address)] })]);
    const healthy = subject.engine.snapshot().flows[0];
    const unwilling = { id: "no", kind: "grenade", config: { to: sink.address, refuse: true } };
    const running = flow("healthy", { inputs: [listen("in")], outputs: [send("o", sink.address)] });

    for (let i = 0; i < 3; i++) {
      await assert.rejects(
        subject.engine.apply([running, flow("f", { inputs: [listen("in", held.address)], outputs: [unwilling] })]),
        isFault,
      );
    }
    await held.release();
    await assert.rejects(subject.engine.apply([running, flow("f", { inputs: [listen("in", held.address)], outputs: [unwilling] })]), {
      code: "grenade_unwilling",
    });
    await pause(50);

    assert.ok(!subject.codes().includes("lane_crashed"), subject.codes().join());
    assert.equal(subject.address("healthy", "in"), healthy?.inputs[0]?.localAddress);
    (await holdPortAt(held.address)).close();
    sink.close();
  });
}

const holdPortAt = async (address: string): Promise<{ close(): void }> => {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4").unref();
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(Number(address.split(":")[1]), "127.0.0.1", resolve);
  });
  return socket;
};
