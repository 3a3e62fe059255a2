import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { LookTogether } from "../look-together.ts";

type Query = { ids: readonly string[]; answer: (found: ReadonlyMap<string, string>) => void; fail: (error: Error) => void };

const rig = (): { look: LookTogether<string>; queries: Query[] } => {
  const queries: Query[] = [];
  const look = new LookTogether<string>(
    (ids) => new Promise<ReadonlyMap<string, string>>((answer, fail) => queries.push({ ids, answer, fail })),
  );
  return { look, queries };
};

const named = (ids: readonly string[]): Map<string, string> => new Map(ids.map((id) => [id, `name of ${id}`]));

test("what is asked in one moment is one query, and each gets its own", async () => {
  const { look, queries } = rig();
  const asked = ["a", "b", "a", "gone"].map((id) => look.find(id));
  await turn();

  assert.deepEqual(
    queries.map(({ ids }) => ids),
    [["a", "b", "gone"]],
  );
  queries[0]?.answer(named(["a", "b"]));
  assert.deepEqual(await Promise.all(asked), ["name of a", "name of b", "name of a", undefined]);
});

test("what is asked while a query runs is not answered by it", async () => {
  const { look, queries } = rig();
  const before = look.find("a");
  await turn();
  const after = look.find("a");
  await turn();
  assert.equal(queries.length, 1);

  queries[0]?.answer(new Map([["a", "old"]]));
  assert.equal(await before, "old");
  await turn();
  queries[1]?.answer(new Map([["a", "new"]]));
  assert.equal(await after, "new");
});

test("a query that fails fails for those who asked, and the next one is made", async () => {
  const { look, queries } = rig();
  const [first, second] = [look.find("a"), look.find("b")];
  await turn();
  queries[0]?.fail(new Error("gone"));
  await assert.rejects(first, /gone/);
  await assert.rejects(second, /gone/);

  const third = look.find("c");
  await turn();
  queries[1]?.answer(named(["c"]));
  assert.equal(await third, "name of c");
});

test("a query has so many ids at most", async () => {
  const { look, queries } = rig();
  const asked = Array.from({ length: 501 }, (_, index) => look.find(`${index}`));
  await turn();
  queries[0]?.answer(named(queries[0].ids));
  await asked[0];
  await turn();
  queries[1]?.answer(named(queries[1].ids));

  assert.equal(await asked[500], "name of 500");
  assert.deepEqual(
    queries.map(({ ids }) => ids.length),
    [500, 1],
  );
});
