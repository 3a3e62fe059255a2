import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./accessibility.ts";
import { openPage, type WatchedPage } from "./browser.ts";
import type { FakeManager } from "./fake-manager.ts";
import { config, uuid } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

// Two people change one flow: field by field, what the node has or what one wants.

let manager: FakeManager;

type Config = { inputs: Record<string, unknown>[] };
const [OLD, NEW] = ["0".repeat(64), "1".repeat(64)];
/** What the node has once somebody else has saved. */
let theirs: Config | undefined;

const configNow = (): { config: object; revision: string } =>
  theirs === undefined ? { config: config(), revision: OLD } : { config: theirs, revision: NEW };
const latencyOf = (of: object): unknown => (of as Config).inputs[0]?.["latency_ms"];

/** A manager as its merge goes for this one field: base 240, theirs 300. */
const plan = (base: string, wanted: object): object => {
  const isBehind = theirs !== undefined && base === OLD;
  const mine = latencyOf(wanted);
  const isConflict = isBehind && mine !== 240 && mine !== 300;
  return {
    revision: configNow().revision,
    differences: [
      ...(mine === latencyOf(configNow().config)
        ? []
        : [{ path: "/inputs/cam-match/latency_ms", kind: "changed", before: latencyOf(configNow().config), after: mine }]),
      { path: "/flows/flow-1/name", kind: "changed", before: "World feed dirty", after: "World feed" },
    ],
    conflicts: isConflict ? [{ path: "/inputs/cam-match/latency_ms", base: 240, mine, theirs: 300 }] : [],
    merged: wanted,
    findings: [],
    restarts: isConflict ? [] : ["flow-1"],
  };
};

withStandIn((started) => {
  theirs = undefined;
  manager = started;
  manager.answer("config", () => ({
    status: 200,
    value: { ...configNow(), reported_at: new Date().toISOString(), is_live: true },
  }));
  manager.answer("planConfig", ({ body }) => {
    const { base_revision: base, config: wanted } = body as { base_revision: string; config: object };
    return { status: 200, value: plan(base, wanted) };
  });
});

const somebodySaves = (): void => {
  const before = config() as Config;
  theirs = { ...before, inputs: before.inputs.map((input, i) => (i === 0 ? { ...input, latency_ms: 300 } : input)) };
};

const refuseOld = (): void =>
  manager.answer("putConfig", ({ body }) =>
    (body as { base_revision: string }).base_revision === configNow().revision
      ? {
          status: 200,
          value: {
            id: uuid(1),
            node_id: uuid(5),
            by: "R. Kaur",
            at: new Date().toISOString(),
            summary: "Configuration",
            state: "watching",
            watched_until: null,
            differences: [],
            alarms: [],
            error: null,
            error_code: null,
            can_revert: true,
          },
        }
      : { status: 409, value: { error: "The node's configuration has changed since the edit began.", error_code: "config_conflict" } },
  );

const edit = async (page: Page, latency: string): Promise<void> => {
  const parts = page.getByRole("navigation", { name: "Parts of the flow" });
  await parts.getByRole("button", { name: /cam-match/ }).click();
  await page
    .getByLabel(/^Latency/)
    .first()
    .fill(latency);
  await parts.getByRole("button", { name: /Flow$/ }).click();
  await page.getByLabel("Name", { exact: true }).fill("World feed");
};

const open = (t: TestContext): Promise<WatchedPage> => openPage(t, `${manager.url}/nodes/${uuid(5)}/flows?sheet=edit&flow=flow-1`);
const saved = (): { base_revision: string; config: Config & { flows: { name: string }[] } } =>
  manager.acts.findLast(({ name }) => name === "putConfig")?.body as ReturnType<typeof saved>;

for (const [side, latency] of [
  ["the node has 300", 300],
  ["you want 160", 160],
] as const) {
  test(`saving over a newer version opens a merge, and with "${side}" that value is saved on the new version`, async (t) => {
    refuseOld();
    const { page, complaints } = await open(t);
    await edit(page, "160");
    await page.getByText("Stops for a moment: flow-1").waitFor();
    somebodySaves();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const merge = page.getByRole("region", { name: "Fields that two changed" });
    await merge.waitFor();
    assert.deepEqual(await violationsOf(page), []);
    assert.ok(await page.getByRole("button", { name: "Save", exact: true }).isDisabled());
    assert.ok(await merge.getByRole("button", { name: "1 field to choose" }).isDisabled());
    await merge.getByRole("cell", { name: "only you" }).waitFor();

    await merge.getByRole("radio", { name: new RegExp(side) }).check();
    await merge.getByRole("button", { name: "Go on with this" }).click();
    await merge.waitFor({ state: "hidden" });
    await page.getByText("Stops for a moment: flow-1").waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText(/World feed saved on NGA-OB1/).waitFor();

    assert.equal(saved().base_revision, NEW);
    assert.equal(latencyOf(saved().config), latency);
    assert.equal(saved().config.flows[0]?.name, "World feed");
    assert.deepEqual(complaints, ["Failed to load resource: the server responded with a status of 409 (Conflict)"]);
  });
}

test("a draft that was kept on this device is compared with what the node has by now", async (t) => {
  refuseOld();
  const { page } = await open(t);
  await edit(page, "160");
  await page.getByText("Stops for a moment: flow-1").waitFor();
  somebodySaves();
  await page.reload();
  await page.getByText("Draft, kept on this device").waitFor();

  await page.getByRole("region", { name: "Fields that two changed" }).waitFor();
});

test("where nobody touched the same field both are kept, which is said and saved on the new version", async (t) => {
  refuseOld();
  const { page } = await open(t);
  await page.getByLabel("Name", { exact: true }).fill("World feed");
  await page.getByText("Stops for a moment: flow-1").waitFor();
  somebodySaves();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("in other fields than yours").waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/World feed saved on NGA-OB1/).waitFor();

  assert.equal(saved().base_revision, NEW);
});
