import assert from "node:assert/strict";
import { test } from "node:test";
import { CHECK_FIELDS, STREAM_ALARMS, StreamAnalysis, tr101290Form } from "@bilbycast/engine/analysis";
import { instant } from "@bilbycast/foundation/time";
import { Multiplex } from "@bilbycast/testkit/streams";
import { z } from "zod";
import { EDGE_EVENTS } from "./faults.ts";
import { tr101290Schema, type Tr101290Stats } from "./tr101290.ts";

const EPOCH = 1_790_000_000_000;

/** Half a minute of a stream, with a packet lost in each second after the twentieth. */
const form = (): Tr101290Stats => {
  let lost = 0;
  const multiplex = new Multiplex(
    {},
    { packet: (packet, part, at) => (part === "video" && at >= 20e6 + lost * 1e6 ? ((lost += 1), []) : [packet]) },
  );
  const analysis = new StreamAnalysis();
  let closed = 1_000_000;
  while (multiplex.at < 30e6) {
    const now = instant(Math.round(multiplex.at));
    analysis.expire(now);
    for (; closed <= now; closed += 1_000_000) {
      analysis.closeWindow(instant(closed));
    }
    multiplex.next().forEach((packet) => analysis.take(packet, 0, packet.length, now));
  }
  const { stream, arrivals } = analysis.snapshot();
  return tr101290Form(stream, arrivals, EPOCH);
};

test("what the analysis gives is what the contract says, field by field", () => {
  const given = form();

  assert.deepEqual(tr101290Schema.parse(given), given);
  assert.deepEqual(
    [given.cc_errors, given.window_cc_errors, given.packets_lost, given.priority1_ok, given.priority2_ok, given.signal],
    [10, 1, 10, false, true, "in_sync"],
  );
  assert.deepEqual([given.mdi?.text, given.mdi?.rate_source], ["0.8:1", "pcr"]);
  assert.ok(
    given.pcr[0]?.interval !== undefined && given.pcr[0].overall_jitter !== undefined && given.pcr[0].frequency_offset !== undefined,
  );
});

test("evidence is the whole packet in hex, with its time on the wall clock and its PID", () => {
  const { evidence } = form();

  assert.deepEqual(Object.keys(evidence), ["cc_errors"]);
  const { time_unix_ms = 0, last_time_unix_ms = 0, pid, packet_hex = "" } = evidence.cc_errors ?? {};
  assert.match(packet_hex, /^474?[0-9a-f]{373,}$/);
  assert.equal(packet_hex.length, 376);
  assert.equal(pid, 0x101);
  assert.ok(time_unix_ms >= EPOCH + 20_000 && time_unix_ms < EPOCH + 20_100);
  assert.ok(last_time_unix_ms >= EPOCH + 29_000 && last_time_unix_ms < EPOCH + 29_100);
});

test("every check has its counter, its twin of the window, and every field a sentence", () => {
  const shape: Record<string, z.ZodType> = tr101290Schema.shape;

  for (const field of Object.values(CHECK_FIELDS)) {
    assert.ok(field in shape && `window_${field}` in shape, field);
  }
  const undescribed = (schema: object, path: string): string[] => {
    const { description, properties = {}, items } = schema as { description?: string; properties?: Record<string, object>; items?: object };
    const own = description === undefined && path !== "" ? [path] : [];
    const below = Object.entries(properties).flatMap(([name, property]) => undescribed(property, `${path}.${name}`));
    return [...own, ...below, ...(items === undefined ? [] : undescribed({ description: "one of the list", ...items }, path))];
  };
  assert.deepEqual(undescribed(z.toJSONSchema(tr101290Schema, { reused: "inline" }), ""), []);
});

test("every event of the alarms is in the catalogue", () => {
  const codes = Object.values(STREAM_ALARMS).flatMap(({ raised, cleared }) => [raised, cleared]);

  assert.deepEqual(
    codes.filter((code) => !(code in EDGE_EVENTS)),
    [],
  );
});
