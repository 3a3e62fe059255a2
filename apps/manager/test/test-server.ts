import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Client } from "pg";
import { EmbeddedPostgres } from "../src/database/embedded/embedded-postgres.ts";

/** A server for the tests of one file. */
export type TestServer = { server: EmbeddedPostgres; admin: Client };

/** What tests do not need: a disk that keeps what a power cut would take. Files that pull the plug start their own server. */
const FORGETFUL = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_connections: "100" };

/** One copy of the programs for all test files of this account, since 60 MB for each would take most of their time. */
export const sharedPrograms = (): string => join(tmpdir(), `bilbycast-test-postgresql-${process.getuid?.() ?? 0}`);

let started: Promise<TestServer & { folder: string }> | undefined;
const closings: (() => Promise<void>)[] = [];

/** The file's server; started by whoever asks first, stopped after the last test. */
export const testServer = (): Promise<TestServer> => (started ??= start());

/** What is to be closed before the server is stopped. */
export const beforeStop = (close: () => Promise<void>): void => {
  closings.push(close);
};

const start = async (): Promise<TestServer & { folder: string }> => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-test-db-"));
  const server = await EmbeddedPostgres.start({ folder, programs: sharedPrograms(), settings: FORGETFUL, sync: false, livesOn: false });
  const admin = new Client({ ...server.target, user: "postgres", database: "postgres" });
  await admin.connect();
  return { server, admin, folder };
};

// Here and not where it starts: a hook that is made while a test runs is that test's own.
after(async () => {
  if (started !== undefined) {
    const { server, admin, folder } = await started;
    await Promise.all(closings.map((close) => close()));
    await admin.end();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
