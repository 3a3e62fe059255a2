import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { writeMediaFrame } from "@bilbycast/contracts/node-link";
import type { Fault } from "@bilbycast/foundation/fault";
import { waitFor } from "@bilbycast/testkit/peers";
import { MediaLibrary, type MediaLimits } from "../src/media/media-library.ts";
import { connected } from "./link-stage.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const libraryOf = (t: TestContext, limits: Partial<MediaLimits> = {}, now?: () => number) => {
  const folder = join(temporaryFolder(t), "media");
  const library = new MediaLibrary(folder, limits, now);
  t.after(() => library.close());
  return { folder, library };
};
const chunk = (name: string, index: number, of: number, bytes: number) => ({
  name,
  chunk_index: index,
  total_chunks: of,
  total_bytes: bytes,
});
const codeOf = (task: Promise<unknown>): Promise<string> =>
  task.then(
    () => "done",
    (fault: Fault) => fault.code,
  );

test("a file is there when its last piece is, and not before", async (t) => {
  const { folder, library } = libraryOf(t);

  const first = await library.upload(chunk("a.ts", 0, 2, 5), Uint8Array.of(1, 2, 3));
  assert.deepEqual(
    [first, existsSync(join(folder, "a.ts"))],
    [{ status: "in_progress", chunks_received: 1, chunks_total: 2, bytes_received: 3 }, false],
  );
  const last = await library.upload(chunk("a.ts", 1, 2, 5), Uint8Array.of(4, 5));

  assert.deepEqual(last, { status: "complete", bytes_received: 5 });
  assert.deepEqual([...readFileSync(join(folder, "a.ts"))], [1, 2, 3, 4, 5]);
  assert.deepEqual(readdirSync(join(folder, ".tmp")), []);
  assert.deepEqual(
    (await library.list()).files.map(({ name, size_bytes: size }) => [name, size]),
    [["a.ts", 5]],
  );
});

test("pieces that are sent at once are taken in their order", async (t) => {
  const { folder, library } = libraryOf(t);

  await Promise.all(Array.from({ length: 64 }, (_, i) => library.upload(chunk("a.ts", i, 64, 64), Uint8Array.of(i))));

  assert.deepEqual(
    [...readFileSync(join(folder, "a.ts"))],
    Array.from({ length: 64 }, (_, i) => i),
  );
});

test("what comes out of order, twice, or with other sizes is refused, and the upload goes on", async (t) => {
  const { library } = libraryOf(t);
  assert.equal(await codeOf(library.upload(chunk("a.ts", 1, 2, 4), new Uint8Array(2))), "media_upload_order");
  await library.upload(chunk("a.ts", 0, 2, 4), new Uint8Array(2));

  assert.equal(await codeOf(library.upload(chunk("a.ts", 2, 3, 4), new Uint8Array(2))), "media_upload_order");
  assert.equal(await codeOf(library.upload(chunk("a.ts", 1, 2, 5), new Uint8Array(2))), "media_upload_order");
  assert.equal(await codeOf(library.upload(chunk("a.ts", 1, 2, 4), new Uint8Array(3))), "media_upload_size");
  assert.equal(await codeOf(library.upload(chunk("a.ts", 1, 2, 4), new Uint8Array(1))), "media_upload_size");

  assert.equal(await codeOf(library.upload(chunk("a.ts", 1, 2, 4), new Uint8Array(2))), "done");
});

test("the first piece again begins anew", async (t) => {
  const { folder, library } = libraryOf(t);
  await library.upload(chunk("a.ts", 0, 2, 4), Uint8Array.of(9, 9));

  await library.upload(chunk("a.ts", 0, 2, 3), Uint8Array.of(1, 2));
  await library.upload(chunk("a.ts", 1, 2, 3), Uint8Array.of(3));

  assert.deepEqual([...readFileSync(join(folder, "a.ts"))], [1, 2, 3]);
});

test("a file, and all files with those on their way, have a limit; the file that is replaced does not count", async (t) => {
  const { library } = libraryOf(t, { fileBytes: 60, libraryBytes: 100 });
  await library.upload(chunk("a.ts", 0, 1, 60), new Uint8Array(60));
  await library.upload(chunk("b.ts", 0, 2, 30), new Uint8Array(10));

  assert.equal(await codeOf(library.upload(chunk("c.ts", 0, 1, 61), new Uint8Array(61))), "media_quota_exhausted");
  assert.equal(await codeOf(library.upload(chunk("c.ts", 0, 1, 11), new Uint8Array(11))), "media_quota_exhausted");
  assert.equal(await codeOf(library.upload(chunk("c.ts", 0, 1, 10), new Uint8Array(10))), "done");
  assert.equal(await codeOf(library.upload(chunk("a.ts", 0, 1, 60), new Uint8Array(60))), "done");
});

test("so many uploads and no more are open at a time, and one that nobody goes on with makes room", async (t) => {
  let now = 0;
  const { folder, library } = libraryOf(t, { uploads: 1, uploadTtl: 1_000 }, () => now);
  await library.upload(chunk("a.ts", 0, 2, 4), new Uint8Array(2));

  assert.equal(await codeOf(library.upload(chunk("b.ts", 0, 1, 1), new Uint8Array(1))), "node_busy");
  now = 1_001;
  assert.equal(await codeOf(library.upload(chunk("b.ts", 0, 1, 1), new Uint8Array(1))), "done");

  assert.equal(await codeOf(library.upload(chunk("a.ts", 1, 2, 4), new Uint8Array(2))), "media_upload_order");
  assert.deepEqual(readdirSync(join(folder, ".tmp")), []);
});

test("what a former run left behind goes, and links lead nowhere", async (t) => {
  const { folder, library } = libraryOf(t);
  mkdirSync(join(folder, ".tmp"), { recursive: true });
  const outside = join(folder, "..", "outside");
  writeFileSync(outside, "untouched");
  writeFileSync(join(folder, ".tmp", "old.ts.staging"), "half");
  symlinkSync(outside, join(folder, ".tmp", "a.ts.staging"));
  symlinkSync(outside, join(folder, "link.ts"));

  await library.upload(chunk("a.ts", 0, 1, 3), Uint8Array.of(1, 2, 3));

  assert.equal(readFileSync(outside, "utf8"), "untouched");
  assert.deepEqual(readdirSync(join(folder, ".tmp")), []);
  assert.deepEqual(
    (await library.list()).files.map(({ name }) => name),
    ["a.ts"],
  );
  assert.deepEqual(await library.delete("link.ts"), { deleted: false });
  assert.equal((await library.scan("link.ts")).not_found, true);
});

test("a name that leads elsewhere is refused by every command", async (t) => {
  const { library } = libraryOf(t);

  for (const name of ["../a.ts", "a/b.ts", "..", ".a", "a\u0000.ts", "a..ts", "", "C:\\a", "é.ts"]) {
    assert.equal(await codeOf(Promise.resolve().then(() => library.upload(chunk(name, 0, 1, 1), new Uint8Array(1)))), "media_name_invalid");
    assert.equal(await codeOf(Promise.resolve().then(() => library.delete(name))), "media_name_invalid");
    assert.equal(await codeOf(Promise.resolve().then(() => library.scan(name))), "media_name_invalid");
  }
});

test("a folder that cannot be written to is said, and leaves no upload open", async (t) => {
  const { folder, library } = libraryOf(t);
  writeFileSync(join(folder, "..", "media"), "a file where the folder should be");

  assert.equal(await codeOf(library.upload(chunk("a.ts", 0, 1, 1), new Uint8Array(1))), "media_write_failed");
});

test("a deleted file is gone, one that was not there is not deleted", async (t) => {
  const { folder, library } = libraryOf(t);
  await library.upload(chunk("a.ts", 0, 1, 1), new Uint8Array(1));

  assert.deepEqual([await library.delete("a.ts"), await library.delete("a.ts")], [{ deleted: true }, { deleted: false }]);
  assert.equal(existsSync(join(folder, "a.ts")), false);
});

test("a transport stream is told from what is none, with its programs, rate and length", async (t) => {
  const { folder, library } = libraryOf(t);
  mkdirSync(folder);
  const sample = readFileSync(new URL("../demo/bilbycast-sample.m2t", import.meta.url));
  writeFileSync(join(folder, "sample.ts"), sample);
  writeFileSync(join(folder, "picture.jpg"), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0));
  writeFileSync(join(folder, "empty"), "");

  const scan = await library.scan("sample.ts");

  assert.deepEqual([scan.is_ts, scan.ts_packet_bytes, scan.file_size_bytes], [true, 188, sample.length]);
  assert.ok((scan.programs[0]?.streams.length ?? 0) > 0);
  const seconds = (scan.duration_ms ?? 0) / 1_000;
  assert.ok(Math.abs((scan.bitrate_bps ?? 0) * seconds - sample.length * 8) < sample.length * 2, JSON.stringify(scan));
  assert.deepEqual(await library.scan("picture.jpg"), { is_ts: false, programs: [], file_size_bytes: 4 });
  assert.deepEqual(await library.scan("empty"), { is_ts: false, programs: [], file_size_bytes: 0 });
});

test("packets with a prefix or parity between them are found too", async (t) => {
  const { folder, library } = libraryOf(t);
  mkdirSync(folder);
  const sample = readFileSync(new URL("../demo/bilbycast-sample.m2t", import.meta.url)).subarray(0, 188 * 2_000);
  for (const [name, before, behind] of [
    ["m2ts", 4, 0],
    ["parity", 0, 16],
  ] as const) {
    const packets = Array.from({ length: 2_000 }, (_, i) =>
      Buffer.concat([Buffer.alloc(before, 0x11), sample.subarray(i * 188, (i + 1) * 188), Buffer.alloc(behind, 0x22)]),
    );
    writeFileSync(join(folder, name), Buffer.concat(packets));
  }

  const [m2ts, parity] = [await library.scan("m2ts"), await library.scan("parity")];

  assert.deepEqual([m2ts.ts_packet_bytes, parity.ts_packet_bytes], [192, 204]);
  assert.ok(m2ts.programs.length > 0 && parity.programs.length > 0);
});

test("a file comes in binary frames, each with its ack; a frame that is none is told and not acked", async (t) => {
  const { session, mediaFolder, edge } = await connected(t);
  const bytes = new Uint8Array(3 * 1024 * 1024).map((_, i) => i % 251);
  const acks = Array.from({ length: 3 }, (_, i) => {
    const header = { command_id: `u-${i}`, ...chunk("slate.ts", i, 3, bytes.length) };
    session.raw(writeMediaFrame(header, bytes.subarray(i * 1024 * 1024, (i + 1) * 1024 * 1024)));
    return session.ack(`u-${i}`);
  });
  session.raw(Uint8Array.of(0xbc, 0x07, 0, 0, 0, 0));

  const told = await Promise.all(acks);

  assert.deepEqual(
    told.map(({ data }) => (data as { status: string }).status),
    ["in_progress", "in_progress", "complete"],
  );
  assert.ok(readFileSync(join(mediaFolder, "slate.ts")).equals(bytes));
  await waitFor("the event", () =>
    edge.context.events.after(0, 99).some(({ details }) => details.error_code === "manager_frame_malformed"),
  );
  assert.equal(session.all("command_ack").length, 3);
});

test("an upload goes on where it was when the connection was cut", async (t) => {
  const { session, manager, mediaFolder } = await connected(t);
  const piece = (index: number) => ({ type: "upload_media_chunk", ...chunk("a.ts", index, 2, 4), data_b64: index === 0 ? "AQI=" : "AwQ=" });
  await session.command(piece(0));

  session.kill();
  const second = await manager.session();
  await second.accept();
  const ack = await second.command(piece(1));

  assert.deepEqual(ack["data"], { status: "complete", bytes_received: 4 });
  assert.deepEqual([...readFileSync(join(mediaFolder, "a.ts"))], [1, 2, 3, 4]);
});
