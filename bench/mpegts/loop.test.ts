import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { difference, PCR_WRAP, readPcr, UNIT_SIZE, writeHeader, writePcr } from "@bilbycast/protocols/mpegts";
import { Loop, ofItsOwn } from "./loop.ts";

test("a stream that is played again goes on with its clock, over the end of the PCR, as long as a round takes", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const bytes = new Uint8Array(3 * UNIT_SIZE).fill(0xff);
  for (let at = 0; at < bytes.length; at += 188) {
    writeHeader(bytes, at, { pid: 0x100 });
  }
  writeHeader(bytes, UNIT_SIZE, { pid: 0x100, adaptationField: 7 });
  writePcr(bytes, UNIT_SIZE, PCR_WRAP - 5);
  writeFileSync(join(folder, "a.ts"), bytes);
  const loop = new Loop(join(folder, "a.ts"), UNIT_SIZE * 8 * 100, ofItsOwn, 2, 1);
  const begun = loop.tick();

  loop.wind();

  assert.equal(loop.packets, 14);
  assert.equal(loop.tick() - begun, 10_000, "a hundred units a second");
  assert.equal(difference(readPcr(loop.bytes, loop.at(0)), PCR_WRAP - 5, PCR_WRAP), 2 * 10_000 * 27);
});
