import assert from "node:assert/strict";
import { after, test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import type { BackendName, Picture, VideoCodec } from "../jobs.ts";
import { keySpec, PictureSource, poolOf } from "./picture-rig.ts";
import { keyUnits, sampleVideo } from "./sample-video.ts";

const SIZE = "size=640x360:rate=25";

const pictureOf = (answer: Picture | { why: string }): Picture => {
  assert.ok("jpeg" in answer, `no picture: ${"why" in answer ? answer.why : ""}`);
  return answer;
};

/** Width and height in a JPEG's frame header. ITU-T T.81 §B.2.2. */
const jpegSize = (jpeg: Uint8Array): [number, number] => {
  const at = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  const u16 = (place: number): number => ((jpeg[place] ?? 0) << 8) | (jpeg[place + 1] ?? 0);
  return [u16(at + 7), u16(at + 5)];
};

for (const backend of ["node-av", "ffmpeg"] satisfies BackendName[]) {
  const { pool, events } = poolOf({ backends: [backend] });
  after(() => pool.stop());

  for (const codec of ["h264", "hevc", "mpeg2"] satisfies VideoCodec[]) {
    test(`${backend}: a key frame of ${codec} becomes a JPEG of 320x180, with its size and brightness`, async () => {
      const [first, second] = keyUnits(codec, await sampleVideo(codec, `testsrc2=${SIZE}`, 4, 1));
      const source = new PictureSource(pool, codec, keySpec(codec));
      await source.opened;

      const picture = pictureOf(await source.ask([first ?? new Uint8Array(0)]));
      assert.deepEqual(jpegSize(picture.jpeg), [320, 180]);
      assert.deepEqual([picture.width, picture.height], [640, 360]);
      assert.ok(picture.luma > 100 && picture.luma < 160, `luma ${picture.luma}`);
      assert.ok(picture.brightest > 200);
      assert.equal(picture.change, -1);
      const next = pictureOf(await source.ask([second ?? new Uint8Array(0)]));
      assert.ok(next.change > 2.5, `change ${next.change}`);
      source.close();
    });
  }

  test(`${backend}: black is 0 and white 255, whatever range the video has, and the same picture again has not changed`, async () => {
    const source = new PictureSource(pool, "levels", keySpec("h264"));
    await source.opened;
    for (const [colour, least, most] of [
      ["black", 0, 2],
      ["white", 252, 255],
    ] as const) {
      const [unit = new Uint8Array(0)] = keyUnits("h264", await sampleVideo("h264", `color=${colour}:${SIZE}`, 2, 1));

      const { luma } = pictureOf(await source.ask([unit]));
      assert.ok(luma >= least && luma <= most, `${colour} has luma ${luma}`);
      assert.ok(pictureOf(await source.ask([unit])).change < 0.5);
    }
    source.close();
  });

  test(`${backend}: colours of BT.709 and of BT.601 become those of a JPEG`, async () => {
    const source = new PictureSource(pool, "colours", keySpec("h264"));
    await source.opened;
    for (const [matrix, space] of [
      ["bt709", "bt709"],
      ["bt601", "smpte170m"],
    ] as const) {
      const green = `color=0x00bf00:${SIZE},format=rgb24,scale=out_color_matrix=${matrix},format=yuv420p`;
      const [unit = new Uint8Array(0)] = keyUnits("h264", await sampleVideo("h264", green, 2, 1, space));

      // 0.587 of 191; 0.715 if it were taken as it is in BT.709.
      const { luma } = pictureOf(await source.ask([unit]));
      assert.ok(Math.abs(luma - 112) < 2.5, `green of ${matrix} has luma ${luma}`);
    }
    source.close();
  });

  test(`${backend}: a picture of another shape keeps it, with black at its sides`, async () => {
    const [unit = new Uint8Array(0)] = keyUnits("h264", await sampleVideo("h264", "color=white:size=360x360:rate=25", 2, 1));
    const source = new PictureSource(pool, "square", keySpec("h264"));
    await source.opened;

    const { luma } = pictureOf(await source.ask([unit]));
    assert.ok(Math.abs(luma / 255 - 180 / 320) < 0.03, `luma ${luma}`);
    source.close();
  });

  test(`${backend}: rubbish and cut streams are refused by name, and what comes after them is decoded`, async () => {
    const [unit = new Uint8Array(0)] = keyUnits("h264", await sampleVideo("h264", `testsrc2=${SIZE}`, 2, 1));
    const source = new PictureSource(pool, "rubbish", keySpec("h264"));
    await source.opened;
    for (const broken of [new Uint8Array(0), new Uint8Array(5_000).fill(0x5a), unit.subarray(0, 20)]) {
      const answer = await source.ask([broken]);
      assert.ok("why" in answer && answer.why.length > 0, "rubbish makes no picture");
    }

    pictureOf(await source.ask([unit]));
    assert.deepEqual(source.lost, []);
    source.close();
  });

  test(`${backend}: a stream that is given whole makes pictures of its newest frames`, async () => {
    const stream = await sampleVideo("mpeg2", `testsrc2=${SIZE}`, 50, 12);
    const units = keyUnits("mpeg2", stream);
    const source = new PictureSource(pool, "whole", { ...keySpec("mpeg2"), from: "every" });
    await source.opened;
    let made = 0;
    await waitFor("pictures of a stream", async () => {
      for (const unit of units) {
        made += "jpeg" in (await source.ask([unit])) ? 1 : 0;
      }
      return made >= 3;
    });
    source.close();
  });

  test(`${backend}: its hosts said which library they have`, () => {
    assert.ok(events.some((event) => event.event === "host_started" && event.backend === backend && event.version !== ""));
    assert.deepEqual(
      events.filter(({ event }) => event === "host_ended"),
      [],
    );
  });
}

test("where the first library cannot be loaded the next one serves, and where none can that is told once", async () => {
  const nothing = "missing" as BackendName;
  const { pool, events } = poolOf({ backends: [nothing, "node-av"] });
  const source = new PictureSource(pool, "a", keySpec("h264"));
  await source.opened;
  await pool.stop();
  assert.deepEqual(
    events.map((event) => [event.event, "backend" in event ? event.backend : ""]),
    [
      ["backend_declined", nothing],
      ["host_started", "node-av"],
    ],
  );

  const none = poolOf({ backends: [nothing] });
  const first = new PictureSource(none.pool, "a", keySpec("h264"));
  await waitFor("the loss to be told", () => first.lost.length === 1);
  const second = new PictureSource(none.pool, "b", keySpec("h264"));
  await waitFor("the loss to be told", () => second.lost.length === 1);
  assert.deepEqual(none.pool.hosts, []);
  assert.deepEqual(
    none.events.map(({ event }) => event),
    ["backend_declined"],
  );
  await none.pool.stop();
});
