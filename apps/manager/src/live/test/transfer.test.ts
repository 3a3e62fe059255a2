import assert from "node:assert/strict";
import { test } from "node:test";
import { TestBrowser } from "../../../test/test-browser.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addGroup, addPerson, testManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";
import { JPEG } from "../../../test/fake-node.ts";

type Told = { message: string };

test("a node that is given to another group is theirs at once in everything, on every instance, and gone for the former", async () => {
  const manager = await testManager();
  const other = await testManager({ on: manager.testDatabase });
  for (const group of ["grp_old", "grp_new", "grp_guest"]) {
    await addGroup(manager.database, group);
  }
  await addPerson(manager.database, "old", { grp_old: "admin" });
  await addPerson(manager.database, "new", { grp_new: "admin" });
  await addPerson(manager.database, "guest", { grp_guest: "operator" });
  await addPerson(manager.database, "both", { grp_old: "admin", grp_new: "admin" });
  const [was, is, guest, both] = await Promise.all([
    TestClient.loggedIn(manager, "old"),
    TestClient.loggedIn(other, "new"),
    TestClient.loggedIn(manager, "guest"),
    TestClient.loggedIn(manager, "both"),
  ]);
  const known = await addNode(manager, "MOVES", "grp_old");
  const node = await TestNode.connect(manager, known);
  const stats = (): void => node.stats([{ flow_id: "f", flow_name: "Flow", state: "running" }]);
  const topics = ["nodes", "alarms", "events", `node:${known.id}`];
  await both.put(`/nodes/${known.id}/shares/grp_guest`, { permission: "operate", expires_at: null });
  const [seesOld, seesNew] = [await TestBrowser.open(was, topics), await TestBrowser.open(is, topics)];
  stats();
  node.say("thumbnail", { flow_id: "f", data: JPEG.toString("base64"), width: 1, height: 1 });
  node.event("input_lost", "critical", { flow_id: "f", input_id: "cam", message: "before" });
  node.event("output_failing", "warning", { flow_id: "f", output_id: "o", message: "over" });
  node.event("output_restored", "info", { flow_id: "f", output_id: "o", message: "restored" });
  const [alarm] = await eventually(async () => {
    const { body } = await was.get(`/alarms?node_id=${known.id}&state=all`);
    const alarms = body["alarms"] as { id: string; is_raised: boolean }[];
    return alarms.length === 2 && alarms.some(({ is_raised: isRaised }) => !isRaised) && alarms;
  });
  await was.post("/alarms/acknowledge", { ids: [alarm?.id], note: "our secret" });
  await eventually(() => seesOld.of("nodes", known.id) !== undefined && seesOld.of(`node:${known.id}`, "flow:f") !== undefined);

  const moved = await both.put(`/nodes/${known.id}/owner-group`, { new_group_id: "grp_new" });
  assert.equal(moved.status, 200, JSON.stringify(moved.body));

  await eventually(() => seesOld.of("nodes", known.id) === undefined && seesNew.of("nodes", known.id) !== undefined);
  await eventually(() => Object.keys(seesOld.topics.get(`node:${known.id}`) ?? {}).length === 0);
  await eventually(() => Object.keys(seesOld.topics.get("alarms") ?? {}).length === 0);
  const bytes = seesOld.bytes.length;
  stats();
  node.event("input_lost", "critical", { flow_id: "f", input_id: "cam-2", message: "after" });
  await eventually(() => seesNew.all("event").some(({ event }) => (event as Told).message === "after"));
  assert.doesNotMatch(seesOld.bytes.slice(bytes), /after|cam-2|MOVES/);

  const range = `from=${new Date(Date.now() - 60_000).toISOString()}&to=${new Date().toISOString()}`;
  const paths = ["", "/stats", "/flows/f/thumbnail", `/stats-history?${range}`, "/config-history", "/changes"];
  for (const path of paths) {
    for (const former of [was, guest]) {
      assert.equal((await former.get(`/nodes/${known.id}${path}`)).body["error_code"], "not_found", path);
    }
    assert.equal((await is.get(`/nodes/${known.id}${path}`)).status, 200, path);
  }
  const command = { action: { type: "restart_flow", flow_id: "f" } };
  assert.equal((await was.post(`/nodes/${known.id}/command`, command)).status, 404);
  assert.equal((await is.post(`/nodes/${known.id}/command`, command)).status, 200);

  const eventsOf = async (client: TestClient): Promise<string[]> =>
    ((await client.get("/events")).body["entries"] as (Told & { severity: string })[])
      .filter(({ severity }) => severity !== "info")
      .map(({ message }) => message);
  assert.deepEqual(await eventsOf(was), ["over", "before"]);
  assert.deepEqual(await eventsOf(guest), []);
  assert.deepEqual(await eventsOf(is), ["after"]);
  const { body } = await is.get("/alarms?state=all");
  const alarms = (body["alarms"] as { group_id: string; message: string; note: unknown; acknowledged_by: unknown }[]).toSorted((a, b) =>
    a.message < b.message ? -1 : 1,
  );
  assert.deepEqual(
    alarms.map(({ group_id: group, message, note, acknowledged_by: by }) => [group, message, note, by]),
    [
      ["grp_new", "after", null, null],
      ["grp_new", "before", null, null],
    ],
  );
  assert.deepEqual(((await was.get("/alarms?state=all")).body["alarms"] as unknown[]).length, 0);
  await Promise.all([seesOld.leave(), seesNew.leave(), node.close()]);
});
