import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { hashPassword } from "../src/auth/passwords.ts";
import { Database } from "../src/database/database.ts";
import { EmbeddedPostgres } from "../src/database/embedded/embedded-postgres.ts";
import { openLog } from "../src/log.ts";
import { startManager } from "../src/serve/manager.ts";
import { readSettings } from "../src/settings/settings.ts";

// node load-host.ts COUNT [CONSOLE]: a manager with its own PostgreSQL, as durable as in use, and so many nodes that have registered; CONSOLE
// is the folder of a built console. One line of JSON says where it is and by what they come in; it ends with SIGTERM, and leaves nothing.

const count = Number(process.argv[2] ?? 1);
const folder = mkdtempSync(join(tmpdir(), "bilbycast-load-"));
const data = mkdtempSync(join(tmpdir(), "bilbycast-load-db-"));
const server = await EmbeddedPostgres.start({ folder: data });
const database = await Database.open(server.target);
const keys = { jwtSecret: new Uint8Array(randomBytes(32)), masterKey: new Uint8Array(randomBytes(32)) };
const manager = await startManager({
  settings: readSettings({ listen_port: 0, tls_mode: "behind_proxy", public_url: "http://localhost" }, {}, folder),
  keys,
  database,
  instanceId: "load",
  version: "0.0.0",
  ...(process.argv[3] === undefined ? {} : { consoleFolder: process.argv[3] }),
  log: openLog("warn", { write: (line) => process.stderr.write(line) }),
});

const password = randomUUID();
await sql`
  insert into users (username, display_name, password_hash, platform_role)
  values ('root', 'root', ${await hashPassword(password)}, 'super_admin')`.execute(database.queries);
const nodes = Array.from({ length: count }, () => ({ id: randomUUID(), secret: randomUUID() }));
await sql`
  insert into nodes (id, owner_group_id, name, device_type, secret_fingerprint)
  select id, 'grp_default', 'node ' || row_number() over (), 'edge', fingerprint
  from unnest(${nodes.map(({ id }) => id)}::uuid[], ${nodes.map(({ secret }) => manager.app.vault.fingerprint("node-secret", secret))}::text[])
    as n(id, fingerprint)`.execute(database.queries);

process.once("SIGTERM", () => {
  void manager
    .stop()
    .then(() => database.close())
    .then(() => server.stop())
    .finally(() => {
      for (const each of [folder, data]) {
        rmSync(each, { recursive: true, force: true });
      }
      process.exit(0);
    });
});
console.log(JSON.stringify({ base: `http://127.0.0.1:${manager.port}`, password, nodes }));
