import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { eachNalUnit, H264ParameterSets, HevcParameterSets } from "../index.ts";

const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "bilbycast-configuration-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The content of the first box of this type, wherever it lies. */
const box = (file: string, type: string): Buffer => {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(type);
  assert.ok(at > 0, `${file} has a box ${type}`);
  return bytes.subarray(at + 4, at - 4 + bytes.readUInt32BE(at - 4));
};

const X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "info=0:log-level=error"];

for (const { name, codec, encoder } of [
  { name: "H.264 Baseline", codec: "h264", encoder: ["-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p"] },
  { name: "H.264 High", codec: "h264", encoder: ["-c:v", "libx264", "-profile:v", "high", "-pix_fmt", "yuv420p"] },
  { name: "H.264 High 4:2:2 of 10 bits", codec: "h264", encoder: ["-c:v", "libx264", "-pix_fmt", "yuv422p10le"] },
  { name: "HEVC Main", codec: "hevc", encoder: [...X265, "-pix_fmt", "yuv420p"] },
  { name: "HEVC Main 10", codec: "hevc", encoder: [...X265, "-pix_fmt", "yuv420p10le"] },
] as const) {
  test(`the decoder configuration record of ${name} is ffmpeg's, byte for byte`, async () => {
    const file = (ending: string): string => join(folder, `${name.replaceAll(/[^A-Za-z0-9]/g, "-")}.${ending}`);
    const make = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "0.2", ...encoder];
    await run("ffmpeg", ["-v", "error", "-y", ...make, file("mp4")]);
    await run("ffmpeg", ["-v", "error", "-y", "-i", file("mp4"), "-c", "copy", "-bsf:v", `${codec}_mp4toannexb`, "-f", codec, file("es")]);
    const sets = codec === "h264" ? new H264ParameterSets() : new HevcParameterSets();
    const stream = readFileSync(file("es"));
    let taken = 0;
    eachNalUnit(stream, 0, stream.length, (nal) => (taken += sets.take(nal) ? 1 : 0));

    assert.ok(taken >= 2);
    assert.equal(Buffer.from(sets.record() ?? []).toString("hex"), box(file("mp4"), codec === "h264" ? "avcC" : "hvcC").toString("hex"));
    assert.deepEqual([sets.format()?.width, sets.format()?.height], [320, 180]);
    const { revision } = sets;
    eachNalUnit(stream, 0, stream.length, (nal) => void sets.take(nal));
    assert.equal(sets.revision, revision, "what repeats itself is no news");
  });
}
