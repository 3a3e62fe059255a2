import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE_CODES } from "@bilbycast/contracts/node-link";
import { addNode, FakeNode } from "../../../test/fake-node.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager } from "../../../test/test-manager.ts";

const described = (name: string, expiresAt: string | null) => ({
  name,
  description: "",
  expires_at: expiresAt,
  web_ui_url: null,
  network_type: "nat",
  network_zone: null,
});

test("a node goes when its time is over, whichever instance has it and wherever the time was set, and may come back when it gets more", async () => {
  const manager = await testManager();
  const other = await testManager({ on: manager.testDatabase });
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");
  const client = await TestClient.loggedIn(other, "root");
  const { id, secret } = await addNode(manager, { name: "guest", groupId: "grp_default" });
  const stays = await addNode(manager, { name: "stays", groupId: "grp_default" });
  const staying = await FakeNode.in(manager.base, stays.id, stays.secret);
  const node = await FakeNode.in(manager.base, id, secret);

  const until = Date.now() + 1_500;
  const set = await client.put(`/nodes/${id}`, described("guest", new Date(until).toISOString()));
  const { code, reason } = await node.closed;
  const at = Date.now();

  assert.equal(set.status, 200, JSON.stringify(set.body));
  assert.deepEqual([code, reason], [CLOSE_CODES.node_expired.code, "node has expired"]);
  assert.ok(at >= until, `it went ${until - at} ms too soon`);
  await assert.rejects(FakeNode.in(manager.base, id, secret), /node has expired/);
  assert.equal(staying.socket.readyState, staying.socket.OPEN);

  await client.put(`/nodes/${id}`, described("guest", null));
  const again = await FakeNode.in(other.base, id, secret);
  await client.put(`/nodes/${id}`, described("guest", new Date(Date.now() - 1_000).toISOString()));
  assert.equal((await again.closed).code, CLOSE_CODES.node_expired.code);
  staying.close();
});
