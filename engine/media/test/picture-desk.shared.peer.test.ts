import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { waitFor } from "@bilbycast/testkit/peers";
import type { MediaMessage, PictureQuestion } from "../orders.ts";
import { PictureDesk } from "../picture-desk.ts";
import { poolOf } from "./picture-rig.ts";
import { sampleVideo } from "./sample-video.ts";

const GOP = 5;

/** Access units of H.264: a new one begins with what stands before a picture, or with a first slice where nothing does. */
const unitsOf = (stream: Uint8Array): Uint8Array[] => {
  const starts: number[] = [];
  let isInFront = false;
  for (let at = 0; at + 4 < stream.length; at++) {
    if (stream[at] === 0 && stream[at + 1] === 0 && stream[at + 2] === 1) {
      const type = (stream[at + 3] ?? 0) & 0x1f;
      const isFront = type >= 6 && type <= 9;
      // first_mb_in_slice is 0.
      const isFirst = (type === 1 || type === 5) && ((stream[at + 4] ?? 0) & 0x80) !== 0;
      if (!isInFront && (isFront || isFirst)) {
        starts.push(at);
      }
      isInFront = isFront;
    }
  }
  return starts.map((from, i) => stream.slice(from, starts[i + 1]));
};

test("what came while the host of a live picture started is not passed over in silence: nothing is shown before the next key picture", async (t) => {
  const units = unitsOf(await sampleVideo("h264", "testsrc2=size=320x180:rate=25", 3 * GOP, GOP));
  assert.equal(units.length, 3 * GOP);
  const { pool } = poolOf();
  const told: MediaMessage[] = [];
  const desk = new PictureDesk(pool, (message) => told.push(message));
  const { port1, port2 } = new MessageChannel();
  t.after(async () => {
    port2.close();
    await pool.stop();
  });
  desk.listen(port1);
  const spec = { kind: "pictures", codec: "h264", width: 320, height: 180, from: "every" } as const;
  const ask = (frame: number): void => {
    const unit = units[frame] ?? new Uint8Array(0);
    port2.postMessage({
      ask: "picture",
      source: 1,
      name: "live",
      spec,
      units: [unit],
      wanted: true,
      starts: frame % GOP === 0,
      takenAtMs: frame,
    } satisfies PictureQuestion);
  };
  const shown = (): number[] => told.flatMap((message) => (message.report === "picture" ? [message.takenAtMs] : []));

  // The host starts meanwhile.
  ask(0);
  ask(1);
  ask(2);
  await waitFor("the key picture that was held", () => shown().length === 1);
  for (const frame of [3, 4, 5]) {
    ask(frame);
  }
  await waitFor("the next key picture", () => shown().includes(GOP));
  for (const [i, frame] of [6, 7].entries()) {
    ask(frame);
    await waitFor("what follows it", () => shown().length === 3 + i);
  }

  assert.deepEqual(shown(), [0, 5, 6, 7]);
});
