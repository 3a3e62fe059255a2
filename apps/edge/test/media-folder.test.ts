import assert from "node:assert/strict";
import { test } from "node:test";
import { engineSettings } from "../src/engine-settings.ts";
import { mediaFolder } from "../src/media-folder.ts";

test("the media folder is the one that is named, else the user's, else one beside", () => {
  assert.equal(mediaFolder({ BILBYCAST_MEDIA_DIR: "/m", XDG_DATA_HOME: "/d", HOME: "/h" }), "/m");
  assert.equal(mediaFolder({ XDG_DATA_HOME: "/d", HOME: "/h" }), "/d/bilbycast/media");
  assert.equal(mediaFolder({ HOME: "/h" }), "/h/.bilbycast/media");
  assert.equal(mediaFolder({}), "./media");
});

test("engine settings are read from the environment, and a wrong one is refused by name", () => {
  assert.deepEqual(engineSettings({ BILBYCAST_LANES: "2", BILBYCAST_TICK_US: "0", BILBYCAST_BACKEND: "dgram" }), {
    lanes: 2,
    tick: 0,
    backend: "dgram",
    codecs: ["node-av", "ffmpeg"],
  });
  assert.deepEqual(
    { ...engineSettings({}), lanes: 0 },
    {
      lanes: 0,
      tick: "auto",
      backend: "auto",
      codecs: ["node-av", "ffmpeg"],
    },
  );
  assert.equal(engineSettings({ BILBYCAST_BACKEND: "ffi" }).backend, "ffi");
  assert.throws(() => engineSettings({ BILBYCAST_LANES: "0" }), /BILBYCAST_LANES must be a whole number from 1 to 64/);
  assert.throws(() => engineSettings({ BILBYCAST_BACKEND: "c" }), /BILBYCAST_BACKEND/);
  assert.deepEqual(engineSettings({ BILBYCAST_CODECS: "ffmpeg" }).codecs, ["ffmpeg"]);
  assert.throws(() => engineSettings({ BILBYCAST_CODECS: "gst" }), /BILBYCAST_CODECS must be auto, node-av or ffmpeg/);
});
