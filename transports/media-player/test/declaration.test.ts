import assert from "node:assert/strict";
import { test } from "node:test";
import { declaration } from "../declaration.ts";

const problems = (input: unknown): string[] => {
  const result = declaration.input.safeParse(input);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
};

const named = (name: string): unknown => ({ sources: [{ kind: "ts", name }] });

test("a list of sources is enough; the rest has defaults", () => {
  assert.deepEqual(declaration.input.parse(named("a file_1-2.ts")), {
    sources: [{ kind: "ts", name: "a file_1-2.ts" }],
    loop_playback: true,
    shuffle: false,
    ts_packets_per_datagram: 7,
  });
});

test("a name that could leave the library is refused", () => {
  for (const name of ["", ".hidden", "../etc/passwd", "a/b.ts", "a\\b.ts", "a..ts", "ä.ts", "a\0.ts", "x".repeat(256)]) {
    assert.match(problems(named(name)).join(), /^sources\.0\.name: must be a name of the media library/, name);
  }
  assert.deepEqual(problems(named("x".repeat(255))), []);
});

test("kinds that this version does not play are named in the refusal", () => {
  for (const kind of ["mp4", "image"]) {
    assert.deepEqual(problems({ sources: [{ kind, name: "a" }] }), [
      `sources.0.kind: sources of kind ${kind} are not supported by this version; only ts is`,
    ]);
  }
  assert.deepEqual(problems({ sources: [{ kind: "film", name: "a" }] }), ['sources.0.kind: must be "ts"']);
});

test("a field of a source that would have no effect is refused", () => {
  assert.match(problems({ sources: [{ kind: "ts", name: "a", program_number: 1 }] }).join(), /program_number/);
});

test("numbers have bounds", () => {
  const sources = [{ kind: "ts", name: "a" }];
  const refused = [
    { sources: [] },
    { sources: Array.from({ length: 257 }, () => sources[0]) },
    { sources, paced_bitrate_bps: 99_999 },
    { sources, paced_bitrate_bps: 200_000_001 },
    { sources, ts_packets_per_datagram: 0 },
    { sources, ts_packets_per_datagram: 8 },
    { sources, ts_packets_per_datagram: 1.5 },
  ];
  for (const input of refused) {
    assert.equal(problems(input).length, 1, JSON.stringify(input).slice(0, 100));
  }
  assert.deepEqual(problems({ sources, paced_bitrate_bps: 100_000, ts_packets_per_datagram: 1 }), []);
});
