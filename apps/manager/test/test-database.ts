import { Database } from "../src/database/database.ts";
import type { ConnectionTarget } from "../src/database/connection-target.ts";
import { migrate } from "../src/database/migrate.ts";
import { beforeStop, testServer, type TestServer } from "./test-server.ts";

/** A database of a test's own. `another` opens it once more, as a second instance of the manager would. */
export type TestDatabase = { database: Database; target: ConnectionTarget; another: () => Promise<Database> };

const TEMPLATE = "migrated";

let template: Promise<void> | undefined;
let count = 0;

/** A fresh database with every migration; closed after the file's last test. */
export const testDatabase = async (): Promise<TestDatabase> => {
  const { admin, server } = await testServer();
  template ??= makeTemplate({ admin, server });
  await template;
  return create(TEMPLATE);
};

/** A fresh database with nothing in it. */
export const emptyDatabase = (): Promise<TestDatabase> => create("template1");

const create = async (from: string): Promise<TestDatabase> => {
  const { admin, server } = await testServer();
  const name = `test_${++count}`;
  await admin.query(`create database ${name} template ${from} owner ${server.target.user} strategy file_copy`);
  const target = { ...server.target, database: name };
  const another = async (): Promise<Database> => {
    const database = await Database.open(target, { connections: 4 });
    beforeStop(() => database.close());
    return database;
  };
  return { database: await another(), target, another };
};

const makeTemplate = async ({ admin, server }: TestServer): Promise<void> => {
  await admin.query(`create database ${TEMPLATE} owner ${server.target.user}`);
  const database = await Database.open({ ...server.target, database: TEMPLATE }, { connections: 1 });
  await migrate(database);
  await database.close();
};
