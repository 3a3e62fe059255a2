import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS, isSameSearch, keptOf, MOST_FILTERS, withFilter, withKept, withoutFilter, type SavedFilters } from "./remembered.ts";

const NONE: ReadonlySet<string> = new Set();

test("what one browser keeps another one has", () => {
  const chosen = {
    theme: "light",
    zone: "Europe/London",
    group: "grp_a",
    dashboard: "wall",
    filters: { flows: [{ name: "Loss", search: { sort: "-loss" } }] },
  } as const;
  const kept = Object.fromEntries(keptOf(chosen));

  assert.deepEqual(withKept(DEFAULTS, JSON.parse(JSON.stringify(kept)) as Record<string, unknown>, NONE), { ...DEFAULTS, ...chosen });
});

test("what is no longer chosen is kept as nothing, and what was not touched is not sent", () => {
  assert.deepEqual(keptOf({ group: undefined, recent: ["a"] }), [["active_group", null]]);
  assert.equal(withKept({ ...DEFAULTS, group: "grp_a" }, { active_group: null }, NONE).group, undefined);
});

test("what another version of a console has written is passed over", () => {
  const odd = {
    theme: "pink",
    density: 7,
    zone: "Moon/Base",
    dashboard: null,
    saved_filters: { flows: [null, 1, { name: "a", search: { x: 1, y: "z" } }], other: [] },
    more: 1,
  };

  assert.deepEqual(withKept({ ...DEFAULTS, theme: "dark" }, odd, NONE), {
    ...DEFAULTS,
    filters: { flows: [{ name: "a", search: { y: "z" } }] },
  });
});

test("what is on its way to the manager is not undone by what the manager had", () => {
  assert.equal(withKept({ ...DEFAULTS, theme: "dark" }, { theme: "light" }, new Set(["theme"])).theme, "dark");
});

test("a filter of the same name takes the other's place, and a page remembers a few", () => {
  let filters: SavedFilters = {};
  for (let n = 0; n < MOST_FILTERS + 3; n++) {
    filters = withFilter(filters, "nodes", { name: `f${n}`, search: {} });
  }
  filters = withFilter(filters, "nodes", { name: "f5", search: { filter: "x" } });

  assert.equal(filters.nodes?.length, MOST_FILTERS);
  assert.deepEqual(filters.nodes?.at(-1), { name: "f5", search: { filter: "x" } });
  assert.equal(withoutFilter(filters, "nodes", "f5").nodes?.length, MOST_FILTERS - 1);
  assert.ok(isSameSearch({ filter: "", state: "off" }, { state: "off" }));
  assert.ok(!isSameSearch({ state: "off" }, {}));
});
