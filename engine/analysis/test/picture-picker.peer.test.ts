import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { instant, seconds } from "@bilbycast/foundation/time";
import { PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { ffmpegMultiplex, hashesIn, peer, pictureHashes } from "@bilbycast/testkit/peers";
import type { PictureWishes } from "@bilbycast/engine/analysis";
import { PicturePicker, type PickedUnits } from "../pictures/picture-picker.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bilbycast-picker-"));
after(() => rmSync(FOLDER, { recursive: true }));

const RATE = 4_000_000;
const UNIT = 7 * 188;

const run = async (program: string, args: readonly string[]): Promise<string> => {
  const running = peer(program, args);
  assert.equal(await running.exited, 0, running.output());
  return running.output();
};

/** Ten seconds of a picture at 25 frames a second as a transport stream of 4 Mbit/s. */
const makeFile = async (name: string, codec: readonly string[], size = "320x240"): Promise<string> => {
  const file = join(FOLDER, `${name}.ts`);
  const picture = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=25`, "-t", "10", "-pix_fmt", "yuv420p"];
  const form = ["-f", "mpegts", "-muxrate", String(RATE), file];
  await run("ffmpeg", ["-hide_banner", "-nostats", "-loglevel", "error", "-y", ...picture, ...codec, ...form]);
  return file;
};

const WISHES: PictureWishes = { name: "f/i", interval: seconds(1), live: false };

type Played = { picker: PicturePicker; picked: PickedUnits[]; at: number };

/** Plays a file to a picker, as it comes from the network at its rate. */
const play = (file: string, wishes: PictureWishes, change: (packets: Uint8Array, at: number) => boolean = () => true): Played => {
  const picked: PickedUnits[] = [];
  const picker = new PicturePicker((units) => picked.push(units));
  const catalogue = new PsiCatalogue();
  const bytes = new Uint8Array(readFileSync(file));
  picker.wish(wishes);
  let at = 0;
  for (let from = 0; from + UNIT <= bytes.length; from += UNIT) {
    at = Math.floor((from * 8 * 1e6) / RATE);
    const unit = bytes.slice(from, from + UNIT);
    if (change(unit, at)) {
      catalogue.take(unit, 0, UNIT, instant(at));
      picker.take(unit, 0, UNIT, catalogue, instant(at));
    }
  }
  return { picker, picked, at };
};

const FORMATS = { h264: "h264", hevc: "hevc", mpeg2: "mpegvideo" } as const;

/** MD5 of the pictures that ffmpeg decodes of what was picked. */
const decoded = async ({ spec, units }: PickedUnits): Promise<string[]> => {
  const file = join(FOLDER, "picked");
  writeFileSync(file, Buffer.concat(units));
  const args = ["-hide_banner", "-nostats", "-loglevel", "error", "-f", FORMATS[spec.codec], "-i", file];
  return hashesIn(await run("ffmpeg", [...args, "-fps_mode", "passthrough", "-f", "framemd5", "-"]));
};

const CODECS = {
  h264: ["-c:v", "libx264", "-preset", "veryfast", "-g", "20", "-bf", "2", "-x264-params", "open-gop=1:slices=3"],
  hevc: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=20:bframes=2:log-level=none"],
  mpeg2: ["-c:v", "mpeg2video", "-b:v", "2M", "-g", "15", "-bf", "2"],
} as const;

for (const [name, codec] of Object.entries(CODECS)) {
  test(`${name}: one picture each second, and what is picked decodes alone to a picture of the stream, bit by bit`, async () => {
    const file = await makeFile(name, codec, name === "hevc" ? "160x96" : "320x240");
    const all = new Set(await pictureHashes(file));

    const { picker, picked, at } = play(file, WISHES);
    assert.ok(picked.length >= 5 && picked.length <= 10, `${picked.length} pictures in 10 s`);
    for (const units of picked) {
      assert.deepEqual([units.spec.codec, units.spec.from, units.wanted, units.starts], [name, "key", true, true]);
      const hashes = await decoded(units);
      assert.equal(hashes.length, 1);
      assert.ok(all.has(hashes[0] ?? ""), "it is a picture of the stream");
    }
    assert.equal(picker.trouble(instant(at), 0), undefined);
  });
}

test("a picture that is wanted now comes with the next key frame, and not twice within half a second", async () => {
  const file = join(FOLDER, "mpeg2.ts");
  const picked: PickedUnits[] = [];
  const { picked: before } = play(file, { ...WISHES, interval: seconds(60) });
  const picker = new PicturePicker((units) => picked.push(units));
  picker.wish({ ...WISHES, interval: seconds(60) });
  const catalogue = new PsiCatalogue();
  const bytes = new Uint8Array(readFileSync(file));
  for (let from = 0; from + UNIT <= bytes.length; from += UNIT) {
    const at = instant(Math.floor((from * 8 * 1e6) / RATE));
    picker.capture();
    catalogue.take(bytes, from, from + UNIT, at);
    picker.take(bytes, from, from + UNIT, catalogue, at);
  }

  assert.equal(before.length, 1);
  assert.ok(picked.length >= 9 && picked.length <= 20, `${picked.length} pictures in 10 s`);
  for (const [i, { takenAt }] of picked.entries()) {
    assert.ok(i === 0 || takenAt - (picked[i - 1]?.takenAt ?? 0) >= 500_000);
  }
});

test("of several programs the one that was asked for is shown, and the lowest when none was", async () => {
  const file = join(FOLDER, "programs.ts");
  await ffmpegMultiplex(file, 5);
  const all = await pictureHashes(file);

  const [first] = play(file, WISHES).picked;
  const [second] = play(file, { ...WISHES, program: 2 }).picked;
  assert.ok(first !== undefined && second !== undefined);
  assert.ok(all.includes((await decoded(first))[0] ?? ""));
  assert.ok(!all.includes((await decoded(second))[0] ?? ""), "the hashes are those of the first program");
  const { picker, picked, at } = play(file, { ...WISHES, program: 3 });
  assert.deepEqual(picked, []);
  assert.deepEqual(picker.trouble(instant(at), 0)?.code, "no_program");
});

test("a stream that refreshes bit by bit is shown by a stretch of units", async () => {
  const file = await makeFile("refresh", [
    ...["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "25", "-x264-params", "intra-refresh=1:keyint=25"],
  ]);
  // The first picture of the file is whole; what joins later finds none.
  const { picked } = play(file, WISHES, (_unit, at) => at > 500_000 || at < 20_000);

  const [first] = picked;
  assert.ok(first !== undefined);
  assert.deepEqual([first.spec.from, first.wanted, first.starts], ["every", true, true]);
  assert.ok(first.units.length > 50, `${first.units.length} units`);
  assert.ok((await decoded(first)).length > 10);
});

test("while somebody looks all units go, five times a second, from one on that needs none before it", async () => {
  const file = join(FOLDER, "h264.ts");
  const { picked } = play(file, { ...WISHES, live: true });

  assert.ok(picked.length >= 45 && picked.length <= 65, `${picked.length} in 10 s`);
  assert.ok(picked.every(({ spec, wanted }) => spec.from === "every" && wanted));
  assert.equal(picked[0]?.starts, true);
  assert.ok(picked.filter(({ starts }) => starts).length >= 10);
  const [first] = picked;
  assert.ok(first !== undefined);
  const hashes = await decoded({ ...first, units: picked.flatMap(({ units }) => units) });
  const all = await pictureHashes(file);
  assert.deepEqual(hashes.slice(0, 200), all.slice(0, 200));
});

test("what is scrambled, has no video or is of a codec that is not decoded says so, and gives nothing", async () => {
  const scramble = (unit: Uint8Array): boolean => {
    for (let at = 0; at < unit.length; at += 188) {
      const pid = (((unit[at + 1] ?? 0) & 0x1f) << 8) | (unit[at + 2] ?? 0);
      unit[at + 3] = pid === 256 ? (unit[at + 3] ?? 0) | 0x80 : (unit[at + 3] ?? 0);
    }
    return true;
  };
  const scrambled = play(join(FOLDER, "h264.ts"), WISHES, scramble);
  assert.deepEqual(scrambled.picked, []);
  assert.equal(scrambled.picker.trouble(instant(scrambled.at), 0)?.code, "scrambled");

  const sound = join(FOLDER, "sound.ts");
  const tone = ["-f", "lavfi", "-i", "sine=frequency=440", "-t", "5", "-c:a", "mp2", "-f", "mpegts", "-muxrate", String(RATE), sound];
  await run("ffmpeg", ["-hide_banner", "-nostats", "-loglevel", "error", "-y", ...tone]);
  const silent = play(sound, WISHES);
  assert.deepEqual([silent.picked.length, silent.picker.trouble(instant(silent.at), 0)?.code], [0, "no_video"]);

  const other = await makeFile("mpeg4", ["-c:v", "mpeg4"]);
  const unknown = play(other, WISHES);
  const trouble = unknown.picker.trouble(instant(unknown.at), 0);
  assert.deepEqual([unknown.picked.length, trouble?.code], [0, "unsupported_codec"]);
  assert.match(trouble?.message ?? "", /MPEG-4 Visual/);
});

test("nothing that comes is told with the time since when, and a stream that comes back is shown at once", async () => {
  const { picker, picked, at } = play(
    join(FOLDER, "mpeg2.ts"),
    { ...WISHES, interval: seconds(5) },
    (_unit, now) => now < 4e6 || now > 8e6,
  );
  assert.equal(picker.trouble(instant(at), 0), undefined);
  assert.ok((picked[1]?.takenAt ?? 0) > 8e6 && (picked[1]?.takenAt ?? 0) < 9e6);

  assert.deepEqual(picker.trouble(instant(at + 3e6), 1_000), {
    code: "no_data",
    message: "nothing comes in",
    sinceMs: Math.round(1_000 + at / 1_000),
  });
});
