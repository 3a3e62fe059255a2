import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { Link } from "@bilbycast/testkit/network";
import { integer, seeded } from "@bilbycast/testkit/random";
import { PathsRig } from "@bilbycast/testkit/rig";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";

/** `npm run soak -- seamless` asks for more. */
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 2_022);
const TIMES = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 200);

const INTERVAL = 1_000;
const SKEW = 100_000;
const DIFFERENTIAL = 150_000;

/** When one path has brought everything again that it lacked while the other was cut, that one may be cut. */
const REST = SKEW + 20_000;

test(`cutting either path at ${TIMES} random instants costs nothing (seed ${SEED})`, () => {
  const random = seeded(SEED);
  const links = [new Link(random, { delay: 10_000, jitter: 3_000 }), new Link(random, { delay: 10_000 + SKEW, jitter: 3_000 })] as const;
  const rig = new PathsRig({ differential: DIFFERENTIAL });
  const cuts: [number, number] = [0, 0];
  let next = 0;
  let n = 0;
  const carry = (until: number): void => {
    for (; n * INTERVAL < until; n++) {
      rig.follow(links, n * INTERVAL - 1);
      const packet = rtpPacket(n & 0xffff, { payload: tsUnit(n, 1) });
      links[0].send(packet, instant(n * INTERVAL));
      links[1].send(packet, instant(n * INTERVAL));
      for (const { mark } of rig.merged) {
        assert.equal(mark, next, `packet ${next} after ${cuts[0] + cuts[1]} cuts`);
        next++;
      }
      rig.merged.length = 0;
    }
    rig.follow(links, until);
  };
  carry(500_000);

  let at = 500_000;
  for (let cut = 0; cut < TIMES; cut++) {
    const path = integer(random, 2) as 0 | 1;
    // What flies is lost with the path, or arrives before it.
    const link = links[path];
    const isAtReceiver = integer(random, 2) === 0;
    if (isAtReceiver) {
      rig.isCut[path] = true;
    } else {
      link.properties.loss = 1;
    }
    cuts[path]++;
    at += 1 + integer(random, cut % 10 === 0 ? 2_500_000 : 300_000);
    carry(at);
    rig.isCut[path] = false;
    link.properties.loss = 0;
    at += REST + (isAtReceiver ? 0 : SKEW) + integer(random, 50_000);
    carry(at);
  }
  rig.follow(links);
  for (const { mark } of rig.merged) {
    assert.equal(mark, next++);
  }

  assert.equal(next, n);
  assert.ok(cuts[0] > TIMES / 3 && cuts[1] > TIMES / 3);
  const { packetsLost, packetsOverflowed, sourceResets, packetsFiltered } = rig.counters;
  assert.deepEqual([packetsLost.value, packetsOverflowed.value, sourceResets.value, packetsFiltered.value], [0, 0, 0, 0]);
  assert.ok(rig.counters.redundancySwitches.value > TIMES / 10, `${rig.counters.redundancySwitches.value} switches`);
  assert.equal(rig.close(), 0);
});
