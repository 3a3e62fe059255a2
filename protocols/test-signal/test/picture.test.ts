import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { codesOf, glyphRow } from "../font.ts";
import { writeTimecode } from "../frame-grid.ts";
import { colorimetryOf, frameAt, hashOf, isFlashFrame, TINT_COUNT, tintOf } from "../index.ts";
import { drawn, FPS, NOON, picture, SIZES } from "./drawn.ts";

/** Y', C'B and C'R at a place given in shares of width and height. */
const colourAt = (bytes: Uint8Array, width: number, height: number, x: number, y: number): number[] => {
  const [column, row] = [Math.floor(x * width), Math.floor(y * height)];
  const chroma = width * height + (row >> 1) * (width / 2) + (column >> 1);
  return [bytes[row * width + column] ?? 0, bytes[chroma] ?? 0, bytes[chroma + (width * height) / 4] ?? 0];
};

/** Rows of the standards: share of the height, and at which shares of the width there is which colour. */
type Expected = readonly [y: number, ...fields: (readonly [x: number, y: number, cb: number, cr: number])[]];

const bar = (i: number): number => 1 / 8 + (3 / 4) * ((i + 0.5) / 7);

/** SMPTE RP 219-1, 8 bits, BT.709. */
const HD: Expected[] = [
  [
    0.15,
    [0.05, 104, 128, 128],
    [bar(0), 180, 128, 128],
    [bar(1), 168, 44, 136],
    [bar(2), 145, 147, 44],
    [bar(3), 133, 63, 52],
    [bar(4), 63, 193, 204],
    [bar(5), 51, 109, 212],
    [bar(6), 28, 212, 120],
    [0.95, 104, 128, 128],
  ],
  [0.62, [0.05, 188, 154, 16], [0.5, 180, 128, 128], [0.95, 32, 240, 118]],
  [0.7, [0.05, 219, 16, 138], [bar(0), 16, 128, 128], [0.5, 126, 128, 128], [bar(6), 235, 128, 128], [0.95, 63, 102, 240]],
  [
    0.9,
    [0.05, 49, 128, 128],
    [bar(0.5), 16, 128, 128],
    [bar(2), 235, 128, 128],
    [bar(3.4), 16, 128, 128],
    [bar(4), 12, 128, 128],
    [bar(4 + 1 / 3), 16, 128, 128],
    [bar(4 + 2 / 3), 20, 128, 128],
    [bar(5), 16, 128, 128],
    [bar(5 + 1 / 3), 25, 128, 128],
    [bar(6), 16, 128, 128],
    [0.95, 49, 128, 128],
  ],
];

const seventh = (i: number): number => (i + 0.5) / 7;

/** SMPTE EG 1-1990 in 8 bits, BT.601. */
const SD: Expected[] = [
  [
    0.15,
    [seventh(0), 180, 128, 128],
    [seventh(1), 162, 44, 142],
    [seventh(2), 131, 156, 44],
    [seventh(3), 112, 72, 58],
    [seventh(4), 84, 184, 198],
    [seventh(5), 65, 100, 212],
    [seventh(6), 35, 212, 114],
  ],
  [
    0.71,
    [seventh(0), 35, 212, 114],
    [seventh(1), 16, 128, 128],
    [seventh(2), 84, 184, 198],
    [seventh(3), 16, 128, 128],
    [seventh(4), 131, 156, 44],
    [seventh(5), 16, 128, 128],
    [seventh(6), 180, 128, 128],
  ],
  [
    0.9,
    [2.5 / 28, 16, 158, 95],
    [7.5 / 28, 235, 128, 128],
    [12.5 / 28, 16, 175, 149],
    [17.5 / 28, 16, 128, 128],
    [31 / 42, 7, 128, 128],
    [33 / 42, 16, 128, 128],
    [35 / 42, 25, 128, 128],
    [seventh(6), 16, 128, 128],
  ],
];

for (const [title, width, height, rows] of [
  ["RP 219 in BT.709 at 1280 by 720", 1280, 720, HD],
  ["RP 219 in BT.709 at 1920 by 1080", 1920, 1080, HD],
  ["EG 1 in BT.601 at 720 by 576", 720, 576, SD],
  ["EG 1 in BT.601 at 720 by 480", 720, 480, SD],
] as const) {
  test(`the bars are those of ${title}, to the level`, () => {
    const bytes = drawn({ width, height });

    for (const [y, ...fields] of rows) {
      for (const [x, ...colour] of fields) {
        assert.deepEqual(colourAt(bytes, width, height, x, y), colour, `${x} ${y}`);
      }
    }
    assert.equal(colorimetryOf(width, height), rows === HD ? "bt709" : "bt601");
  });
}

test("a frame is the same whatever was in the buffer before, and nothing outside of it is written", () => {
  for (const [width, height] of [...SIZES.slice(0, 4), [64, 64] as const]) {
    for (const marker of ["none", "flash", "sweep"] as const) {
      const made = picture({ width, height, marker });
      const bytes = new Uint8Array(made.size + 64).fill(0x55);
      made.prepare(bytes);
      for (const frame of [NOON * FPS, NOON * FPS + 1, NOON * FPS + 60_012, NOON * FPS + 13]) {
        made.draw(bytes, frame);
      }

      assert.deepEqual(bytes.subarray(0, made.size), drawn({ width, height, marker }, NOON * FPS + 13));
      assert.deepEqual(bytes.subarray(made.size), new Uint8Array(64).fill(0x55));
    }
  }
});

test("every even size is drawn, with names of every length (seed 3)", () => {
  const random = seeded(3);
  for (let round = 0; round < 300; round++) {
    const [width, height] = [64 + 2 * integer(random, 400), 64 + 2 * integer(random, 300)];
    const made = picture({ width, height, name: "W".repeat(integer(random, 40)), marker: "sweep", fps: 1 + integer(random, 60) });
    const bytes = new Uint8Array(made.size + 16);
    made.prepare(bytes);
    made.draw(bytes, 1e11 + integer(random, 1e6));

    assert.ok(bytes.subarray(0, made.size).every((level) => level > 0 && level <= 240));
    assert.ok(bytes.subarray(made.size).every((level) => level === 0));
  }
});

test("what is no picture is refused", () => {
  for (const [width, height] of [
    [62, 64],
    [64, 62],
    [65, 64],
    [7682, 4320],
    [7680, 4322],
    [100.5, 100],
  ] as const) {
    assert.throws(() => picture({ width, height }), /size/);
  }
});

test("the patch is white in the frames in which the burst sounds, at every rate", () => {
  for (let fps = 1; fps <= 60; fps++) {
    const flashes = Array.from({ length: fps }, (_, i) => i).filter((i) => isFlashFrame(NOON * fps + i, fps));
    assert.deepEqual(
      flashes,
      Array.from({ length: Math.max(1, Math.ceil(0.08 * fps)) }, (_, i) => i),
    );
  }
  const window = (frame: number): number[] => colourAt(drawn({}, frame), 1280, 720, 0.695, 0.46);
  const frames = [-1, 0, 1, 2, 24].map((i) => window(NOON * FPS + i)[0]);
  assert.deepEqual(frames, [16, 235, 235, 16, 16]);
  assert.equal(colourAt(drawn({ marker: "none" }), 1280, 720, 0.695, 0.46)[0], 16);
});

test("the sweep's bar stands on its mark when the second begins and passes each place once a second", () => {
  const y = 0.55;
  const whites = (frame: number): number[] => {
    const bytes = drawn({ marker: "sweep" }, NOON * FPS + frame);
    return Array.from({ length: 1280 }, (_, x) => x).filter((x) => bytes[Math.floor(y * 720) * 1280 + x] === 235);
  };
  const centre = (frame: number): number => {
    const found = whites(frame);
    return ((found[0] ?? 0) + (found.at(-1) ?? 0) + 1) / 2;
  };

  assert.ok(Math.abs(centre(0) - 640) <= 1);
  const way = Array.from({ length: 25 }, (_, i) => centre(i - 12));
  assert.ok(
    way.every((x, i) => i === 0 || Math.abs(x - (way[i - 1] ?? 0) - 842 / 25) < 1.1),
    way.join(" "),
  );
});

test("three sources have three colours, of which the panel is full", () => {
  const panels = [0, 1, 2].map((tint) => colourAt(drawn({ tint }), 1280, 720, 0.15, 0.5));
  const distance = (one: number[], other: number[]): number => Math.hypot(...one.map((level, i) => level - (other[i] ?? 0)));

  assert.ok(Math.min(...[0, 1, 2].map((i) => distance(panels[i]!, panels[(i + 1) % 3]!))) > 50, panels.join(" "));
});

test("names are spread over the colours and have different numbers", () => {
  const names = Array.from({ length: 600 }, (_, i) => `test-${i}`);
  const counts = Array.from({ length: TINT_COUNT }, (_, tint) => names.filter((name) => tintOf(name) === tint).length);

  assert.ok(Math.min(...counts) > 60, counts.join(" "));
  assert.equal(new Set(names.map((name) => hashOf(name))).size, names.length);
});

test("every character that is shown has dots of its own, and what is shown is capitals without accents", () => {
  const glyph = (code: number): string => Array.from({ length: 7 }, (_, row) => glyphRow(code, row)).join(" ");
  const shown = Array.from({ length: 95 }, (_, i) => 0x20 + i).filter((code) => code < 0x61 || code > 0x7a);

  assert.equal(new Set(shown.map(glyph)).size, shown.length);
  assert.ok(shown.every((code) => glyph(code) !== glyph(127)));
  assert.deepEqual(
    codesOf("Zürich é 日ß"),
    Uint8Array.from([...Array.from("ZURICH E ", (letter) => letter.charCodeAt(0)), 127, 0x53, 0x53]),
  );
});

test("the timecode is the time of day, in any zone", () => {
  const codes = new Uint8Array(11);
  const timecode = (frame: number, fps: number, offset = 0): string => {
    writeTimecode(codes, frame, fps, offset);
    return String.fromCharCode(...codes);
  };

  assert.equal(timecode(frameAt(Date.UTC(2026, 10, 28, 23, 59, 59, 999), 25), 25), "23:59:59:24");
  assert.equal(timecode(frameAt(Date.UTC(2026, 10, 29), 25), 25), "00:00:00:00");
  assert.equal(timecode(frameAt(Date.UTC(2026, 10, 28, 23, 30, 0, 500), 60), 60, 3_600), "00:30:00:30");
  assert.equal(timecode(frameAt(Date.UTC(2026, 10, 28, 3, 0, 7, 0), 1), 1, -5 * 3_600), "22:00:07:00");
});
