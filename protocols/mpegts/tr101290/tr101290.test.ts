import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { audioPid, mapPid, Multiplex, videoPid } from "@bilbycast/testkit/streams";
import { PACKET_SIZE, pid as pidOf } from "../packet.ts";
import { writeProgramMap } from "../psi/program-tables.ts";
import { altered, errorsOf, play, without, type Stage } from "../test/fault-run.ts";
import { playFile } from "../test/paced.ts";
import { Tr101290 } from "./tr101290.ts";

test("the first packet that fails a check is kept, with its time and its PID, and when the check failed last", () => {
  let pictures = 0;
  const bad: { packet: Uint8Array; at: number }[] = [];
  const analyser = play({
    script: {
      packet: (packet, part, at) => {
        if (part === "video" && ++pictures % 4_000 === 3_000) {
          packet[3] = (packet[3] ?? 0) ^ 0x08;
          bad.push({ packet: packet.slice(), at: Math.round(at) });
        }
        return [packet];
      },
    },
  });

  const evidence = analyser.evidence("continuityCounter");

  assert.deepEqual([bad.length > 1, analyser.count("continuityCounter")], [true, 2 * bad.length]);
  assert.deepEqual(evidence?.packet, bad[0]?.packet);
  assert.deepEqual([evidence?.at, evidence?.pid], [bad[0]?.at, videoPid(0)]);
  assert.ok((evidence?.lastAt ?? 0) > (bad.at(-1)?.at ?? Infinity));
  assert.equal(analyser.evidence("crc"), undefined);
});

test("of what is missed there is no packet, but the PID", () => {
  const analyser = play({ script: without("pmt", 3_000, 3_500) });

  const evidence = analyser.evidence("pmt");

  assert.deepEqual([evidence?.pid, evidence?.packet], [mapPid(0), undefined]);
});

test("the window tells of the last second that was closed, the sum goes on", () => {
  const told: number[][] = [];
  const look = ({ analyser }: Stage): void =>
    void told.push([analyser.windowCount("continuityCounter"), analyser.count("continuityCounter")]);
  play({
    script: altered("video", 3_300, 2, () => []),
    events: [3_200, 3_900, 4_100, 5_100].map((at) => ({ at, run: look })),
  });

  assert.deepEqual(told, [
    [0, 0],
    [0, 1],
    [1, 1],
    [0, 1],
  ]);
});

test("priorities are judged by the window, and a PID that stays away is held against priority 1 all the time", () => {
  const told: unknown[] = [];
  const look = ({ analyser }: Stage): void => {
    const { priorityOk, missingPids } = analyser.snapshot();
    told.push([priorityOk, missingPids]);
  };
  const analyser = play({
    seconds: 14,
    script: without("audio", 2_000, 10_000),
    events: [1_500, 4_100, 8_100, 9_100, 12_100].map((at) => ({ at, run: look })),
  });

  assert.deepEqual(told, [
    [[true, true, true], 0],
    // PTS are missed, then the PID.
    [[true, false, true], 0],
    [[false, true, true], 1],
    [[false, true, true], 1],
    [[true, true, true], 0],
  ]);
  assert.equal(analyser.count("pid"), 1);
});

test("silence is one loss of sync for however long, priority 1 is not well meanwhile, and afterwards all is", () => {
  const told: unknown[] = [];
  const look = ({ analyser }: Stage): void => void told.push([analyser.signal, analyser.snapshot().priorityOk[0], errorsOf(analyser)]);
  const analyser = play({ seconds: 3 });
  for (let second = 4; second <= 3_600; second++) {
    for (let ms = 0; ms < 1_000; ms += 100) {
      analyser.expire(instant(second * 1_000_000 + ms * 1_000));
    }
    analyser.closeWindow();
  }
  look({ analyser, now: instant(0), multiplex: new Multiplex() });
  const multiplex = new Multiplex();
  const begin = 3_601_000_000;
  while (multiplex.at < 3_000_000) {
    const now = instant(begin + Math.round(multiplex.at));
    multiplex.next().forEach((packet) => analyser.push(packet, 0, now));
    analyser.expire(now);
  }
  analyser.closeWindow();
  look({ analyser, now: instant(0), multiplex });

  assert.deepEqual(told, [
    ["silent", false, { syncLoss: 1 }],
    ["inSync", true, { syncLoss: 1 }],
  ]);
});

test("nothing is missed before the first packet, and the grid is found again by five packets, not by four", () => {
  const analyser = new Tr101290();
  for (let at = 0; at < 60_000_000; at += 100_000) {
    analyser.expire(instant(at));
  }
  assert.deepEqual([analyser.signal, errorsOf(analyser)], ["waiting", {}]);

  const good = nullPacket(0x47);
  const bad = nullPacket(0x46);
  let now = 60_000_000;
  const push = (packet: Uint8Array, count: number): string => {
    for (let i = 0; i < count; i++) {
      analyser.push(packet, 0, instant((now += 100)));
    }
    return analyser.signal;
  };
  const states = [push(good, 1), push(bad, 4), push(bad, 1), push(good, 4), push(bad, 1), push(good, 4), push(good, 1)];

  assert.deepEqual(states, ["inSync", "inSync", "lost", "lost", "lost", "lost", "inSync"]);
  assert.deepEqual(errorsOf(analyser), { syncLoss: 1, syncByte: 5 });
});

test("what is lost is counted by the counters, and what the source begins anew is not", () => {
  const analyser = play({ script: altered("video", 3_005, 7, () => []) });
  assert.equal(analyser.lostPackets, 7);

  analyser.begin();
  assert.deepEqual([analyser.catalogue.programs().length, analyser.snapshot().clocks.length, analyser.signal], [0, 0, "waiting"]);
  assert.equal(analyser.count("continuityCounter"), 1, "counts stay");

  analyser.resetCounts();
  assert.deepEqual([errorsOf(analyser), analyser.packets, analyser.lostPackets], [{}, 0, 0]);
});

test("what is missed after we missed packets ourselves is counted from then on", () => {
  const analyser = play({ script: without("pat", 2_000, 8_000), events: [{ at: 2_300, run: ({ analyser }) => analyser.lost() }] });

  const first = analyser.evidence("pat")?.at ?? 0;

  assert.equal(analyser.analysisGaps, 1);
  assert.ok(first > 2_800_000 && first <= 2_900_000, `${first}`);
});

test("PAT, maps and the PID of JPEG XS are told", () => {
  const map = writeProgramMap({
    programNumber: 1,
    versionNumber: 1,
    currentNextIndicator: true,
    pcrPid: videoPid(0),
    programInfo: [],
    elementaryStreams: [
      { streamType: 0x32, pid: videoPid(0), descriptors: [] },
      { streamType: 0x03, pid: audioPid(0), descriptors: [] },
    ],
  });
  const { patSections, pmtSections, jpegXsPid } = play({
    seconds: 5,
    script: { section: (part, section) => (part === "pmt" ? map : section) },
  }).snapshot();

  assert.deepEqual([patSections, pmtSections, jpegXsPid], [50, 50, videoPid(0)]);
});

test("a file that another program made has no error when it comes at its own pace", () => {
  const file = readFileSync(new URL("../../../apps/edge/demo/bilbycast-sample.m2t", import.meta.url));

  const { errors, seconds } = playFile(file);

  assert.deepEqual(errors, {});
  assert.ok(seconds > 5);
});

const nullPacket = (sync: number): Uint8Array => {
  const packet = new Uint8Array(PACKET_SIZE).fill(0xff);
  packet.set([sync, 0x1f, 0xff, 0x10]);
  return packet;
};

test("the same packets at the same times give the same figures", () => {
  const run = (): unknown => play({ seconds: 6, script: altered("video", 3_000, 1, () => []), arrival: jittered }).snapshot();

  assert.deepEqual(run(), run());
  assert.equal(pidOf(nullPacket(0x47), 0), 0x1fff);
});

const jittered = (at: number): Instant => instant(Math.floor(at / 9_000) * 9_000 + 9_000);
