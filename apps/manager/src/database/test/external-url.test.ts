import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { testDatabase } from "../../../test/test-database.ts";
import { Database } from "../database.ts";
import { externalTarget } from "../external-url.ts";

test("a URL names host, port, user, password and database, percent signs included", () => {
  assert.deepEqual(externalTarget("postgres://ada:p%40ss%2Fword@localhost:5433/control"), {
    host: "localhost",
    port: 5433,
    user: "ada",
    password: "p@ss/word",
    database: "control",
    ssl: false,
  });
});

test("a server elsewhere has to prove who it is, unless the URL says otherwise", () => {
  const ssl = (text: string): unknown => externalTarget(text).ssl;

  assert.deepEqual(ssl("postgres://ada@db.example/control"), {});
  assert.deepEqual(ssl("postgres://ada@db.example/control?sslmode=verify-full"), {});
  assert.deepEqual(ssl("postgres://ada@db.example/control?sslmode=require"), { rejectUnauthorized: false });
  assert.equal(ssl("postgres://ada@db.example/control?sslmode=disable"), false);
  assert.deepEqual(ssl("postgres://ada@127.evil.example/control"), {}, "a name is no address of this machine");
  assert.equal(ssl("postgres://ada@[::1]/control"), false);
});

const REFUSED = [
  "",
  "mysql://ada:hunter2@db.example/control",
  "postgres://ada:hunter2@db.example",
  "postgres://db.example/control",
  "postgres://ada:hunter2%zz@db.example/control",
  "postgres://ada:hunter2@db.example/control?sslmode=prefer",
  "postgres://ada:hunter2@db.example/control?sslrootcert=/nowhere",
  "postgres://ada:hunter2@db.example/control?options=-c%20fsync=off",
];

for (const text of REFUSED) {
  test(`${text.replace("hunter2", "…")} is refused, and the password is not repeated`, () => {
    assert.throws(
      () => externalTarget(text),
      (error: unknown) => {
        assert.ok(isFault(error));
        assert.equal(error.code, "database_url_invalid");
        assert.doesNotMatch(`${error.stack ?? ""} ${JSON.stringify(error)}`, /hunter2/);
        return true;
      },
    );
  });
}

test("a Unix socket is named by its folder", async () => {
  const { target } = await testDatabase();

  const database = await Database.open(
    externalTarget(`postgres://${target.user}@localhost/${target.database}?host=${encodeURIComponent(target.host)}`),
  );

  assert.ok(await database.isReachable());
  await database.close();
});

test("a server that speaks no TLS is not spoken to without, and that is said at once", async () => {
  const { target } = await testDatabase();
  const plain = createServer((socket) => {
    // What a server without TLS answers to the request for it.
    socket.once("data", () => socket.end("N")).on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(plain, "listening");
  const { port } = plain.address() as AddressInfo;

  await assert.rejects(
    Database.open(externalTarget(`postgres://${target.user}:hunter2@127.0.0.1:${port}/x?sslmode=require`)),
    (error: unknown) => {
      assert.ok(isFault(error));
      assert.equal(error.code, "database_refused");
      assert.match(error.message, /SSL/);
      return true;
    },
  );

  plain.close();
});
