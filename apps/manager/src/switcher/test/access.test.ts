import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Preset } from "@bilbycast/contracts/manager-api";
import { waitFor } from "@bilbycast/testkit/peers";
import { TestBrowser } from "../../../test/test-browser.ts";
import { TestClient, type Answer } from "../../../test/test-client.ts";
import { actionsOf, GROUP, testDesk, type TestDesk } from "../../../test/test-desk.ts";
import { addGroup, addPerson, testManager } from "../../../test/test-manager.ts";
import { SwitchedNode } from "../../../test/switched-node.ts";

const OTHERS = "grp_others";
let desk: TestDesk;
let stranger: TestClient;
let theirs: Preset;
let ours: Preset;
let foreign: SwitchedNode;

before(async () => {
  const manager = await testManager();
  desk = await testDesk(manager);
  ours = await desk.preset("Ours", 2);
  await addGroup(manager.database, OTHERS);
  await addPerson(manager.database, "stranger", { [OTHERS]: "admin" });
  await addPerson(manager.database, "viewer", { [GROUP]: "viewer" });
  stranger = await TestClient.loggedIn(manager, "stranger");
  foreign = await SwitchedNode.open(manager, "Foreign", OTHERS, [{ id: "f", inputs: ["i1", "i2"], outputs: [] }]);
  const { body } = await stranger.post("/switcher/presets", {
    group_id: OTHERS,
    name: "Theirs",
    short_label: "THEIRS",
    actions: [{ type: "activate_input", node_id: foreign.id, flow_id: "f", input_id: "i2" }],
  });
  theirs = body as unknown as Preset;
});
after(async () => {
  await Promise.all([...Object.values(desk.nodes), foreign].map((node) => node.leave()));
});

const told = ({ body, status }: Answer): [number, unknown] => [status, body["error_code"]];

test("another tenant's preset is as if it were not there, whatever is done with it", async () => {
  const before = foreign.switches.length;
  for (const id of [theirs.id, randomUUID()]) {
    const answers = await Promise.all([
      desk.director.get(`/switcher/presets/${id}/impact`),
      desk.director.post(`/switcher/presets/${id}/activate`, {}),
      desk.director.post("/switcher/pvw", { group_id: GROUP, preset_id: id }),
      desk.admin.delete(`/switcher/presets/${id}`),
      desk.director.post("/switcher/pvw", { group_id: OTHERS, preset_id: id }),
      desk.director.post("/switcher/take", { group_id: OTHERS }),
      desk.director.get(`/switcher/desks/${OTHERS}`),
    ]);
    assert.deepEqual(
      answers.map(told),
      answers.map(() => [404, "not_found"]),
    );
  }
  assert.equal(foreign.switches.length, before);
  const { presets } = (await desk.director.get("/switcher/presets")).body as { presets: Preset[] };
  assert.deepEqual(new Set(presets.map(({ group_id: id }) => id)), new Set([GROUP]));
  assert.deepEqual(((await desk.director.get(`/switcher/presets?group_id=${OTHERS}`)).body as { presets: Preset[] }).presets, []);
});

test("who watches another tenant's desk sees nothing of it, also while it is used", async () => {
  const browser = await TestBrowser.open(desk.director, [`desk:${OTHERS}`, `desk:${GROUP}`]);
  await waitFor("the own desk", () => browser.of(`desk:${GROUP}`, "desk") !== undefined);

  await stranger.post(`/switcher/presets/${theirs.id}/activate`, { wait: "verified" });
  await desk.load(ours.id);
  await waitFor("the own PVW", () => browser.of<{ pvw?: object }>(`desk:${GROUP}`, "desk")?.pvw !== undefined);

  assert.deepEqual(browser.topics.get(`desk:${OTHERS}`) ?? {}, {});
  assert.ok(!browser.bytes.includes(theirs.id) && !browser.bytes.includes(foreign.id));
  await desk.load(null);
  await browser.leave();
});

test("a preset is made of nodes that the group has, and of flows and inputs that they have", async () => {
  const make = (actions: unknown): Promise<Answer> =>
    desk.admin.post("/switcher/presets", { group_id: GROUP, name: `N${randomUUID()}`, short_label: "N", actions });
  const [good] = actionsOf([desk.nodes.a], 1);

  for (const [actions, code, field] of [
    [[{ ...good, node_id: foreign.id }], "preset_target_unknown", "body.actions[0].node_id"],
    [[good, { ...good, flow_id: "clean", input_id: "m1" }], "preset_target_unknown", "body.actions[1].input_id"],
    [[{ ...good, flow_id: "none" }], "preset_target_unknown", "body.actions[0].flow_id"],
    [[good, { ...good, input_id: "m2" }], "preset_contradicts", "body.actions[1]"],
    [[], "request_malformed", "body.actions"],
    [Array(65).fill(good), "request_malformed", "body.actions"],
    [[{ ...good, splice_mode_override: "magic" }], "request_malformed", "body.actions[0].splice_mode_override"],
  ] as const) {
    const { body } = await make(actions);
    assert.deepEqual([body["error_code"], body["field"]], [code, field]);
  }
  const { body, status } = await desk.admin.post("/switcher/presets", { group_id: GROUP, name: "ours", short_label: "X", actions: [good] });
  assert.deepEqual([status, body["error_code"], body["field"]], [409, "name_taken", "body.name"]);
  assert.equal(
    (await desk.admin.post("/switcher/presets", { group_id: GROUP, name: "L", short_label: "NINELETTR", actions: [good] })).status,
    400,
  );
});

test("a route on a bus is kept and refused until a node can make it, and says why", async () => {
  const { body, status } = await desk.admin.post("/switcher/presets", {
    group_id: GROUP,
    name: "Salvo",
    short_label: "SALVO",
    actions: [
      {
        type: "bus_route",
        node_id: desk.nodes.a.id,
        dst_flow_id: "main",
        dst_program_number: 1,
        source_input_id: "m2",
        source_program_number: 2,
      },
    ],
  });
  assert.equal(status, 201, JSON.stringify(body));
  const before = desk.nodes.a.switches.length;

  const refused = await desk.director.post(`/switcher/presets/${String(body["id"])}/activate`, {});

  assert.deepEqual(told(refused), [409, "take_blocked"]);
  assert.match(JSON.stringify(refused.body), /assembly_unavailable/);
  assert.match(String(refused.body["error"]), /does not assemble flows/);
  assert.equal(desk.nodes.a.switches.length, before);
  await desk.admin.delete(`/switcher/presets/${String(body["id"])}`);
});

test("an edit of an older version is refused; a preset on a bus is not deleted", async () => {
  const { id } = await desk.preset("Edited", 1, [desk.nodes.a]);
  const fields = { name: "Edited", short_label: "EDITED", actions: actionsOf([desk.nodes.a], 3) };
  const first = await desk.admin.put(`/switcher/presets/${id}`, fields, { "if-match": '"1"' });
  const second = await desk.admin.put(`/switcher/presets/${id}`, fields, { "if-match": '"1"' });
  assert.deepEqual([first.status, first.body["version"], ...told(second)], [200, 2, 412, "version_conflict"]);

  await desk.load(id);
  assert.deepEqual(told(await desk.admin.delete(`/switcher/presets/${id}`)), [409, "preset_on_bus"]);
  await desk.load(null);
  assert.equal((await desk.admin.delete(`/switcher/presets/${id}`)).status, 204);
});

test("two keys change places in one step, or neither does", async () => {
  const { body: page } = await desk.admin.post("/switcher/pages", { group_id: GROUP, name: "Places" });
  const actions = actionsOf([desk.nodes.a], 1);
  const put = async (name: string, position: number): Promise<Preset> =>
    (await desk.admin.post("/switcher/presets", { group_id: GROUP, name, short_label: name, page_id: page["id"], position, actions }))
      .body as unknown as Preset;
  const [one, two] = [await put("P1", 0), await put("P2", 1)];
  const swap = (room: object): Promise<Answer> =>
    desk.admin.put(
      `/switcher/presets/${one.id}`,
      { name: "P1", short_label: "P1", page_id: page["id"], position: 1, actions, makes_room: room },
      { "if-match": '"1"' },
    );
  const places = async (): Promise<unknown[]> => {
    const { presets } = (await desk.director.get(`/switcher/presets?group_id=${GROUP}`)).body as { presets: Preset[] };
    return [one, two].map(({ id }) => presets.find((each) => each.id === id)).map((preset) => [preset?.position, preset?.version]);
  };

  for (const [room, code, field] of [
    [{ preset_id: two.id, version: 7, position: 0 }, "version_conflict", undefined],
    [{ preset_id: one.id, version: 1, position: 0 }, "request_malformed", "body.makes_room.preset_id"],
    [{ preset_id: ours.id, version: 1, position: 0 }, "request_malformed", "body.makes_room.preset_id"],
    [{ preset_id: theirs.id, version: 1, position: 0 }, "request_malformed", "body.makes_room.preset_id"],
    [{ preset_id: randomUUID(), version: 1, position: 0 }, "request_malformed", "body.makes_room.preset_id"],
    [{ preset_id: two.id, version: 1, position: -1 }, "request_malformed", "body.makes_room.position"],
  ] as const) {
    const { body } = await swap(room);
    assert.deepEqual([body["error_code"], body["field"]], [code, field]);
  }
  assert.deepEqual(await places(), [
    [0, 1],
    [1, 1],
  ]);

  assert.equal((await swap({ preset_id: two.id, version: 1, position: 0 })).status, 200);
  assert.deepEqual(await places(), [
    [1, 2],
    [0, 2],
  ]);
  const rows = await desk.manager.database.queries
    .selectFrom("audit_log")
    .select(["action", "target_name"])
    .orderBy("seq", "desc")
    .limit(2)
    .execute();
  assert.deepEqual(rows.map(({ action, target_name: name }) => `${action} ${name}`).toSorted(), [
    "switcher.preset.update P1",
    "switcher.preset.update P2",
  ]);
});

test("a preset whose source is gone may be named and moved, and gets no other that is not there", async () => {
  const [action] = actionsOf([desk.nodes.a], 1);
  const { id } = await desk.preset("Stale", 1, [desk.nodes.a]);
  const gone = { ...action, input_id: "long-gone" };
  await desk.manager.database.queries
    .updateTable("switcher_presets")
    .set({ actions: JSON.stringify([gone]) })
    .where("id", "=", id)
    .execute();
  const save = (version: number, actions: unknown): Promise<Answer> =>
    desk.admin.put(
      `/switcher/presets/${id}`,
      { name: "Renamed", short_label: "STALE", position: 5, actions },
      { "if-match": `"${version}"` },
    );

  assert.equal((await save(1, [gone])).status, 200);
  const { body } = await save(2, [{ ...gone, flow_id: "clean" }]);

  assert.deepEqual([body["error_code"], body["field"]], ["preset_target_unknown", "body.actions[0].input_id"]);
});

test("a right that is taken away between the load and the take counts at the take", async () => {
  const { queries } = desk.manager.database;
  const setNodes = async (ids: string[] | null): Promise<void> => {
    const { status } = await desk.admin.put(`/groups/${GROUP}/members/${desk.userIds.second}`, { role: "operator", allowed_node_ids: ids });
    assert.equal(status, 200);
  };
  await desk.load(ours.id, desk.second);
  const before = desk.nodes.a.switches.length + desk.nodes.b.switches.length;
  await setNodes([desk.nodes.a.id]);

  const refused = await desk.take({}, desk.second);

  assert.deepEqual(told(refused), [409, "take_blocked"]);
  assert.match(JSON.stringify(refused.body["details"]), /insufficient_role/);
  assert.equal(desk.nodes.a.switches.length + desk.nodes.b.switches.length, before, "nothing of it was done");
  await desk.admin.put(`/groups/${GROUP}/members/${desk.userIds.second}`, { role: "viewer", allowed_node_ids: null });
  assert.deepEqual(told(await desk.take({}, desk.second)), [403, "insufficient_role"]);
  await queries.deleteFrom("group_members").where("user_id", "=", desk.userIds.second).execute();
  await desk.admin.put(`/groups/${GROUP}/members/${desk.userIds.director}`, { role: "operator", allowed_node_ids: null });
  assert.deepEqual(told(await desk.take({}, desk.second)), [404, "not_found"]);
  await queries
    .insertInto("group_members")
    .values({ group_id: GROUP, user_id: desk.userIds.second, role: "operator", allowed_node_ids: null })
    .execute();
  await setNodes(null);
});

test("who has locked the desk is the one who takes, while they are at it; anybody may take it over, and is seen to", async () => {
  const seat = { seat: randomUUID(), mode: "live", is_armed: true };
  const lock = (by: TestClient, body: object): Promise<Answer> => by.post(`/switcher/desks/${GROUP}/lock`, body);
  await desk.director.post(`/switcher/desks/${GROUP}/seats`, seat);
  assert.equal((await lock(desk.director, { is_locked: true })).status, 200);
  await desk.load(ours.id);

  const refused = await desk.take({}, desk.second);
  assert.deepEqual([...told(refused), (refused.body["details"] as { by?: string }).by], [423, "desk_locked", "director"]);
  assert.deepEqual(told(await lock(desk.second, { is_locked: true })), [423, "desk_locked"]);

  await desk.second.post(`/switcher/desks/${GROUP}/seats`, { ...seat, seat: randomUUID() });
  assert.equal((await lock(desk.second, { is_locked: true, take_over: true })).status, 200);
  assert.deepEqual(told(await desk.take({}, desk.director)), [423, "desk_locked"]);
  const { desk: state } = await desk.whole();
  assert.deepEqual([state.lock?.by, state.seats.map(({ name }) => name)], ["second", ["director", "second"]]);

  await desk.manager.database.queries
    .updateTable("switcher_seats")
    .set({ seen_at: new Date(0) })
    .execute();
  assert.equal((await desk.take({ wait: "verified" }, desk.director)).status, 200, "who has left keeps nobody");
  assert.equal((await desk.whole()).desk.lock, null);
});

test("a viewer sees no desk, and no list of presets", async () => {
  const viewer = await TestClient.loggedIn(desk.manager, "viewer");
  assert.deepEqual(told(await viewer.get("/switcher/presets")), [403, "insufficient_role"]);
  assert.deepEqual(told(await viewer.get(`/switcher/desks/${GROUP}`)), [403, "insufficient_role"]);
});
