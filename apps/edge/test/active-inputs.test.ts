import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { ConfigStore } from "../src/config-store.ts";
import type { WantedSwitch } from "../src/switch-batch.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { declarations } from "./test-declarations.ts";

const input = (id: string, more: object = {}): object => ({
  type: "wire",
  id,
  name: id,
  active: false,
  bind_addr: `127.0.0.1:${5_000 + id.length}`,
  ...more,
});

/** Flows of three inputs each, of which some say nothing of `active`, and an entry that is broken. */
const storeOf = (t: TestContext, flows: number): Promise<ConfigStore> => {
  const ids = Array.from({ length: flows }, (_, i) => `f${i}`);
  const path = join(temporaryFolder(t), "config.json");
  writeFileSync(
    path,
    JSON.stringify({
      version: 2,
      later: { version: "knows" },
      inputs: [
        ...ids.flatMap((id, i) =>
          ["a", "b", "c"].map((name, j) => input(`${id}${name}`, { active: j === i % 3, bind_addr: `127.0.0.1:${6_000 + 3 * i + j}` })),
        ),
        { type: "nothing", id: "broken", name: "broken" },
      ],
      outputs: [],
      flows: ids.map((id) => ({ id, name: id, input_ids: ["a", "b", "c"].map((name) => `${id}${name}`), output_ids: [] })),
    }),
  );
  return ConfigStore.open(path, declarations);
};

/** As somebody would write it: of the three inputs of a flow, whose ids begin with its own, one is active. */
const activate = (each: Record<string, unknown>, switches: readonly WantedSwitch[]): void => {
  const wanted = switches.find(({ flowId }) => String(each["id"]).startsWith(flowId));
  if (wanted !== undefined) {
    each["active"] = each["id"] === wanted.inputId;
  }
};

test("switches make of a configuration what an edit and all its checks would make of it", async (t) => {
  const random = seeded(8);
  const store = await storeOf(t, 5);
  for (let round = 0; round < 50; round++) {
    const switches: WantedSwitch[] = Array.from({ length: 5 }, (_, i) => ({
      flowId: `f${i}`,
      inputId: `f${i}${"abc"[integer(random, 3)]}`,
    })).slice(integer(random, 5));
    const quick = store.prepareSwitches(switches);
    const whole = store.prepare((draft) => draft.list("inputs").forEach((each) => activate(each, switches)));
    assert.deepEqual(quick, whole);
    await store.commit(whole);
  }
});
