import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { Pair } from "@bilbycast/testkit/srt";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";

const MS = 1_000;
const SECOND = 1_000_000;
const passphrase = encodeUtf8("a passphrase of some length");
const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`two that call each other agree, whichever asks, and the stream goes one way, encrypted (seed ${seed})`, () => {
    const settings = { passphrase };
    const side = { rendezvous: true, settings };
    const pair = new Pair({ seed, sender: side, receiver: side, there: { delay: 15 * MS, loss: 0.02 } });
    pair.run(2 * SECOND);
    assert.deepEqual([pair.sender.said, pair.receiver.said], [["connected"], ["connected"]]);
    assert.deepEqual([pair.sender.meters.connectionsOpen.value, pair.receiver.meters.connectionsOpen.value], [1, 1]);

    pair.stream(1_000, MS, (n) => tsUnit(n, 1));
    pair.run(pair.now + SECOND);

    assert.deepEqual(
      pair.deliveries.map(({ unit }) => markOf(unit)),
      all(1_000),
    );
    assert.equal(pair.close(), 0);
  });
}

test("the rendezvous survives the loss of a third of all packets, whoever begins", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const side = { rendezvous: true };
    const pair = new Pair({ seed, sender: side, receiver: side, there: { delay: 20 * MS, loss: 0.34 } });
    pair.run(8 * SECOND);
    assert.deepEqual([pair.sender.said, pair.receiver.said], [["connected"], ["connected"]], `seed ${seed}`);
  }
});

test("different passphrases are refused by both, and said", () => {
  const pair = new Pair({
    sender: { rendezvous: true, settings: { passphrase } },
    receiver: { rendezvous: true, settings: { passphrase: encodeUtf8("another one, as long") } },
  });
  pair.run(5 * SECOND);
  assert.deepEqual(pair.sender.said, ["refused wrong_passphrase"]);
  assert.deepEqual(pair.receiver.said, ["refused wrong_passphrase"]);
});

test("a caller that meets a rendezvous is refused", () => {
  const pair = new Pair({ receiver: { rendezvous: true } });
  pair.run(5 * SECOND);
  assert.deepEqual(pair.sender.said, ["refused rogue"]);
  assert.deepEqual(pair.receiver.said, ["refused rogue"]);
});
