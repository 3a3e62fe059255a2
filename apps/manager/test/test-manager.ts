import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { hashPassword } from "../src/auth/passwords.ts";
import type { Database } from "../src/database/database.ts";
import { openLog } from "../src/log.ts";
import { startManager, type ManagerOptions, type RunningManager } from "../src/serve/manager.ts";
import { readSettings } from "../src/settings/settings.ts";
import { testDatabase, type TestDatabase } from "./test-database.ts";
import { beforeStop } from "./test-server.ts";

export const KEYS = { jwtSecret: new Uint8Array(randomBytes(32)), masterKey: new Uint8Array(randomBytes(32)) };

export type TestManager = RunningManager & { database: Database; base: string; lines: string[]; testDatabase: TestDatabase };

/** A manager of one's own on a database of one's own, over plain HTTP as behind a proxy. `lines` is its log. */
export const testManager = async (options: Partial<ManagerOptions> & { on?: TestDatabase } = {}): Promise<TestManager> => {
  const { on = await testDatabase(), ...rest } = options;
  const database = options.on === undefined ? on.database : await on.another();
  const dataDir = mkdtempSync(join(tmpdir(), "bilbycast-manager-"));
  const lines: string[] = [];
  const log = openLog("info", { write: (line) => void lines.push(line) });
  const settings = readSettings({ listen_port: 0, tls_mode: "behind_proxy", public_url: "http://localhost" }, {}, dataDir);
  const manager = await startManager({
    // Whether a console is built here is nothing to these tests.
    consoleFolder: join(dataDir, "no-console"),
    settings,
    keys: KEYS,
    database,
    instanceId: `test-${randomBytes(4).toString("hex")}`,
    version: "0.0.0",
    log,
    ...rest,
  });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) {
      isStopped = true;
      await manager.stop();
    }
  };
  beforeStop(stop);
  after(() => rmSync(dataDir, { recursive: true, force: true }));
  return { ...manager, stop, database, base: `http://127.0.0.1:${manager.port}`, lines, testDatabase: on };
};

export const PASSWORD = "Correct-Horse-7";
let hash: Promise<string> | undefined;

/** A person in the database. `groups`: their role in each. */
export const addPerson = async (
  database: Database,
  username: string,
  groups: Readonly<Record<string, "viewer" | "operator" | "admin">> = {},
  platformRole: "user" | "super_admin" = "user",
): Promise<string> => {
  hash ??= hashPassword(PASSWORD);
  const { id } = await database.queries
    .insertInto("users")
    .values({
      username,
      display_name: username,
      email: null,
      password_hash: await hash,
      platform_role: platformRole,
      expires_at: null,
      last_login_at: null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  for (const [groupId, role] of Object.entries(groups)) {
    await database.queries.insertInto("group_members").values({ group_id: groupId, user_id: id, role, allowed_node_ids: null }).execute();
  }
  return id;
};

export const addGroup = async (database: Database, id: string): Promise<void> => {
  await database.queries
    .insertInto("groups")
    .values({
      id,
      slug: id.replaceAll("_", "-"),
      name: id,
      brand_color: null,
      logo: null,
      logo_version: null,
      max_nodes: null,
      max_users: null,
      max_tunnels: null,
    })
    .execute();
};
