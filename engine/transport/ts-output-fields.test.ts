import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { checkTsOutput, tsOutputFields } from "./ts-output-fields.ts";

const schema = z.object(tsOutputFields());

/** Field and sentence of everything that is wrong. */
const problemsIn = (config: Record<string, unknown>): string[] => {
  const parsed = schema.safeParse(config);
  return parsed.success
    ? checkTsOutput(parsed.data).map(({ path, message }) => `${path.join(".")}: ${message}`)
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

const right: [string, Record<string, unknown>][] = [
  ["nothing", {}],
  ["the lowest and the highest program", { program_number: 1, pid_overrides: { "65535": { pmt_pid: 16 } } }],
  ["the lowest and the highest PID", { pid_map: { "16": 8_190, "8190": 16 } }],
  ["two PIDs that change places", { pid_map: { "257": 258, "258": 257 } }],
  ["a PCR with the video", { pid_overrides: { "1": { video_pid: 100, pcr_pid: 100 } } }],
  ["a PCR with the only sound", { pid_overrides: { "1": { audio_pid: 100, pcr_pid: 100 } } }],
  ["a PCR with the second sound", { pid_overrides: { "1": { audio_pids: [99, 100], pcr_pid: 100 } } }],
  ["the first sound said twice", { pid_overrides: { "1": { audio_pid: 99, audio_pids: [99, 100] } } }],
  ["the lowest and the highest rate", { cbr_pad_to_kbps: 100 }],
  ["the highest rate", { cbr_pad_to_kbps: 1_000_000 }],
];

for (const [name, config] of right) {
  test(`${name} is right`, () => assert.deepEqual(problemsIn(config), []));
}

const wrong: [string, Record<string, unknown>, string][] = [
  ["program 0", { program_number: 0 }, "program_number: must be 1 to 65535: program number 0 is reserved"],
  ["program 65536", { program_number: 65_536 }, "program_number: "],
  ["half a program", { program_number: 1.5 }, "program_number: must be a whole number"],
  ["a mapped PID below 16", { pid_map: { "15": 100 } }, "pid_map.15: "],
  ["a mapped PID above 8190", { pid_map: { "8191": 100 } }, "pid_map.8191: "],
  ["a mapped PID that is no number", { pid_map: { "0x100": 100 } }, "pid_map.0x100: "],
  ["a target below 16", { pid_map: { "100": 15 } }, "pid_map.100: "],
  ["a target above 8190", { pid_map: { "100": 8_191 } }, "pid_map.100: "],
  ["a PID mapped to itself", { pid_map: { "100": 100 } }, "pid_map.100: must be another PID"],
  ["a target that two are mapped to", { pid_map: { "100": 300, "200": 300 } }, "pid_map.200: must be a PID that nothing else"],
  ["overrides of program 0", { pid_overrides: { "0": { pmt_pid: 100 } } }, "pid_overrides.0: "],
  ["overrides of program 65536", { pid_overrides: { "65536": { pmt_pid: 100 } } }, "pid_overrides.65536: "],
  ["overrides that name nothing", { pid_overrides: { "1": {} } }, "pid_overrides.1: must name at least one PID"],
  ["an override below 16", { pid_overrides: { "1": { video_pid: 15 } } }, "pid_overrides.1.video_pid: "],
  ["a sound above 8190", { pid_overrides: { "1": { audio_pids: [8_191] } } }, "pid_overrides.1.audio_pids.0: "],
  ["no sounds", { pid_overrides: { "1": { audio_pids: [] } } }, "pid_overrides.1.audio_pids: "],
  [
    "one PID for map and video",
    { pid_overrides: { "1": { pmt_pid: 100, video_pid: 100 } } },
    "pid_overrides.1.video_pid: must be a PID that",
  ],
  ["one PID for two sounds", { pid_overrides: { "1": { audio_pids: [99, 99] } } }, "pid_overrides.1.audio_pids.1: must be a PID that"],
  [
    "one PID for two programs",
    { pid_overrides: { "1": { video_pid: 99 }, "2": { audio_pid: 99 } } },
    "pid_overrides.2.audio_pid: must be a PID that",
  ],
  [
    "a PCR on a PID of its own",
    { pid_overrides: { "1": { video_pid: 99, pcr_pid: 100 } } },
    "pid_overrides.1.pcr_pid: must be the video_pid",
  ],
  ["a PCR with the map", { pid_overrides: { "1": { pmt_pid: 100, pcr_pid: 100 } } }, "pid_overrides.1.pcr_pid: must be the video_pid"],
  ["a PCR alone", { pid_overrides: { "1": { pcr_pid: 100 } } }, "pid_overrides.1.pcr_pid: must be the video_pid"],
  ["two first sounds", { pid_overrides: { "1": { audio_pid: 98, audio_pids: [99] } } }, "pid_overrides.1.audio_pid: must be the first"],
  ["an override that nobody knows", { pid_overrides: { "1": { subtitle_pid: 100 } } }, "pid_overrides.1: "],
  ["a rate of 99 kbit/s", { cbr_pad_to_kbps: 99 }, "cbr_pad_to_kbps: "],
  ["a rate above 1 Gbit/s", { cbr_pad_to_kbps: 1_000_001 }, "cbr_pad_to_kbps: "],
];

for (const [name, config, problem] of wrong) {
  test(`${name} is refused, once and by its field`, () => {
    const problems = problemsIn(config);

    assert.equal(problems.length, 1, problems.join("; "));
    assert.ok(problems.join().startsWith(problem), problems.join());
  });
}
