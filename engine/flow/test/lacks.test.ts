import assert from "node:assert/strict";
import { test } from "node:test";
import { holdPort, Source, until } from "./peers.ts";
import { flow, listen, send, SETUPS, TestEngine } from "./test-engine.ts";

const marked = (id: string, dscp: number, bind?: string): ReturnType<typeof send> => {
  const { config, ...part } = send(id, "127.0.0.1:9", bind);
  return { ...part, config: { ...config, dscp } };
};

for (const setup of SETUPS) {
  const { name, skip } = setup;
  const lacks = setup.backend === "dgram";

  test(
    `an output that asks for a mark ${lacks ? "starts with one warning that names it" : "gets it without a word"} (${name})`,
    { skip },
    async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const held = await holdPort();
      await subject.engine.apply(
        [
          flow("f", {
            inputs: [listen("in", "127.0.0.1:0", "grenade")],
            outputs: [marked("o", 46), marked("late", 46, held.address), marked("p", 0)],
          }),
        ],
        { tolerant: true },
      );
      const warned = (): (string | undefined)[] =>
        subject.events.filter(({ code }) => code === "backend_lacks").map(({ outputId }) => outputId);
      assert.deepEqual(warned(), lacks ? ["o"] : []);

      await held.release();
      await subject.event("output_recovered");
      assert.deepEqual(warned(), lacks ? ["o", "late"] : [], "one that opens later warns then");

      const source = new Source(1, subject.address("f", "in"));
      source.say("!throw");
      await subject.event("flow_started", 2);
      await until(() => subject.flow("f").outputs.every(({ state }) => state === "running"), "it runs again");
      assert.deepEqual(warned(), lacks ? ["o", "late"] : [], "what was told is not told again when the flow is started again");
      source.close();

      await subject.engine.apply([flow("f", { inputs: [listen("in")], outputs: [marked("new", 10)] })]);
      const event = subject.events.findLast(({ code }) => code === "backend_lacks");
      assert.deepEqual(
        [event?.severity, event?.flowId, event?.outputId, event?.details],
        lacks ? ["warning", "f", "new", { capability: "dscp", field: "dscp" }] : [undefined, undefined, undefined, undefined],
      );
    },
  );
}
