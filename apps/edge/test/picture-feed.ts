import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { peer } from "@bilbycast/testkit/peers";
import { temporaryFolder } from "./temporary-folder.ts";

const UNIT = 1_316;

/** Three seconds of a picture with two key frames a second, 600 kbit/s, over and over to every port; each port at the same pace. */
export const playTo = async (t: TestContext, ports: readonly number[]): Promise<void> => {
  const file = join(temporaryFolder(t), "video.ts");
  const picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "3", "-c:v", "mpeg2video", "-b:v", "400k", "-g", "12"];
  const making = peer("ffmpeg", ["-hide_banner", "-nostats", "-loglevel", "error", ...picture, "-f", "mpegts", "-muxrate", "600000", file]);
  assert.equal(await making.exited, 0, making.output());
  const bytes = readFileSync(file);
  const socket = createSocket("udp4");
  let at = 0;
  const timer = setInterval(() => {
    at = at + UNIT > bytes.length ? 0 : at;
    for (const port of ports) {
      socket.send(bytes.subarray(at, at + UNIT), port, "127.0.0.1");
    }
    at += UNIT;
  }, 17);
  t.after(() => {
    clearInterval(timer);
    socket.close();
  });
};
