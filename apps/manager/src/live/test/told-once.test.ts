import assert from "node:assert/strict";
import { test } from "node:test";
import type { Subject } from "@bilbycast/contracts/manager-api";
import { merged } from "../../../test/test-browser.ts";
import { Board, WHOLE } from "../board.ts";
import { Feed } from "../feed.ts";
import { LiveSession, type Outlet } from "../live-session.ts";
import { mergePatch } from "../merge-patch.ts";

const CASES: [string, Record<string, unknown>, Record<string, unknown>][] = [
  ["a value that changes", { a: 1, b: 2 }, { a: 1, b: 3 }],
  ["a member that comes", {}, { a: { b: 1 } }],
  ["a member that goes", { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2 } }],
  ["a list", { a: [1, 2] }, { a: [1, 2, 3] }],
  ["an object that becomes a list", { a: { b: 1 } }, { a: [1] }],
  ["a list that becomes an object", { a: [1] }, { a: { b: 1 } }],
  ["a value that becomes an object", { a: 1 }, { a: { b: 1 } }],
];

for (const [name, before, after] of CASES) {
  test(`${name}: the patch makes the one of the other`, () => {
    const patch = mergePatch(before, after);

    assert.ok(patch !== undefined);
    assert.deepEqual(merged(before, patch), after);
    assert.equal(mergePatch(after, structuredClone(after)), undefined);
  });
}

test("a null and nothing are the same to a patch", () => {
  assert.equal(mergePatch({ a: null }, {}), undefined);
  assert.equal(mergePatch({}, { a: null }), undefined);
  assert.deepEqual(mergePatch({ a: 1 }, { a: null }), { a: null });
  assert.deepEqual(mergePatch({ a: null }, { a: 1 }), { a: 1 });
});

test("a reader who saw the last round gets the change, one who missed some the whole, one who is abreast nothing", () => {
  const board = new Board();
  board.put("n", { a: 1, b: 1 }, 1);
  board.put("n", { a: 2, b: 1 }, 2);
  board.put("n", { a: 2, b: 1 }, 3);
  board.put("n", { a: 3, b: 1 }, 4);

  assert.equal(board.since("n", 4), undefined);
  assert.equal(board.since("n", 3), '"n":{"a":3}');
  assert.equal(board.since("n", 2), '"n":{"a":3}');
  assert.equal(board.since("n", 1), WHOLE);
  assert.equal(board.whole("n"), '"n":{"a":3,"b":1}');
  board.drop("n", 5);
  assert.equal(board.since("n", 4), '"n":null');
  assert.deepEqual(board.goneSince(4), ["n"]);
});

test("the feed keeps so much, and who is behind it learns that", () => {
  const feed = new Feed();
  for (let index = 0; index < 6_000; index++) {
    feed.add({ kind: "event", nodeId: null, groupId: "g", text: "x", at: 0 });
  }

  assert.equal(feed.since(0), undefined);
  assert.equal(feed.since(5_990)?.length, 10);
  assert.equal(feed.since(6_000)?.length, 0);
  feed.add({ kind: "event", nodeId: null, groupId: "g", text: "x", at: 100_000 });
  assert.equal(feed.since(5_990), undefined);
  assert.equal(feed.since(6_000)?.length, 1);
  feed.skip();
  assert.equal(feed.since(6_001), undefined);
});

const subject: Subject = { user_id: "u", platform_role: "user", memberships: [], via: "session" };
const caller = {
  subject,
  userId: "u",
  name: "u",
  platformRole: "user",
  sessionId: "s",
  tokenId: undefined,
  mustChangePassword: false,
} as const;

test("a browser that takes nothing is passed over, and closed when it has taken nothing for half a minute", () => {
  const session = new LiveSession(caller, "", 0);
  const closed: string[] = [];
  const outlet: Outlet & { bufferedAmount: number } = {
    bufferedAmount: 1_000_000,
    send: () => undefined,
    close: (_, why) => void closed.push(why),
  };
  session.outlet = outlet;

  assert.equal(session.canTake(0), false);
  outlet.bufferedAmount = 0;
  assert.equal(session.canTake(29_000), true);
  outlet.bufferedAmount = 1_000_000;
  assert.equal(session.canTake(31_000), false);
  assert.deepEqual(closed, []);
  assert.equal(session.canTake(62_000), false);
  assert.equal(closed.length, 1);
});

test("a session goes back to what its browser has, and not when something of that is no longer its business", () => {
  const session = new LiveSession(caller, "", 7);
  session.outlet = { bufferedAmount: 0, send: () => undefined, close: () => undefined };
  session.sight = { nodes: new Set(["a", "b"]), until: Number.POSITIVE_INFINITY };
  session.topics.set("nodes", { seen: 3 });
  session.send("hello", "");
  session.mark(3, 0);
  session.send("patch", "");
  session.send("patch", "");
  session.feed = 9;
  session.topics.set("nodes", { seen: 4 });
  session.mark(4, 1_000);

  assert.equal(session.goBackTo(2), true);
  assert.equal(session.feed, 7);
  assert.equal(session.topics.get("nodes")?.seen, 3);
  assert.equal(session.goBackTo(99), false);
  session.sight = { nodes: new Set(["a"]), until: Number.POSITIVE_INFINITY };
  assert.equal(session.goBackTo(2), false);
});
