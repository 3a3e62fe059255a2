import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { isFault } from "@bilbycast/foundation/fault";
import { sql } from "kysely";
import { embeddedProcess, type EmbeddedProcess } from "../../../test/embedded-process.ts";
import { sharedPrograms } from "../../../test/test-server.ts";
import { Database } from "../database.ts";

// A disk of a few megabytes, in a mount namespace that goes with its process.

const base = mkdtempSync(join(tmpdir(), "bilbycast-test-db-"));
chmodSync(base, 0o755);

after(() => rmSync(base, { recursive: true, force: true }));

const MOUNT = 'mount -t tmpfs -o mode=755,size="$0" tmpfs "$1" && shift && exec "$@"';

/** The socket is outside of the small disk, where this process sees it too: the path is too long for it to be inside. */
const onSmallDisk = async (megabytes: number): Promise<EmbeddedProcess & { disk: string }> => {
  const disk = join(base, `${megabytes}`.padEnd(100, "-"));
  mkdirSync(disk);
  const server = await embeddedProcess(
    { folder: join(disk, "database"), programs: sharedPrograms(), sync: false, settings: { min_wal_size: "32MB", max_wal_size: "64MB" } },
    { wrap: ["unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNT, `${megabytes}m`, disk] },
  );
  return { ...server, disk };
};

const needsRoot = { skip: process.getuid?.() === 0 ? false : "a mount takes root" };

test("a first start on a disk that is too small says so", needsRoot, async () => {
  const { fault, stop } = await onSmallDisk(8);

  assert.equal(fault?.code, "database_disk_full");
  await stop();
});

test(
  "a disk that runs full refuses what needs room, keeps what was acknowledged, and serves on when there is room again",
  needsRoot,
  async () => {
    const server = await onSmallDisk(96);
    assert.equal(server.fault, undefined);
    const database = await Database.open(server.target, { connections: 1, patienceMs: 200 });
    const { queries } = database;
    await sql`create table row (n integer, filler text)`.execute(queries);
    const insert = (n: number): Promise<unknown> =>
      sql`insert into row values (${n}, (select string_agg(md5(i::text || ${String(n)}), '') from generate_series(1, 30000) i))`.execute(
        queries,
      );
    const codes = new Set<string>();
    let acknowledged = 0;

    const filler = `/proc/${server.manager}/root${server.disk}/filler`;
    assert.throws(() => writeFileSync(filler, Buffer.alloc(96 << 20)), { code: "ENOSPC" });
    for (let n = 0; n < 60 && codes.size === 0; n++) {
      try {
        await insert(n);
        acknowledged += 1;
      } catch (error) {
        codes.add(isFault(error) ? error.code : String(error));
      }
    }
    assert.ok(codes.size > 0);
    assert.deepEqual(
      [...codes].filter((code) => !/^database_(disk_full|connection_lost|unreachable|commit_unknown)$/.test(code)),
      [],
    );
    rmSync(filler);

    await waitFor(
      "room",
      () =>
        insert(1000).then(
          () => true,
          () => false,
        ),
      30,
    );
    const { rows } = await sql<{ n: number }>`select count(*) as n from row where n < 1000`.execute(queries);
    assert.ok((rows[0]?.n ?? 0) >= acknowledged, `${rows[0]?.n} of ${acknowledged}`);
    await database.close();
    await server.stop();
  },
);
