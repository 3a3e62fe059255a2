import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveSession, type LiveOutput } from "./live-session.ts";
import { LiveStore } from "./live-store.ts";
import type { Json } from "./merge-patch.ts";

const AT = "2026-10-24T15:32:08Z";

/** A session on a clock of its own; what it wants of the socket is collected. */
const stage = () => {
  const store = new LiveStore();
  const session = new LiveSession(store);
  let now = 0;
  const drain = (): LiveOutput[] => {
    const out: LiveOutput[] = [];
    for (let each = session.poll(); each !== undefined; each = session.poll()) {
      out.push(each);
    }
    return out;
  };
  return {
    store,
    session,
    drain,
    sent: () => drain().flatMap((each) => (each.to === "socket" && each.act === "send" ? [each.message] : [])),
    say: (message: Record<string, Json>) => session.received(JSON.stringify({ at: AT, ...message }), now),
    /** Lets time pass, with a wake at every deadline on the way. */
    pass: (ms: number) => {
      const end = now + ms;
      for (let due = session.deadline; due !== undefined && due <= end; due = session.deadline) {
        now = Math.max(now, due);
        session.expire(now);
      }
      now = end;
    },
    open: () => session.opened(now),
    close: (code?: number) => session.closed(now, code),
  };
};

const hello = (seq: number, resumed = false): Record<string, Json> => ({
  type: "hello",
  seq,
  resume_token: "r1",
  instance_id: "ldn-a",
  region: "eu-west",
  version: "1.4.0",
  resumed,
});

const running = () => {
  const made = stage();
  made.session.want(["nodes"]);
  made.session.start();
  made.open();
  made.say(hello(0));
  made.say({ type: "snapshot", seq: 1, topic: "nodes", objects: { a: { name: "A", cpu: 5 }, b: { name: "B" } } });
  made.drain();
  return made;
};

test("what is wanted is asked for when the socket stands", () => {
  const { session, open, sent, drain } = stage();
  session.want(["nodes", "alarms"]);
  session.start();

  assert.deepEqual(drain(), [{ to: "socket", act: "open" }]);

  open();
  assert.deepEqual(sent(), [
    { type: "rate", visible: true },
    { type: "subscribe", topics: ["nodes", "alarms"] },
  ]);
});

const alarm = (id: string, isRaised: boolean): Record<string, Json> => ({ id, is_raised: isRaised, message: `Loss on ${id}` });

test("alarms come one by one after their snapshot, and those that are over stay for a while, a bounded number of them", () => {
  const { say, session, store } = running();
  session.want(["nodes", "alarms"]);
  say({ type: "snapshot", seq: 2, topic: "alarms", objects: { a: alarm("a", true) } });
  say({ type: "alarm", seq: 3, alarm: alarm("b", true) });
  assert.deepEqual(store.row("alarms", "b"), alarm("b", true));

  say({ type: "alarm", seq: 4, alarm: alarm("a", false) });
  assert.deepEqual(store.row("alarms", "a"), alarm("a", false));

  for (let i = 0; i < 200; i += 1) {
    say({ type: "alarm", seq: 5 + i, alarm: alarm(`x${i}`, false) });
  }
  assert.equal(store.row("alarms", "a"), undefined);
  assert.equal(store.keys("alarms").length, 201);
  assert.deepEqual(store.row("alarms", "b"), alarm("b", true));
});

test("a snapshot is the ground and patches change it, one row at a time", () => {
  const { store, say, session } = running();
  const b = store.row("nodes", "b");
  say({ type: "patch", seq: 2, topic: "nodes", objects: { a: { cpu: 7 } } });

  assert.deepEqual(store.row("nodes", "a"), { name: "A", cpu: 7 });
  assert.equal(store.row("nodes", "b"), b);
  assert.equal(session.link.state, "live");
});

test("a number that is skipped begins everything anew, without the resume token", () => {
  const { store, say, pass, drain, open, sent } = running();
  say({ type: "patch", seq: 4, topic: "nodes", objects: { a: { cpu: 9 } } });

  assert.deepEqual(store.row("nodes", "a"), { name: "A", cpu: 5 });
  assert.deepEqual(drain(), [{ to: "socket", act: "close" }]);
  pass(1_000);
  assert.deepEqual(drain(), [{ to: "socket", act: "open" }]);

  open();
  assert.deepEqual(
    sent().map((each) => each.type),
    ["rate", "subscribe"],
  );
});

test("who comes back asks for what was missed and goes on where it was", () => {
  const { store, say, pass, open, sent, close, session } = running();
  close();
  assert.equal(session.link.state, "lost");
  pass(1_000);
  sent();
  open();

  assert.deepEqual(sent()[0], { type: "resume", resume_token: "r1", seq: 1 });
  say(hello(1, true));
  say({ type: "patch", seq: 2, topic: "nodes", objects: { b: { cpu: 1 } } });
  assert.deepEqual(store.row("nodes", "b"), { name: "B", cpu: 1 });
  assert.equal(session.link.back?.afterMs, 1_000);
});

test("where the server forgot, patches wait for the snapshot", () => {
  const { store, say, pass, open, close } = running();
  close();
  pass(1_000);
  open();
  say(hello(0));
  say({ type: "patch", seq: 1, topic: "nodes", objects: { a: { cpu: 99 } } });
  assert.deepEqual(store.row("nodes", "a"), { name: "A", cpu: 5 });

  say({ type: "snapshot", seq: 2, topic: "nodes", objects: { a: { name: "A", cpu: 6 } } });
  say({ type: "patch", seq: 3, topic: "nodes", objects: { a: { cpu: 8 } } });

  assert.deepEqual(store.row("nodes", "a"), { name: "A", cpu: 8 });
  assert.deepEqual(store.keys("nodes"), ["a"]);
});

test("tries come after 1, 2, 5 and then every 10 seconds, and one that worked starts over", () => {
  const { pass, drain, close, open, say } = running();
  const waits: number[] = [];
  close();
  for (let i = 0; i < 5; i += 1) {
    let waited = 0;
    while (!drain().some((each) => each.to === "socket" && each.act === "open")) {
      pass(500);
      waited += 500;
    }
    waits.push(waited);
    close();
  }
  assert.deepEqual(waits, [1_000, 2_000, 5_000, 10_000, 10_000]);

  pass(10_000);
  open();
  say(hello(0));
  drain();
  close();
  pass(1_000);
  assert.deepEqual(drain().at(-1), { to: "socket", act: "open" });
});

test("silence is asked about and then taken for the end", () => {
  const { pass, drain, session } = running();
  pass(5_999);
  assert.deepEqual(drain(), []);

  pass(1);
  assert.deepEqual(drain(), [{ to: "socket", act: "send", message: { type: "ping" } }]);
  pass(6_000);
  assert.deepEqual(drain(), [{ to: "socket", act: "close" }]);
  assert.equal(session.link.state, "lost");
});

test("a pong is as good as data", () => {
  const { pass, say, session } = running();
  pass(6_000);
  say({ type: "pong", seq: 2 });
  pass(5_000);

  assert.equal(session.link.state, "live");
});

test("a session that was taken away is not tried again", () => {
  const { pass, drain, close } = running();
  close(4_401);

  assert.deepEqual(drain(), [{ to: "app", refused: true }]);
  pass(60_000);
  assert.deepEqual(drain(), []);
});

test("a page that is hidden says so, once", () => {
  const { session, sent } = running();
  session.show(false);
  session.show(false);

  assert.deepEqual(sent(), [{ type: "rate", visible: false }]);
});

test("what nobody looks at any more is forgotten", () => {
  const { session, store, sent, say } = running();
  session.want(["alarms"]);

  assert.deepEqual(sent(), [{ type: "subscribe", topics: ["alarms"] }]);
  assert.deepEqual(store.keys("nodes"), []);
  say({ type: "patch", seq: 2, topic: "nodes", objects: { a: { cpu: 1 } } });
  assert.deepEqual(store.keys("nodes"), []);
});

test("rubbish and messages of a newer server are passed over", () => {
  const { session, store, say } = running();
  for (const text of ["", "{", "[]", "null", '{"type":"patch"}', '{"type":5,"seq":1}']) {
    session.received(text, 0);
  }
  say({ type: "weather", seq: 2 });
  say({ type: "patch", seq: 3, topic: "nodes", objects: null });
  say({ type: "patch", seq: 4, topic: "nodes", objects: { a: { cpu: 6 } } });

  assert.deepEqual(store.row("nodes", "a"), { name: "A", cpu: 6 });
});
