import assert from "node:assert/strict";
import { test } from "node:test";
import { join, packet, VIDEO_PID } from "./hand-made.ts";
import { PacketDigests, type DigestReport, type MaskedField } from "./index.ts";

const digest = (packets: readonly Uint8Array[], mask: readonly MaskedField[] = []): DigestReport => {
  const digests = new PacketDigests(mask);
  digests.take(join(packets));
  return digests.report();
};

const stream = (shift: number, discontinuity: boolean, pcr: number, fill = 1): Uint8Array[] => [
  packet({ pid: VIDEO_PID, cc: shift, pcr, discontinuity, fill }),
  packet({ pid: 0x101, cc: shift + 1, fill: 2 }),
  packet({ pid: 0x1fff, cc: 7, fill: 3 }),
];

test("whole packets have the same digest only when every byte is the same", () => {
  const [one, same, other] = [digest(stream(0, false, 5)), digest(stream(0, false, 5)), digest(stream(1, false, 5))];

  assert.deepEqual(one, same);
  assert.notEqual(one.whole, other.whole);
  assert.notEqual(one.packetsByPid[0x101], other.packetsByPid[0x101]);
  assert.equal(one.packetsByPid[0x1fff], other.packetsByPid[0x1fff]);
});

test("a mask hides what may be rewritten, and nothing else", () => {
  const [one, rewritten] = [stream(0, false, 5), stream(4, true, 900)];

  const of = (packets: readonly Uint8Array[], ...mask: MaskedField[]): string => digest(packets, mask).whole;
  assert.equal(
    of(one, "continuityCounter", "discontinuityIndicator", "pcr"),
    of(rewritten, "continuityCounter", "discontinuityIndicator", "pcr"),
  );
  assert.notEqual(of(one, "continuityCounter", "discontinuityIndicator"), of(rewritten, "continuityCounter", "discontinuityIndicator"));
  assert.notEqual(of(one, "continuityCounter", "pcr"), of(rewritten, "continuityCounter", "pcr"));
  assert.notEqual(of(one, "discontinuityIndicator", "pcr"), of(rewritten, "discontinuityIndicator", "pcr"));
});

test("payload digests know nothing of headers, and of each changed byte", () => {
  const [one, rewritten, changed] = [digest(stream(0, false, 5)), digest(stream(4, true, 900)), digest(stream(0, false, 5, 9))];

  assert.deepEqual(one.payloadByPid, rewritten.payloadByPid);
  assert.notEqual(one.payloadByPid[VIDEO_PID], changed.payloadByPid[VIDEO_PID]);
  assert.equal(one.payloadByPid[0x101], changed.payloadByPid[0x101]);
});

test("a digest can be asked for while the stream goes on", () => {
  const digests = new PacketDigests();
  const [first, ...rest] = stream(0, false, 5);
  digests.take(join([first ?? new Uint8Array()]));
  const early = digests.report();
  digests.take(join(rest));

  assert.deepEqual(early, digest([first ?? new Uint8Array()]));
  assert.deepEqual(digests.report(), digest(stream(0, false, 5)));
});
