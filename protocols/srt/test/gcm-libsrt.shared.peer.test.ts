import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { difference, freePorts, Stage, waitFor } from "@bilbycast/testkit/peers";
import { avListener, LossyProxy, RealReceiver, RealSender } from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";

const COUNT = 1_000;
const PASSPHRASE = "a-passphrase-of-some-length";
const LATENCY = 500;
const units = Array.from({ length: COUNT }, (_, n) => tsUnit(n));
const sent = Buffer.concat(units);

const ours = (keyLength: 16 | 32) => ({
  receiveLatencyMs: LATENCY,
  peerLatencyMs: LATENCY,
  passphrase: encodeUtf8(PASSPHRASE),
  keyLength,
  cipherMode: "gcm" as const,
});

/** What the libsrt of node-av offers: a listener that takes GCM from its caller, both ways. It has no option that would make it call with GCM. */
describe("AES-GCM with libsrt 1.5.5", { concurrency: 4 }, () => {
  for (const keyLength of [16, 32] as const) {
    for (const loss of [0, 0.03]) {
      test(`AES-${keyLength * 8}: what we send comes out of it byte for byte, ${loss * 100} % lost on the way`, async (t) => {
        const stage = new Stage(t);
        const port = await freePorts(1);
        const file = stage.path("out.ts");
        writeFileSync(file, "");
        stage.keep(avListener("receive", file, { port, latencyMs: LATENCY, passphrase: PASSPHRASE }));
        const proxy = await LossyProxy.open(port, keyLength, {});
        const sender = await RealSender.open({ call: proxy.port, settings: { ...ours(keyLength), refreshRate: 300, preAnnounce: 50 } });
        t.after(() => {
          sender.close();
          proxy.close();
        });
        await waitFor("a connection", () => sender.side.said.includes("connected"));
        proxy.lose(loss, keyLength);
        for (let n = 0; n < COUNT; n += 4) {
          units.slice(n, n + 4).forEach((unit) => sender.send(unit));
          await sleep(10);
        }
        await waitFor("everything", () => stage.read("out.ts").length >= sent.length);
        assert.equal(difference(stage.read("out.ts"), sent), undefined);
        assert.ok(sender.side.meters.keysRefreshed.value >= 2, "keys were changed on the way");
      });
    }

    test(`AES-${keyLength * 8}: what it sends comes to us byte for byte`, async (t) => {
      const stage = new Stage(t);
      const port = await freePorts(1);
      writeFileSync(stage.path("in.ts"), sent);
      stage.keep(avListener("send", stage.path("in.ts"), { port, latencyMs: LATENCY, passphrase: PASSPHRASE }));
      const receiver = await RealReceiver.open({ call: port, settings: ours(keyLength) });
      t.after(() => receiver.close());
      await waitFor("everything", () => receiver.units.length >= COUNT, 30);
      assert.equal(difference(receiver.bytes(), sent), undefined);
      const { packetsUndecrypted, packetsMalformed } = receiver.side.meters;
      assert.deepEqual([packetsUndecrypted.value, packetsMalformed.value], [0, 0]);
    });
  }

  test("another passphrase is refused, and we are told", async (t) => {
    const stage = new Stage(t);
    const port = await freePorts(1);
    stage.keep(avListener("receive", stage.path("out.ts"), { port, latencyMs: LATENCY, passphrase: "another-passphrase" }));
    const sender = await RealSender.open({ call: port, settings: ours(16) });
    t.after(() => sender.close());
    await waitFor("the refusal", () => sender.side.said.some((said) => said.startsWith("refused wrong_passphrase")));
  });
});
