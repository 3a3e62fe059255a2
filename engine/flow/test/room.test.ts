import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { flow, listen, SETUPS, TestEngine } from "./test-engine.ts";

for (const setup of SETUPS) {
  test(
    `a plan that does not fit the lane's memory is refused by name, and what runs goes on (${setup.name})`,
    { skip: setup.skip },
    async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const small = flow("small", { inputs: [listen("in")] });
      await subject.engine.apply([small]);
      const before = await subject.memory();
      const address = subject.address("small", "in");

      const huge = { ...flow("huge", { inputs: [listen("other")] }), bus: { bytes: 2 ** 32, packets: 4_096 } };
      await assert.rejects(
        subject.engine.apply([small, huge]),
        (error) => isFault(error) && error.code === "arena_exhausted" && error.details["flow_id"] === "huge",
      );

      assert.deepEqual(
        subject.engine.snapshot().flows.map(({ id, state }) => [id, state]),
        [["small", "running"]],
      );
      assert.equal(subject.address("small", "in"), address);
      assert.equal(await subject.memory(), before);
    },
  );
}
