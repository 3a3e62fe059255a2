import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { Multiplex, type MultiplexOptions, type Script } from "@bilbycast/testkit/streams";
import { streamReasons } from "./stream-alarms.ts";
import { StreamAnalysis } from "./stream-analysis.ts";
import { arrivalForm } from "./tr101290-form.ts";

type Run = { seconds: number; script?: Script; options?: MultiplexOptions; arrival?: (at: number) => number; analysis?: StreamAnalysis };
type Told = { second: number; code: string; severity: string };

const UNIT_PACKETS = 7;

/** Plays a stream in units of seven packets, as a lane would; what is told in which second. */
const run = ({ seconds, script, options, arrival = (at) => at, analysis = new StreamAnalysis() }: Run): Told[] => {
  const multiplex = new Multiplex(options, script);
  const told: Told[] = [];
  let tick = 0;
  const until = (now: number): void => {
    for (; tick + 50_000 <= now;) {
      tick += 50_000;
      analysis.expire(instant(tick));
      if (tick % 1_000_000 === 0) {
        told.push(...analysis.closeWindow(instant(tick)).map(({ code, severity }) => ({ second: tick / 1_000_000, code, severity })));
      }
    }
  };
  while (multiplex.at < seconds * 1_000_000) {
    const { at } = multiplex;
    const now = Math.round(arrival(at));
    const packets = Array.from({ length: UNIT_PACKETS }, () => multiplex.next()).flat();
    until(now);
    if (packets.length > 0) {
      analysis.take(Uint8Array.from(packets.flatMap((packet) => [...packet])), 0, packets.length * 188, instant(now));
    }
  }
  until(seconds * 1_000_000);
  return told;
};

/** Nothing of the stream between two seconds. */
const cut = (from: number, to: number): Script => ({ packet: (packet, _part, at) => (at >= from * 1e6 && at < to * 1e6 ? [] : [packet]) });

test("a stream that is right tells nothing, and its arrival is as even as its units", () => {
  const analysis = new StreamAnalysis();

  assert.deepEqual(run({ seconds: 12, analysis }), []);
  const { arrivals, stream } = analysis.snapshot();
  assert.deepEqual(streamReasons(stream), []);
  const { iat, pdv_jitter_us, pdv_peak_to_peak_us } = arrivalForm(arrivals);
  assert.deepEqual([iat?.min_us, iat?.max_us], [2_632, 2_632]);
  // A PCR lies anywhere in its unit of 2.6 ms.
  assert.ok((pdv_jitter_us ?? 9_999) < 2_632 && (pdv_peak_to_peak_us ?? 9_999) <= 2_632);
  assert.equal(arrivals.mdi?.rateSource, "pcr");
  assert.ok(Math.abs((arrivals.mdi?.rate ?? 0) - 4_000_000) < 1 && Math.abs((arrivals.mdi?.delayFactor ?? 0) - 2_632) < 5);
});

test("silence is told as a loss of sync, once, and as its end; meanwhile it is the one reason of bad health", () => {
  const analysis = new StreamAnalysis();

  assert.deepEqual(run({ seconds: 30, script: cut(5, 15.01), analysis }), [
    { second: 6, code: "tr101290_sync_loss", severity: "critical" },
    { second: 20, code: "tr101290_sync_ok", severity: "info" },
  ]);
  const silent = new StreamAnalysis();
  run({ seconds: 9, script: cut(5, 99), analysis: silent });
  assert.deepEqual(
    streamReasons(silent.snapshot().stream).map(({ code, severity }) => [code, severity]),
    [["tr101290_sync_loss", "Critical"]],
  );
});

test("packets lost now and then are one alarm of priority 1 and one of the delivery, not one each second", () => {
  let lost = 0;
  const script: Script = {
    packet: (packet, part, at) => (part === "video" && at >= (5.5 + lost * 3) * 1e6 && lost < 5 ? ((lost += 1), []) : [packet]),
  };

  assert.deepEqual(run({ seconds: 45, script }), [
    { second: 6, code: "tr101290_p1_error", severity: "warning" },
    { second: 12, code: "content_analysis_mdi_above_threshold", severity: "warning" },
    { second: 28, code: "tr101290_p1_ok", severity: "info" },
    { second: 28, code: "content_analysis_mdi_ok", severity: "info" },
  ]);
});

test("the reason of bad health says what failed in the last second, and how often", () => {
  const analysis = new StreamAnalysis();
  let spoiled = 0;
  run({
    seconds: 6,
    analysis,
    script: {
      packet: (packet, part, at) => {
        if (part === "video" && at >= 5e6 && spoiled < 3) {
          spoiled++;
          packet[1] = (packet[1] ?? 0) | 0x80;
        }
        return [packet];
      },
    },
  });

  assert.deepEqual(streamReasons(analysis.snapshot().stream), [
    { code: "tr101290_p2", severity: "Warning", detail: "TR 101 290 priority 2: 3 tei_errors in the last second" },
  ]);
});

test("a network that bunches packets into 80 ms raises the delivery alarm and no other", () => {
  const arrival = (at: number): number => Math.floor(at / 80_000) * 80_000 + 80_000;

  assert.deepEqual(run({ seconds: 12, arrival }), [{ second: 4, code: "content_analysis_mdi_above_threshold", severity: "warning" }]);
});

test("a stream of variable rate moves the virtual buffer by itself, and that is no alarm", () => {
  const analysis = new StreamAnalysis();
  // Ten seconds half empty and two full, without null packets.
  const script: Script = {
    packet: (packet, part) => (part === "null" ? [] : [packet]),
    omit: (part, at) => part === "audio" && at % 12e6 < 10e6,
  };

  const told = run({ seconds: 30, script, analysis, options: { videoRate: 700_000 } });

  assert.deepEqual(
    told.filter(({ code }) => code.includes("mdi")),
    [],
  );
  assert.ok((analysis.snapshot().arrivals.mdi?.delayFactor ?? 0) > 50_000);
});

test("a gap of our own and a source that is opened anew raise nothing", () => {
  const analysis = new StreamAnalysis();
  let gaps = 0;
  const told = run({
    seconds: 20,
    analysis,
    script: {
      packet: (packet, _part, at) => {
        const isGap = at >= 5e6 && at < 5.3e6;
        if (isGap && gaps++ === 0) {
          analysis.lost();
        }
        return isGap ? [] : [packet];
      },
      pcr: (pcr, at) => (at >= 12e6 ? pcr + 27e9 : pcr),
      section: (_part, section, at) => {
        if (at >= 12e6 && gaps > 0) {
          gaps = 0;
          analysis.begin();
        }
        return section;
      },
    },
  });

  assert.deepEqual(told, []);
  assert.equal(analysis.snapshot().stream.analysisGaps, 1);
});
