import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { embeddedProcess, type EmbeddedProcess, type ProcessOptions } from "../../../test/embedded-process.ts";

// A clone in a home that nobody else may enter, with the packages in it: as an ordinary user, and as root, whose
// server is to run as another account that reaches nothing of the clone.

const ROOT = fileURLToPath(new URL("../../../../..", import.meta.url));
const IS_ROOT = process.getuid?.() === 0;

/** An ordinary user that every system has a name for; who is not root is one already. */
const USER = IS_ROOT ? { uid: 65_534, gid: 65_534 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

const base = mkdtempSync(join(tmpdir(), "bilbycast-test-db-"));
const home = join(base, "home");
const clone = join(home, "clone");

/** The packages that a manager's database needs, found from its manifest on. */
const packagesOf = (name: string, found = new Set<string>()): Set<string> => {
  const file = join(ROOT, "node_modules", name, "package.json");
  if (existsSync(file) && !found.has(name)) {
    found.add(name);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, "utf8")) as Record<
      string,
      Record<string, string>
    >;
    for (const each of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) {
      packagesOf(each, found);
    }
  }
  return found;
};

before(() => {
  chmodSync(base, 0o755);
  for (const folder of ["apps/manager", "foundation"]) {
    cpSync(join(ROOT, folder), join(clone, folder), { recursive: true });
  }
  for (const name of packagesOf("@bilbycast/manager")) {
    const target = join(clone, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    if (name.startsWith("@bilbycast/")) {
      symlinkSync(join(clone, name === "@bilbycast/manager" ? "apps/manager" : "foundation"), target);
    } else {
      cpSync(join(ROOT, "node_modules", name), target, { recursive: true });
    }
  }
  cpSync(process.execPath, join(clone, "node"));
});

after(() => rmSync(base, { recursive: true, force: true }));

const belongsTo = (owner: { uid: number; gid: number }): void => {
  if (IS_ROOT) {
    chownSync(home, owner.uid, owner.gid);
    for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
      lchownSync(join(entry.parentPath, entry.name), owner.uid, owner.gid);
    }
  }
  chmodSync(home, 0o700);
};

const run = (folder: string, account: ProcessOptions): Promise<EmbeddedProcess> =>
  embeddedProcess(
    { folder, sync: false },
    { ...account, node: join(clone, "node"), main: join(clone, "apps/manager/src/database/test/embedded-main.ts") },
  );

const ownerOf = (path: string): number => statSync(path).uid;

test("an ordinary user has a database in the own home", async () => {
  belongsTo(USER);
  const folder = join(home, "database");

  const server = await run(folder, IS_ROOT ? USER : {});

  assert.deepEqual(server.fault, undefined);
  assert.equal(ownerOf(`/proc/${server.pid}`), USER.uid);
  assert.equal(ownerOf(join(folder, "data")), USER.uid);
  await server.stop();
  rmSync(folder, { recursive: true });
});

test("root has a database that runs as an account that owns nothing but it", { skip: IS_ROOT ? false : "it takes root" }, async () => {
  belongsTo({ uid: 0, gid: 0 });
  const folder = join(base, "database");

  const server = await run(folder, {});

  assert.deepEqual(server.fault, undefined);
  assert.equal(ownerOf(`/proc/${server.pid}`), ownerOf(join(folder, "data")));
  assert.notEqual(ownerOf(join(folder, "data")), 0);
  assert.notEqual(ownerOf(join(folder, "data")), USER.uid, "nobody is the account of others too");
  assert.equal(ownerOf(join(folder, "programs")), 0, "it cannot change what it runs");
  await server.kill();
  const next = await run(folder, {});
  assert.deepEqual([next.pid, next.events], [server.pid, ["adopted"]]);
  await next.stop();
});

test("root is told of a folder that the server's account cannot reach", { skip: IS_ROOT ? false : "it takes root" }, async () => {
  belongsTo({ uid: 0, gid: 0 });

  const refused = await run(join(home, "database"), {});

  assert.equal(refused.fault?.code, "database_folder_unreachable");
  assert.match(refused.fault?.message ?? "", new RegExp(`may not pass through ${home} `));
});

test("a user is told of a database that is somebody else's, and leaves it alone", { skip: IS_ROOT ? false : "it takes root" }, async () => {
  belongsTo(USER);
  const folder = join(home, "database");
  mkdirSync(join(folder, "data"), { recursive: true });
  chmodSync(join(folder, "data"), 0o700);
  chownSync(folder, USER.uid, USER.gid);

  const refused = await run(folder, USER);

  assert.equal(refused.fault?.code, "database_folder_unusable");
  assert.deepEqual(readdirSync(join(folder, "data")), []);
});
