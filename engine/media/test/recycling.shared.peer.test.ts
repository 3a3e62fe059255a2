import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { keySpec, PictureSource, poolOf } from "./picture-rig.ts";
import { keyUnits, sampleVideo } from "./sample-video.ts";

test("a host that holds much is replaced when nobody waits for it, and nobody is suspected", async (t) => {
  const { pool, events } = poolOf({ recycleAt: 1 });
  t.after(() => pool.stop());
  const [unit = new Uint8Array(0)] = keyUnits("h264", await sampleVideo("h264", "testsrc2=size=640x360:rate=25", 2, 1));
  const source = new PictureSource(pool, "recycled", keySpec("h264"));
  await source.opened;
  assert.ok("jpeg" in (await source.ask([unit])));

  await waitFor(
    "another host",
    () => Promise.resolve(events.filter(({ event }) => event === "host_started").length >= 2 && source.isOpen),
    20,
  );
  // Whatever a host holds is too much here: the next one is replaced as well, as often as it is found idle.
  assert.deepEqual([...new Set(source.lost)], ["its host ended: recycled"]);
  assert.equal(source.isSuspect, false);
  assert.deepEqual(
    events.filter(({ event }) => event === "host_ended").flatMap((event) => (event.event === "host_ended" ? event.suspects : [])),
    [],
  );
  await waitFor("a picture of a later host", async () => source.isOpen && "jpeg" in (await source.ask([unit])), 20);
});
