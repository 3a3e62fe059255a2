import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { addNode, FakeNode } from "../../../test/fake-node.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager } from "../../../test/test-manager.ts";

type Plan = { revision: string; merged: Record<string, unknown>; conflicts: unknown[]; differences: { path: string }[] };

test("saving over a newer configuration is refused, and a plan has all that a choice field by field needs to be saved on the newer one", async () => {
  const manager = await testManager();
  await addPerson(manager.database, "root", {}, "super_admin");
  const root = await TestClient.loggedIn(manager, "root");
  const { id, secret } = await addNode(manager, { name: "OB1", groupId: "grp_default" });
  const node = await FakeNode.in(manager.base, id, secret);
  node.config = { version: 2, device_name: "was", inputs: [], outputs: [], flows: [] };
  // It was asked as it came in, too, and may answer that first.
  const began = await waitFor("what it has now", async () => {
    const { body } = await root.get(`/nodes/${id}/config`);
    const read = body as { revision: string; config: Record<string, unknown> };
    return read.config["device_name"] === "was" ? read : undefined;
  });
  const input = { type: "udp", id: "cam", name: "Camera", bind_addr: "0.0.0.0:5000" };
  const mine = { ...began.config, device_name: "mine", inputs: [input] };
  node.config = { ...node.config, device_name: "theirs" };

  const put = { base_revision: began.revision, config: mine };
  const refused = await root.put(`/nodes/${id}/config`, put);
  assert.deepEqual([refused.status, refused.body["error_code"]], [409, "config_conflict"]);
  const plan = (await root.post(`/nodes/${id}/config/plan`, put)).body as Plan;
  assert.deepEqual(plan.conflicts, [{ path: "/device_name", base: "was", mine: "mine", theirs: "theirs" }]);
  assert.deepEqual(plan.merged, mine);
  assert.deepEqual(
    plan.differences.map(({ path }) => path),
    ["/device_name", "/inputs/cam"],
  );

  const chosen = { ...plan.merged, device_name: "theirs" };
  const saved = await root.put(`/nodes/${id}/config`, { base_revision: plan.revision, config: chosen });
  assert.equal(saved.status, 200, saved.bytes.toString());
  assert.deepEqual(node.config, chosen);
  node.close();
});
