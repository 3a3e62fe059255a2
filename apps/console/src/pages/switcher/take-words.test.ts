import assert from "node:assert/strict";
import { test } from "node:test";
import type { Desk } from "@bilbycast/contracts/manager-api";
import { airText } from "../../words/times.ts";
import { announcementOf, lostText } from "./take-words.ts";

const at = "2026-10-24T15:32:08Z";
const desk = (pgm: string | null, pvw: string | null, taking: string | null = null, state: "on_air" | "partial" = "on_air") => ({
  pgm: pgm === null ? null : { preset_id: pgm, since: at, by: "x", take_id: null, state },
  pvw: pvw === null ? null : { preset_id: pvw, by: "x", at },
  taking,
});
const said = (before: Pick<Desk, "pgm" | "pvw" | "taking">, after: Pick<Desk, "pgm" | "pvw" | "taking">): string =>
  announcementOf(before, after, (id) => id.toUpperCase());

test("each change of a bus is said, and nothing else is", () => {
  assert.equal(said(desk("a", null), desk("a", "b")), "PVW B");
  assert.equal(said(desk("a", "b"), desk("a", "b", "t")), "Taking");
  assert.equal(said(desk("a", "b", "t"), desk("b", null)), "PGM B. PVW is clear");
  assert.equal(said(desk("a", "b", "t"), desk("b", "b", null, "partial")), "PGM B, partial");
  assert.equal(said(desk("a", null), desk(null, null)), "PGM is not known");
  assert.equal(said(desk("a", "b"), desk("a", "b")), "");
});

test("the first sight of a desk is no change", () => {
  assert.equal(announcementOf(undefined, desk("a", "b"), String), "");
});

test("the clock of what is on air counts minutes, then hours", () => {
  assert.equal(airText(0, 2_472_000), "41:12");
  assert.equal(airText(0, 3_723_900), "1:02:03");
  assert.equal(airText(5_000, 0), "00:00");
});

test("why nothing known is on air is said in words", () => {
  assert.equal(lostText("drifted", "MATCH"), "MATCH was changed on a node");
});
