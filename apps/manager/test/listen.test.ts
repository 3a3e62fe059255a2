import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { readSettings } from "../src/settings/settings.ts";
import { ScriptedNode } from "./scripted-node.ts";
import { TestClient } from "./test-client.ts";
import { addPerson, testManager } from "./test-manager.ts";

const settingsWith = (listenAddresses: readonly string[], port = 0) =>
  readSettings(
    { listen_port: port, listen_addrs: [...listenAddresses], tls_mode: "behind_proxy", public_url: "http://localhost" },
    {},
    "/nonexistent",
  );

test("people and nodes come in by every address that is named, and by no other", async () => {
  const manager = await testManager({ settings: settingsWith(["127.0.0.1", "127.0.0.2"]) });
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");
  const second = `http://127.0.0.2:${manager.port}`;

  const client = await TestClient.loggedIn({ ...manager, base: second }, "root");
  const { body } = await client.post("/nodes", { group_id: "grp_default", name: "AMS-1" });
  const node = await ScriptedNode.connect(second, {
    registration_token: (body["enrolment"] as { registration_token: string }).registration_token,
  });

  assert.equal((await new TestClient(manager.base).get("/health/live")).status, 200);
  await assert.rejects(fetch(`http://127.0.0.3:${manager.port}/health/live`));
  await node.close();
});

test("an address whose port somebody has is told, and nothing stays open", async () => {
  const taken = createServer().listen(0, "127.0.0.2");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };

  await assert.rejects(testManager({ settings: settingsWith(["127.0.0.1", "127.0.0.2"], port) }), {
    code: "listen_failed",
    message: /EADDRINUSE/,
  });

  const free = createServer().listen(port, "127.0.0.1");
  await once(free, "listening");
  free.close();
  taken.close();
});
