import assert from "node:assert/strict";
import { test } from "node:test";
import { GopMeter, H264Stream, HevcStream, Mpeg2VideoStream, type AccessUnit, type PictureType, type VideoStream } from "../index.ts";
import { BitWriter } from "./bit-writer.ts";

/** A whole stream in; its access units out. */
const unitsOf = (make: (give: (unit: AccessUnit) => void) => VideoStream<unknown>, bytes: readonly number[]): AccessUnit[] => {
  const units: AccessUnit[] = [];
  const stream = make((unit) => units.push(unit));
  stream.push(Uint8Array.from(bytes), 0, bytes.length);
  stream.flush();
  return units;
};

const h264 = (bytes: readonly number[]): AccessUnit[] => unitsOf((give) => new H264Stream(give), bytes);

/** Main profile, field coding, pic_order_cnt_type 2 and 4 bits of frame_num; picture timing SEI have pic_struct only. */
const fieldSps = (): number[] => {
  const front = new BitWriter().put(77, 8).put(0, 8).put(30, 8).ue(0).ue(0).ue(2).ue(1).put(0, 1);
  const size = front.ue(44).ue(17).put(0, 1).put(0, 1).put(1, 1).put(0, 1);
  const vui = size.put(1, 1).put(0, 4).put(0, 1).put(0, 1).put(0, 1).put(1, 1).put(0, 1);
  return vui.nal([0x67]);
};

const PPS = new BitWriter().ue(0).ue(0).put(0, 2).nal([0x68]);

type SliceFields = { idr?: boolean; firstMb?: number; type?: number; frameNum?: number; field?: "top" | "bottom" };

const slice = ({ idr = false, firstMb = 0, type = 7, frameNum = 0, field }: SliceFields): number[] => {
  const writer = new BitWriter()
    .ue(firstMb)
    .ue(type)
    .ue(0)
    .put(frameNum, 4)
    .put(field === undefined ? 0 : 1, 1);
  if (field !== undefined) {
    writer.put(field === "bottom" ? 1 : 0, 1);
  }
  if (idr) {
    writer.ue(0);
  }
  return writer.put(0x55, 8).nal([idr ? 0x65 : 0x41]);
};

test("two fields are two access units and one frame", () => {
  const bytes = [
    ...[...fieldSps(), ...PPS, ...slice({ idr: true, field: "top" }), ...slice({ type: 5, field: "bottom" })],
    ...[...slice({ type: 5, frameNum: 1, field: "top" }), ...slice({ type: 5, frameNum: 1, field: "bottom" })],
    ...slice({ type: 5, frameNum: 2 }),
  ];

  const units = h264(bytes);

  assert.deepEqual(
    units.map(({ pictureType, secondField, fieldOrder }) => [pictureType, secondField, fieldOrder]),
    [
      ["I", false, "top"],
      ["P", true, undefined],
      ["P", false, "top"],
      ["P", true, undefined],
      ["P", false, undefined],
    ],
  );
});

test("slices of a picture belong together, and one predicted slice makes it P", () => {
  const bytes = [
    ...[...fieldSps(), ...PPS, ...slice({ idr: true }), ...slice({ idr: true, firstMb: 20 })],
    ...[...slice({ type: 2, frameNum: 1 }), ...slice({ type: 0, frameNum: 1, firstMb: 20 })],
    ...[...slice({ type: 1, frameNum: 2, firstMb: 20 }), ...slice({ type: 0, frameNum: 2, firstMb: 40 })],
  ];

  assert.deepEqual(
    h264(bytes).map(({ pictureType, closed }) => [pictureType, closed]),
    [
      ["I", true],
      ["P", false],
      ["B", false],
    ],
  );
});

test("a random access point is known at its first slice, before the picture is complete", () => {
  const heard: string[] = [];
  const hear =
    (what: string) =>
    ({ pictureType, randomAccess }: AccessUnit): void => {
      heard.push(`${what} ${pictureType}${randomAccess ? "!" : ""}`);
    };
  const stream = new H264Stream(hear("gives"), hear("begins"));
  const push = (bytes: readonly number[]): void => stream.push(Uint8Array.from(bytes), 0, bytes.length);

  push([...fieldSps(), ...PPS, ...slice({ type: 7 })]);
  assert.deepEqual(heard, []);

  push([...slice({ type: 7, firstMb: 20 }), ...slice({ type: 0, frameNum: 1 })]);
  assert.deepEqual(heard, ["begins I!"]);

  push(slice({ idr: true }));
  stream.flush();
  assert.deepEqual(heard, ["begins I!", "gives I!", "begins P", "gives P", "begins I!", "gives I!"]);
});

const SEI = [0x06];
const message = (type: number, payload: readonly number[]): BitWriter => {
  const writer = new BitWriter().put(type, 8).put(payload.length, 8);
  for (const byte of payload) {
    writer.put(byte, 8);
  }
  return writer;
};

test("a recovery point, or parameter sets with an I picture, is a random access point", () => {
  const bytes = [
    ...[...fieldSps(), ...PPS, ...slice({ type: 7 })],
    ...[...slice({ type: 7, frameNum: 1 })],
    ...[...message(6, [0x88]).nal(SEI), ...slice({ type: 5, frameNum: 2 })],
    ...[...fieldSps(), ...slice({ type: 5, frameNum: 3 })],
  ];

  assert.deepEqual(
    h264(bytes).map(({ randomAccess, closed }) => [randomAccess, closed]),
    [
      [true, false],
      [false, false],
      [true, false],
      [false, false],
    ],
  );
});

test("picture timing gives the timecode, with a semicolon for drop frame", () => {
  // pic_struct 0, one clock: ct_type 1, counting_type 4 (drop frame), full, 29 frames, 59 s, 58 min, 10 h.
  const clock = new BitWriter()
    .put(0, 4)
    .put(1, 1)
    .put(1, 2)
    .put(0, 1)
    .put(4, 5)
    .put(1, 1)
    .put(0, 2)
    .put(29, 8)
    .put(59, 6)
    .put(58, 6)
    .put(10, 5);
  const bytes = [...fieldSps(), ...PPS, ...message(1, [...clock.bytes()]).nal(SEI), ...slice({ idr: true }), ...slice({ frameNum: 1 })];

  assert.deepEqual(
    h264(bytes).map(({ timecode }) => timecode),
    ["10:58:59;29", undefined],
  );
});

/** user_data_registered_itu_t_t35 with two triples of cc_data. */
const captionPayload = (first: number, second: number): number[] => [
  ...[0xb5, 0x00, 0x31, ...Buffer.from("GA94"), 3, 0xc2, 0xff],
  ...[first, 0x94, 0x2c, second, 0x80, 0x80, 0xff],
];

test("closed captions are told apart by their kind, and empty triples are none", () => {
  const bytes = [
    ...[...fieldSps(), ...PPS, ...message(4, captionPayload(0xfc, 0xf9)).nal(SEI), ...slice({ idr: true })],
    ...[...message(4, captionPayload(0xfa, 0xfe)).nal(SEI), ...slice({ frameNum: 1 })],
    ...[...message(4, [0xb5, 0, 0x31, 1, 2, 3, 4]).nal(SEI), ...slice({ frameNum: 2 })],
  ];

  assert.deepEqual(
    h264(bytes).map(({ captions }) => captions),
    [
      { cea608: true, cea708: false },
      { cea608: false, cea708: true },
      { cea608: false, cea708: false },
    ],
  );
});

test("HEVC time codes count frames in nine bits", () => {
  const clock = new BitWriter()
    .put(1, 2)
    .put(1, 1)
    .put(0, 1)
    .put(0, 5)
    .put(1, 1)
    .put(0, 2)
    .put(49, 9)
    .put(1, 6)
    .put(2, 6)
    .put(3, 5)
    .put(0, 5);
  const sei = message(136, [...clock.bytes()]).nal([39 << 1, 1]);
  const picture = new BitWriter()
    .put(1, 1)
    .put(0, 1)
    .ue(0)
    .put(0xff, 8)
    .nal([19 << 1, 1]);

  const units = unitsOf((give) => new HevcStream(give), [...sei, ...picture, ...picture]);

  assert.deepEqual(
    units.map(({ timecode, randomAccess, closed, pictureType }) => [timecode, randomAccess, closed, pictureType]),
    [
      ["03:02:01:49", true, true, undefined],
      [undefined, true, true, undefined],
    ],
  );
});

test("MPEG-2 tells timecode, captions, closed GOPs and pairs of fields", () => {
  const start = (code: number, writer: BitWriter): number[] => [0, 0, 1, code, ...writer.bytes()];
  const sequence = start(0xb3, new BitWriter().put(720, 12).put(576, 12).put(3, 4).put(3, 4).put(0, 32));
  const group = start(0xb8, new BitWriter().put(0, 1).put(9, 5).put(8, 6).put(1, 1).put(7, 6).put(6, 6).put(1, 1).put(0, 1));
  const picture = (type: number, structure: number): number[] => [
    ...start(0x00, new BitWriter().put(0, 10).put(type, 3).put(0, 16)),
    ...start(0xb5, new BitWriter().put(8, 4).put(0, 18).put(structure, 2).put(1, 1).put(0, 7).put(0, 2)),
    ...[0, 0, 1, 0xb2, ...captionPayload(0xfc, 0xf9).slice(3)],
    ...[0, 0, 1, 1, 0x55, 0, 0, 1, 2, 0x55],
  ];

  const units = unitsOf(
    (give) => new Mpeg2VideoStream(give),
    [...sequence, ...group, ...picture(1, 1), ...picture(2, 2), ...picture(3, 3)],
  );

  assert.deepEqual(
    units.map(({ pictureType, randomAccess, closed, secondField, fieldOrder, timecode }) => [
      ...[pictureType, randomAccess, closed, secondField, fieldOrder, timecode],
    ]),
    [
      ["I", true, true, false, "top", "09:08:07:06"],
      ["P", false, false, true, undefined, undefined],
      ["B", false, false, false, "top", undefined],
    ],
  );
  assert.ok(units.every(({ captions }) => captions.cea608));
});

const measured = (types: string, dts: (i: number) => number = () => -1): GopMeter => {
  const meter = new GopMeter();
  for (const [i, type] of types.split("").entries()) {
    meter.add({
      ...{ dts: dts(i), pictureType: type.toUpperCase() as PictureType, randomAccess: type === "I", closed: true, secondField: false },
      captions: { cea608: false, cea708: false },
    });
  }
  return meter;
};

test("a GOP is told by its length and its commonest distance of anchors", () => {
  assert.deepEqual(measured("PPIPBBPBBPBIPPPI").facts, { count: 2, length: 4, shortest: 4, longest: 9, structure: "IP", closed: true });
  assert.equal(measured("IPBBPBBPBI").facts.structure, "IBBP");
  assert.equal(measured("IBBiBBI").facts.structure, "IBBI");
  assert.equal(measured("III").facts.structure, "I");
  assert.equal(measured("PBBP").facts.count, 0);
});

test("the rate comes from the DTS, over their wrap and with stamps on some frames only", () => {
  const near = (meter: GopMeter, rate: number): void => {
    const { framesPerSecond = 0 } = meter.facts;
    assert.ok(Math.abs(framesPerSecond - rate) < 0.001, `${framesPerSecond} is not ${rate}`);
  };
  const frames = "P".repeat(200);

  near(
    measured(frames, (i) => (2 ** 33 - 100_000 + Math.round(i * 1501.5)) % 2 ** 33),
    60_000 / 1001,
  );
  near(
    measured(frames, (i) => (i % 5 === 0 ? i * 3600 : -1)),
    25,
  );
  // After a jump of the clock only what is behind it counts.
  near(
    measured(frames, (i) => (i < 100 ? i * 3600 : 2 ** 32 + i * 1800)),
    50,
  );
  assert.equal(measured("P", () => 5).facts.framesPerSecond, undefined);
});
