import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamAnalysis } from "@bilbycast/engine/analysis";
import { instant } from "@bilbycast/foundation/time";
import { Tr101290 } from "@bilbycast/protocols/mpegts";
import { seeded } from "@bilbycast/testkit/random";
import { Multiplex } from "@bilbycast/testkit/streams";
import { heldBytes } from "./analysis.ts";
import { hostileMakers } from "./hostile-packets.ts";

const SEED = 101_290;

for (const kind of Object.keys(hostileMakers(seeded(1)))) {
  test(`40000 packets of ${kind} and nothing else leave less than 8 MB behind (seed ${SEED})`, () => {
    const make = hostileMakers(seeded(SEED))[kind];
    const before = heldBytes();
    const analysis = new StreamAnalysis();
    let now = 0;
    for (let done = 0; done < 40_000;) {
      const bytes = make?.() ?? new Uint8Array(0);
      done += bytes.length / 188;
      now += 500;
      analysis.take(bytes, 0, bytes.length, instant(now));
      if (now % 100_000 === 0) {
        analysis.expire(instant(now));
      }
    }
    const held = heldBytes() - before;

    assert.ok(held < 8 * 1_024 * 1_024, `${held} bytes`);
    assert.equal(analysis.snapshot().stream.packets >= 40_000, true);
  });
}

test("an analyser of a stream of 30 PIDs holds less than 40 KB", () => {
  const multiplex = new Multiplex({ rate: 20_000_000, programs: 5, isScrambled: true });
  const packets = Array.from({ length: 20_000 }, () => multiplex.next()).flat();
  const count = 50;
  feed(new Tr101290(), packets);
  const before = heldBytes();
  const analysers = Array.from({ length: count }, () => feed(new Tr101290(), packets));
  const each = (heldBytes() - before) / count;

  assert.ok(each > 10_000 && each < 40_960, `${each} bytes`);
  assert.ok(analysers.every(({ catalogue }) => catalogue.programs().length === 5));
});

test("PIDs that wrong bits made up are forgotten, and their memory is used again", () => {
  const count = 8;
  const packet = new Uint8Array(188);
  packet.set([0x47, 0, 0, 0x10]);
  const ghosts = (analysers: readonly Tr101290[]): void => {
    for (let n = 0; n < 50_000; n++) {
      const pid = 0x20 + (n % 8_000);
      packet.set([pid >> 8, pid & 0xff], 1);
      // 8000 PIDs in 800 s: a hundred are remembered at a time.
      const now = instant(n * 100_000);
      analysers.forEach((analyser) => {
        analyser.push(packet, 0, now);
        analyser.expire(now);
      });
    }
  };
  ghosts([new Tr101290()]);
  const before = heldBytes();
  const analysers = Array.from({ length: count }, () => new Tr101290());
  ghosts(analysers);
  const each = (heldBytes() - before) / count;

  // All 8000 would be more than 350 KB.
  assert.ok(each < 100 * 1_024, `${each} bytes`);
  assert.ok(analysers.every((analyser) => analyser.count("continuityCounter") === 0));
});

const feed = (analyser: Tr101290, packets: readonly Uint8Array[]): Tr101290 => {
  packets.forEach((packet, i) => {
    const now = instant(Math.floor(i * 75.2));
    analyser.push(packet, 0, now);
    if (i % 1_330 === 0) {
      analyser.expire(now);
    }
  });
  analyser.closeWindow();
  return analyser;
};
