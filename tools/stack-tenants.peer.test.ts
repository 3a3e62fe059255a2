import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ENDPOINTS, type EndpointName } from "@bilbycast/contracts/manager-api";
import { type EdgeByLine, waitFor } from "@bilbycast/testkit/peers";
import type { Browser } from "playwright-core";
import { openBrowser, openWindow, PATIENCE, signIn, type WatchedPage } from "./stack/browser.ts";
import { LiveEar } from "./stack/live-ear.ts";
import { ManagerApi } from "./stack/manager-api.ts";
import { stackFolder, startStack, type RunningStack } from "./stack/running-stack.ts";
import { firstTenant, marksOf, secondTenant, type Tenant } from "./stack/tenants.ts";

// Two tenants of one manager, each with a node that runs. To each of them the other one does not exist, by whatever way they look.

const folder = stackFolder();
/** Frames of one's own node: some ten seconds of its life. */
const MANY_FRAMES = 12;

type Seat = { tenant: Tenant; other: Tenant; api: ManagerApi; window: WatchedPage };

let stack: RunningStack;
let browser: Browser;
let root: ManagerApi;
let edge: EdgeByLine | undefined;
let north: Seat;
let south: Seat;

before(async () => {
  [stack, browser] = await Promise.all([startStack(folder.path), openBrowser()]);
  root = await ManagerApi.logIn(stack.address, stack.username, stack.password);
  const first = await firstTenant(root, stack.address);
  const second = await secondTenant(root, folder.path);
  edge = second.edge;
  const other = await takeSeat(second.tenant, first);
  south = { ...other, tenant: { ...second.tenant, password: "Second-Password-2" } };
  north = await takeSeat(first, south.tenant);
});
after(async () => {
  await Promise.all([root, north?.api, south?.api].map((api) => api?.close()));
  await browser.close();
  await edge?.stop();
  assert.equal(await stack.end(), 0);
  folder.remove();
});

/** Logs in by the browser; who is there for the first time must choose a password before anything else. */
const takeSeat = async (tenant: Tenant, other: Tenant): Promise<Seat> => {
  const window = await openWindow(browser);
  const { page } = window;
  await signIn(page, stack.address, tenant.username, tenant.password);
  let { password } = tenant;
  if (password.startsWith("First")) {
    await page.getByLabel("The present one").fill(password);
    password = "Second-Password-2";
    await page.getByLabel("The new one").fill(password);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Password changed.").waitFor();
    await page.getByRole("link", { name: "Dashboard" }).first().click();
  }
  await page.getByRole("row", { name: new RegExp(tenant.nodeName) }).waitFor();
  return { tenant, other, window, api: await ManagerApi.logIn(stack.address, tenant.username, password) };
};

const assertNothingOf = (other: Tenant, text: string, where: string): void => {
  for (const mark of marksOf(other)) {
    assert.ok(!text.includes(mark), `${where} tells of ${mark}: ${text.slice(0, 2_000)}`);
  }
};

/** Everything that can be read, with the ids of the other one where ids are asked for. */
const readings = ({ nodeId, groupId, userId, flowId }: Tenant): { path: string; isForeign: boolean }[] =>
  (Object.keys(ENDPOINTS) as EndpointName[])
    .map((name) => ENDPOINTS[name])
    .filter(({ method, path }) => method === "GET" && !/:(key|snapshot_id|change_id|preset_id|take_id)/.test(path))
    .map(({ path }) => ({
      isForeign: /:(node|group|user)_id/.test(path),
      path: path
        .replace(":node_id", nodeId)
        .replace(":group_id", groupId)
        .replace(":user_id", userId)
        .replace(":flow_id", flowId)
        .replace(":input_id", "camera-1")
        .concat(path.endsWith("stats-history") ? "?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z" : ""),
    }));

test("no list has anything of the other one, and nothing of theirs is at any address", async () => {
  for (const { api, other, tenant } of [north, south]) {
    for (const { path, isForeign } of readings(other)) {
      const answer = await api.ask("GET", path);
      const text = await answer.text();
      assertNothingOf(other, text, `${path} for ${tenant.username}`);
      if (isForeign) {
        assert.deepEqual([path, answer.status(), answer.status() === 404 && text.includes("not_found")], [path, 404, true]);
      } else {
        assert.ok([200, 403].includes(answer.status()), `${path}: ${answer.status()}`);
      }
    }
    const { nodes } = await api.get<{ nodes: { id: string }[] }>("/nodes");
    assert.deepEqual(
      nodes.map(({ id }) => id),
      [tenant.nodeId],
    );
  }
});

test("nothing of theirs can be changed either, and it is not told that it is there", async () => {
  for (const { api, other } of [north, south]) {
    const { nodeId } = other;
    const command = await api.ask("POST", `/nodes/${nodeId}/command`, { action: { type: "stop_flow", flow_id: other.flowId } });
    const config = await api.ask("PUT", `/nodes/${nodeId}/config`, { base_revision: "0".repeat(64), config: {} });
    const share = await api.ask("PUT", `/nodes/${nodeId}/shares/grp_default`, { permission: "view" });
    const gone = await api.ask("DELETE", `/nodes/${nodeId}`);

    assert.deepEqual(
      [command, config, share, gone].map((answer) => answer.status()),
      [404, 404, 404, 404],
    );
  }
});

test("pictures are each one's own, also to who knows their address", async () => {
  for (const { api, other, tenant, window } of [north, south]) {
    await api.picture(tenant.nodeId, tenant.flowId);
    const statuses = await window.page.evaluate(
      (paths) => Promise.all(paths.map(async (path) => (await fetch(path)).status)),
      [tenant, other].map(({ nodeId, flowId }) => `/api/v1/nodes/${nodeId}/flows/${flowId}/thumbnail`),
    );
    assert.deepEqual(statuses, [200, 404]);
  }
});

/** Something happens on the node: a flow stops and starts. */
const stir = async ({ api, tenant }: Seat): Promise<void> => {
  for (const type of ["stop_flow", "start_flow"]) {
    await api.post(`/nodes/${tenant.nodeId}/command`, { action: { type, flow_id: tenant.flowId } });
  }
};

test("what happens on one's nodes is told to nobody else, for as long as they listen", async () => {
  const listen = async ({ tenant, window }: Seat, whose: Tenant): Promise<LiveEar> =>
    LiveEar.open(window.page, `ear ${whose.nodeId} ${tenant.nodeId}`, [
      ...(whose === tenant ? ["nodes", "alarms", "events"] : []),
      `node:${whose.nodeId}`,
      `changes:${whose.nodeId}`,
    ]);
  const seats = [north, south];
  const own = await Promise.all(seats.map((seat) => listen(seat, seat.tenant)));
  const foreign = await Promise.all(seats.map((seat) => listen(seat, seat.other)));
  await Promise.all(seats.map(stir));
  for (const [i, ear] of own.entries()) {
    const { tenant, other } = seats[i] ?? assert.fail();
    const isLively = async (): Promise<boolean> => {
      const frames = await ear.frames();
      const deltas = frames.filter((text) => text.includes('"patch"') && text.includes(tenant.nodeId));
      return deltas.length >= MANY_FRAMES && frames.some((text) => text.includes('"type":"event"'));
    };
    await waitFor(`deltas of ${tenant.nodeName}`, isLively, PATIENCE / 1_000);
    assertNothingOf(other, (await ear.frames()).join("\n"), `the live channel of ${tenant.username}`);
  }
  for (const [i, ear] of foreign.entries()) {
    const { other } = seats[i] ?? assert.fail();
    const told = (await ear.frames()).map((text) => JSON.parse(text) as { type: string; topic?: string; objects?: object });
    assert.deepEqual(
      told
        .filter(({ type }) => type !== "hello" && type !== "pong")
        .map(({ type, topic = "", objects }) => [topic, type, objects])
        .toSorted(),
      [`changes:${other.nodeId}`, `node:${other.nodeId}`].map((topic) => [topic, "snapshot", {}]),
    );
  }
});

test("pages show one's own alone, and somebody else's address leads to nothing", async () => {
  for (const { other, tenant, window } of [north, south]) {
    const { page } = window;
    for (const path of ["/dashboard", "/events?view=events", "/admin/nodes", "/admin/users", "/admin/groups"]) {
      await page.goto(`${stack.address}${path}`);
      await page
        .getByText(path.endsWith("users") ? tenant.username : path.endsWith("groups") ? tenant.groupName : tenant.nodeName)
        .first()
        .waitFor();
      assertNothingOf(other, await page.content(), `${path} of ${tenant.username}`);
    }
    for (const tab of ["overview", `flows?flow=${other.flowId}`]) {
      await page.goto(`${stack.address}/nodes/${other.nodeId}/${tab}`);
      await page.getByText("There is nothing of this name that you may see").waitFor();
      const text = await page.locator("body").innerText();
      assert.ok(!text.includes(other.nodeName) && !text.includes(other.flowName), text);
    }
  }
});
