import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addNode } from "../../../test/fake-node.ts";
import { ScriptedNode } from "../../../test/scripted-node.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager, type TestManager } from "../../../test/test-manager.ts";

let manager: TestManager;
let root: TestClient;
let node: ScriptedNode;

before(async () => {
  manager = await testManager();
  await addPerson(manager.database, "root", {}, "super_admin");
  root = await TestClient.loggedIn(manager, "root");
  const { id, secret } = await addNode(manager, { name: "node", groupId: "grp_default" });
  node = await ScriptedNode.connect(manager.base, { node_id: id, node_secret: secret });
});
after(() => node.close());

const named = (name: string): Record<string, unknown> => ({ version: 2, device_name: name, inputs: [], outputs: [], flows: [] });

test("what a node is configured to is its answer to this question, and not to one before", async () => {
  for (let round = 0; round < 10; round++) {
    node.onCommand = async ({ type }) => {
      if (type === "get_config") {
        // The answer to a former question was on its way, and is told while this one waits.
        node.send("config_response", named(`before ${round}`));
        await sleep(60);
        node.config = named(`now ${round}`);
      }
      return undefined;
    };
    const { body, status } = await root.get(`/nodes/${node.nodeId}/config`);
    assert.deepEqual([status, (body["config"] as { device_name?: string }).device_name], [200, `now ${round}`]);
  }
});
