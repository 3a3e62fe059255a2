import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { sql } from "kysely";
import { testDatabase } from "../../../test/test-database.ts";
import { testServer } from "../../../test/test-server.ts";
import { channel, publish } from "../channel.ts";
import { cleanUpBookkeeping } from "../rate-limit.ts";
import { Listener, type Gap } from "../listener.ts";

type Note = { node: string; text: string };

const notes = channel<Note>("notes", (value) =>
  typeof value === "object" && value !== null && "node" in value && "text" in value ? (value as Note) : undefined,
);

const heardBy = async (target: Parameters<typeof Listener.open>[0]): Promise<{ listener: Listener; heard: Note[]; gaps: Gap[] }> => {
  const heard: Note[] = [];
  const gaps: Gap[] = [];
  const listener = await Listener.open(target, { onGap: (gap) => gaps.push(gap) });
  await listener.on(notes, (note) => heard.push(note));
  return { listener, heard, gaps };
};

const note = (text: string): Note => ({ node: "n1", text });

test("two instances hear each other and themselves, in the order of the commits", async () => {
  const { database, target, another } = await testDatabase();
  const other = await another();
  const [one, two] = [await heardBy(target), await heardBy(target)];

  for (let i = 0; i < 10; i++) {
    await [database, other][i % 2]?.transaction((tx) => publish(tx, notes, note(String(i))));
  }
  await waitFor("ten notes", () => one.heard.length === 10 && two.heard.length === 10);

  assert.deepEqual(
    one.heard.map(({ text }) => text),
    Array.from({ length: 10 }, (_, i) => String(i)),
  );
  assert.deepEqual(two.heard, one.heard);
  await Promise.all([one.listener.close(), two.listener.close()]);
});

test("nothing is told of a transaction that is not kept", async () => {
  const { database, target } = await testDatabase();
  const { listener, heard } = await heardBy(target);

  await assert.rejects(
    database.transaction(async (tx) => {
      await publish(tx, notes, note("rolled back"));
      throw new Error("no");
    }),
  );
  await database.transaction((tx) => publish(tx, notes, note("kept")));
  await waitFor("the note", () => heard.length > 0);

  assert.deepEqual(heard, [note("kept")]);
  await listener.close();
});

test("a payload that is too long for a notification comes whole and in its place", async () => {
  const { database, target } = await testDatabase();
  const { listener, heard, gaps } = await heardBy(target);
  const texts = ["a", "ä".repeat(3_930), "ä".repeat(4_000), "x".repeat(300_000), "z"];

  for (const text of texts) {
    await database.transaction((tx) => publish(tx, notes, note(text)));
  }
  await waitFor("all of them", () => heard.length === texts.length);

  assert.deepEqual(
    heard.map(({ text }) => text),
    texts,
  );
  assert.deepEqual(gaps, []);
  await assert.rejects(
    database.transaction((tx) => publish(tx, notes, note("x".repeat(5 << 20)))),
    { code: "database_payload_too_large" },
  );
  await listener.close();
});

test("a payload whose row is gone is a gap, and so is one that nobody understands", async () => {
  const { database, target } = await testDatabase();
  const { listener, heard, gaps } = await heardBy(target);

  await sql`select pg_notify('notes', 'r424242')`.execute(database.queries);
  await waitFor("the first gap", () => gaps.length === 1);
  await sql`select pg_notify('notes', 'j{"other":1}')`.execute(database.queries);
  await sql`select pg_notify('notes', 'j{')`.execute(database.queries);
  await waitFor("the other gaps", () => gaps.length === 3);

  assert.deepEqual(gaps, ["payload_gone", "unreadable", "unreadable"]);
  assert.deepEqual(heard, []);
  await listener.close();
});

test("a listener whose connection breaks hears again and says that it was deaf", async () => {
  const { database, target } = await testDatabase();
  const { admin } = await testServer();
  const { listener, heard, gaps } = await heardBy(target);

  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%listener' and datname = $1", [
    target.database,
  ]);
  await waitFor("the gap", () => gaps.length > 0);
  await database.transaction((tx) => publish(tx, notes, note("after")));
  await waitFor("the note", () => heard.length > 0);

  assert.deepEqual(gaps, ["reconnected"]);
  assert.deepEqual(heard, [note("after")]);
  await listener.close();
});

test("a handler that fails spoils it for no other one", async () => {
  const { database, target } = await testDatabase();
  const errors: string[] = [];
  const heard: Note[] = [];
  const listener = await Listener.open(target, { onGap: () => undefined, onError: (message) => errors.push(message) });
  await listener.on(notes, () => {
    throw new Error("broken");
  });
  const off = await listener.on(notes, (each) => heard.push(each));

  await database.transaction((tx) => publish(tx, notes, note("1")));
  await waitFor("the note", () => heard.length === 1);
  off();
  await database.transaction((tx) => publish(tx, notes, note("2")));
  await waitFor("the second failure", () => errors.length === 2);

  assert.deepEqual(heard, [note("1")]);
  await listener.close();
});

test("payloads are kept for a while and then removed", async () => {
  const { database } = await testDatabase();
  await database.transaction((tx) => publish(tx, notes, note("x".repeat(10_000))));
  const count = async (): Promise<number> => (await database.queries.selectFrom("notification_payload").select("id").execute()).length;

  await cleanUpBookkeeping(database.queries);
  const fresh = await count();
  await sql`update notification_payload set created_at = now() - interval '1 hour'`.execute(database.queries);
  await cleanUpBookkeeping(database.queries);

  assert.deepEqual([fresh, await count()], [1, 0]);
});
