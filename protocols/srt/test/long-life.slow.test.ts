import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setU32, u32 } from "@bilbycast/foundation/bytes";
import { LongHaul, type LongHaulOptions } from "@bilbycast/testkit/srt";
import { isControl, messageNumber } from "../packet.ts";

/** `npm run soak -- srt-day` asks for more. */
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 26);
const SECONDS = Number(process.env["BILBYCAST_SOAK_SECONDS"] ?? 300);

const MS = 1_000;
const SECOND = 1_000_000;
const PER_SECOND = 1_000;
/** Sequence numbers end here, and time stamps there. */
const LAST_SEQUENCE = 0x7fff_ffff;
const STAMPS = 2 ** 32;
const MESSAGES = 2 ** 26;
const LATENCY = { latencyMs: 160, delay: 20 * MS };

/** Carries so many packets on a path that loses one in a hundred; everything comes, once, in order and in time. */
const carry = (t: TestContext, options: Partial<LongHaulOptions>, packets: number, age = 0): LongHaul => {
  const long = new LongHaul({ seed: SEED, ...LATENCY, path: { loss: 0.01 }, ...options });
  long.connect(age);
  long.carry(packets);
  long.settle();
  t.diagnostic(`${long.haul.lost} of ${packets} lost in ${(long.now / 3.6e9).toFixed(2)} hours`);
  assert.deepEqual(long.haul, { packets, lost: 0, disordered: 0, untimely: 0, damaged: 0 });
  assert.deepEqual(
    long.sender.events.map(({ event }) => event),
    ["connected"],
  );
  assert.deepEqual(
    long.receiver.events.map(({ event }) => event),
    ["connected"],
  );
  return long;
};

for (const ppm of [500, -500]) {
  test(`${SECONDS} s with a clock ${ppm} ppm off, over the last sequence number half way: nothing lost, late, doubled (seed ${SEED})`, (t) => {
    const packets = SECONDS * PER_SECOND;
    // Time stamps wrap every 72 minutes, message numbers after 18.6 hours at this rate.
    const draws = LAST_SEQUENCE - Math.floor(packets / 2);
    const long = carry(t, { skew: ppm / 1e6, slack: 20 * MS, draws, seed: SEED + (ppm > 0 ? 0 : 1) }, packets);
    const lost = long.sender.link.lost.length;
    assert.ok(lost > 0.009 * packets, `${lost} lost on the path`);
  });
}

for (const before of [0, 1, 2_500]) {
  test(`sequence numbers wrap ${before} packets after the beginning`, (t) => {
    carry(t, { draws: LAST_SEQUENCE - 1 - before, path: { loss: 0.03 } }, 5_000);
  });
}

for (const wrap of [1, 2]) {
  test(`time stamps wrap for time ${wrap} in the middle of the stream`, (t) => {
    let [least, most] = [Infinity, 0];
    const tamper = (datagram: Uint8Array): void => {
      if (!isControl(datagram, 0)) {
        const stamp = u32(datagram, 8);
        [least, most] = [Math.min(least, stamp), Math.max(most, stamp)];
      }
    };
    carry(t, { tamper, path: { loss: 0.03 } }, 20_000, wrap * STAMPS - 12 * SECOND);
    assert.ok(least < SECOND && most > STAMPS - SECOND, `${least} to ${most}`);
  });
}

test("message numbers wrap in the middle of the stream: 1 comes after the last", (t) => {
  const seen = new Set<number>();
  const tamper = (datagram: Uint8Array): void => {
    if (!isControl(datagram, 0)) {
      const word = u32(datagram, 4);
      const ahead = messageNumber(datagram, 0) + MESSAGES - 5_001;
      const number = ahead < MESSAGES ? ahead : ahead - MESSAGES + 1;
      seen.add(number);
      setU32(datagram, 4, ((word & 0xfc00_0000) | number) >>> 0);
    }
  };
  carry(t, { tamper, path: { loss: 0.03 } }, 10_000);
  assert.ok(seen.has(MESSAGES - 1) && seen.has(1) && !seen.has(0));
});
