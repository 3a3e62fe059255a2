import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "@bilbycast/foundation/bytes";
import { MadeMux } from "@bilbycast/testkit/streams";
import { Analysed } from "./analysed.ts";

const CUES = 0x1f4;

/** Samples 14.1, 14.2 and 14.4 of ANSI/SCTE 35, and a heartbeat. */
const START = "/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg==";
const INSERT = "/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=";
const TWO = "/DBIAAAAAAAA///wBQb+ek2ItgAyAhdDVUVJSAAAGH+fCAgAAAAALMvDRBEAAAIXQ1VFSUgAABl/nwgIAAAAACyk26AQAACZcuND";
const HEARTBEAT = "/DARAAAAAAAAAP/wAAAAAHpPv/8=";

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

const mux = (): MadeMux => new MadeMux().tables([{ programNumber: 7, programMapPid: 0x100, streams: [{ pid: CUES, streamType: 0x86 }] }]);

test("a PID of cues is told once, and each cue once however often it comes", () => {
  const stream = mux().section(CUES, bytes(HEARTBEAT));
  for (let i = 0; i < 3; i++) {
    stream.section(CUES, bytes(INSERT));
  }
  stream.tables(
    [
      {
        programNumber: 7,
        programMapPid: 0x100,
        streams: [
          { pid: CUES, streamType: 0x86 },
          { pid: 0x200, streamType: 2 },
        ],
      },
    ],
    1,
  );
  stream.section(CUES, bytes(INSERT)).section(CUES, bytes(START));

  const analysed = new Analysed().feed(stream.take());
  const [found] = analysed.snapshot().scte35_streams;

  const insert = {
    command: "splice_insert",
    event_id: 0x4800008f,
    pts: 0x07369c02e,
    out_of_network: true,
    auto_return: true,
    duration_ms: 60_294,
  };
  const start = {
    command: "time_signal",
    event_id: 0x4800008e,
    pts: 0x072bd0050,
    segmentation_type: "Provider Placement Opportunity Start",
    segmentation_type_id: 0x34,
    upid: "TI:000000002ca0a18a",
    duration_ms: 307_000,
  };
  assert.deepEqual(analysed.events, [
    { event: "scte35_pid", details: { pid: CUES, program_numbers: [7] } },
    { event: "scte35_cue", details: { pid: CUES, ...insert } },
    { event: "scte35_cue", details: { pid: CUES, ...start } },
  ]);
  assert.deepEqual([found?.cues, found?.repeated, found?.heartbeats, found?.malformed, found?.last_cue], [2, 3, 1, 0, start]);
});

test("a time_signal with two segmentations is two cues", () => {
  const { events } = new Analysed().feed(mux().section(CUES, bytes(TWO)).take());

  assert.deepEqual(
    events.slice(1).map((each) => each.event === "scte35_cue" && [each.details.segmentation_type, each.details.event_id]),
    [
      ["Program End", 0x48000018],
      ["Program Start", 0x48000019],
    ],
  );
});

test("sections that are broken are counted and tell nothing", () => {
  const broken = bytes(INSERT);
  broken[20] = (broken[20] ?? 0) ^ 1;

  const analysed = new Analysed().feed(mux().section(CUES, broken).take());

  assert.equal(analysed.events.length, 1);
  assert.deepEqual(
    analysed.snapshot().scte35_streams.map(({ malformed, cues }) => [malformed, cues]),
    [[1, 0]],
  );
});

test("a flood of cues is told up to a bound each second", () => {
  const analysed = new Analysed().feed(mux().take());
  const flood = new MadeMux();
  for (let i = 0; i < 100; i++) {
    flood.section(CUES, privateCommand(i));
  }

  analysed.feed(flood.take());
  const [first] = analysed.snapshot().scte35_streams;
  const second = new MadeMux().section(CUES, privateCommand(1_000));
  analysed.feed(second.take());

  assert.deepEqual([first?.cues, first?.suppressed], [32, 68]);
  assert.equal(analysed.snapshot().scte35_streams[0]?.cues, 33);
});

/** A private command whose owner is a number, with a CRC that is right. */
const privateCommand = (event: number): Uint8Array => {
  const body = [0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xf0, 0x04, 0xff, 0, 0, event >> 8, event & 0xff, 0, 0];
  const section = Uint8Array.from([0xfc, 0x30, body.length + 4, ...body, 0, 0, 0, 0]);
  const crc = crc32(section, 0, section.length - 4);
  section.set([crc >>> 24, crc >>> 16, crc >>> 8, crc], section.length - 4);
  return section;
};
