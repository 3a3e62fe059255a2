import assert from "node:assert/strict";
import { test } from "node:test";
import { Sink, Source, until } from "./peers.ts";
import { CROSSINGS, flow, listen, read, send, TestEngine } from "./test-engine.ts";

for (const setup of CROSSINGS) {
  const { name, skip } = setup;

  test(
    `what is being changed when the engine stops is changed to its end, and what waits behind it is refused (${name})`,
    { skip },
    async () => {
      const subject = await TestEngine.start(setup);
      const first = subject.engine.apply([flow("a", { inputs: [listen("in")] }), flow("b", { inputs: [read("tap", "a")] })]);
      // The first has its turn before the stop is asked for.
      await Promise.resolve();
      const second = subject.engine.apply([]);
      const stopping = subject.engine.stop();

      await first;
      await assert.rejects(second, { code: "engine_stopped" });
      await stopping;
      assert.deepEqual(
        subject.events.filter(({ severity }) => severity !== "info"),
        [],
      );
    },
  );

  test(
    `a lane that hangs does not keep the engine from stopping: it is named, with its flows, and all else has ended (${name})`,
    { skip },
    async () => {
      const subject = await TestEngine.start(setup);
      const sink = await Sink.open(1);
      const rope = new Int32Array(new SharedArrayBuffer(4));
      await subject.engine.apply([
        flow("hanged", {
          inputs: [{ id: "in", kind: "grenade", config: { bind: "127.0.0.1:0", rope } }],
          outputs: [send("o", sink.address)],
        }),
        flow("other", { inputs: [listen("in")] }),
      ]);
      const source = new Source(1, subject.address("hanged", "in"));
      source.say("!hang");
      await until(() => subject.input("hanged", "in").counters["packetsReceived"] === 1, "it hangs");

      await subject.engine.stop();

      const lane = `lane ${subject.flow("hanged").lane}`;
      const event = subject.events.find(({ code }) => code === "stop_incomplete");
      assert.deepEqual(
        [event?.severity, event?.details],
        [
          "warning",
          // Flows are closed one behind the other, the last that was opened first.
          { left: ["flow hanged", ...(setup.lanes === 1 ? ["flow other"] : []), lane] },
        ],
      );
      Atomics.store(rope, 0, 1);
      Atomics.notify(rope, 0);
      [source, sink].forEach((peer) => peer.close());
    },
  );
}
