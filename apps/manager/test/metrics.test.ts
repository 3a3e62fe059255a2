import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../src/settings/settings.ts";
import { TestClient } from "./test-client.ts";
import { testManager } from "./test-manager.ts";

const settingsWith = (environment: Record<string, string>) =>
  readSettings({ listen_port: 0, tls_mode: "behind_proxy", public_url: "http://localhost" }, environment, "/nonexistent");

test("metrics are closed to everybody who is not named, with an empty answer", async () => {
  const manager = await testManager();

  const { bytes, status } = await new TestClient(manager.base).get("/metrics");

  assert.equal(status, 401);
  assert.equal(bytes.length, 0);
});

test("a token opens them under both names, and every sample says which instance and region it is of", async () => {
  const manager = await testManager({
    settings: settingsWith({ BILBYCAST_METRICS_TOKENS: "a-token-of-some-length, another-token-of-length", BILBYCAST_REGION: "eu" }),
  });
  const client = new TestClient(manager.base);

  const wrong = await client.get("/metrics", { authorization: "Bearer nobodys-token-of-length" });
  const right = await client.get("/metrics", { authorization: "Bearer another-token-of-length" });
  client.bearer = "a-token-of-some-length";
  const other = await client.ask("GET", "/metrics");

  assert.equal(wrong.status, 401);
  assert.equal(right.status, 200);
  assert.equal(other.status, 200);
  const samples = right.bytes
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assert.ok(samples.some((line) => line.startsWith("bilbycast_manager_node_connections{")));
  assert.deepEqual(
    samples.filter((line) => !line.includes('region="eu"') || !line.includes(`instance_id="${manager.app.instanceId}"`)),
    [],
  );
});

test("an address that is named gets them without a token; what a header says of it does not count", async () => {
  const manager = await testManager({ settings: settingsWith({ BILBYCAST_METRICS_ALLOWLIST: "127.0.0.1" }) });
  const closed = await testManager({ settings: settingsWith({ BILBYCAST_METRICS_ALLOWLIST: "10.1.2.3" }) });

  const right = await new TestClient(manager.base).get("/metrics");
  const forged = await new TestClient(closed.base).get("/metrics", { "x-forwarded-for": "10.1.2.3" });

  assert.equal(right.status, 200);
  assert.equal(forged.status, 401);
});
