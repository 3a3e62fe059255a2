import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { readSpliceInfo, type SpliceInfo } from "../index.ts";
import { cueDescriptor, number, segmentation, spliceInsert, spliceTime, writeSplice } from "./splice-writer.ts";

const decode = (base64: string): SpliceInfo => {
  const info = readSpliceInfo(new Uint8Array(Buffer.from(base64, "base64")));
  assert.ok(info !== undefined, "it is a right section");
  return info;
};

const ti = (value: string): { type: number; typeName: string; value: string } => ({ type: 8, typeName: "TI", value: `00000000${value}` });
const archived = { noRegionalBlackout: true, archiveAllowed: true, deviceRestrictions: 3 };
const restricted = { webDeliveryAllowed: true, ...archived };
const program = { name: "segmentation", cancelled: false, restrictions: restricted, segmentNumber: 0, segmentsExpected: 0 };

/** The samples of ANSI/SCTE 35 §14. */
const samples: [name: string, base64: string, pts: number, descriptors: object[]][] = [
  [
    "14.1 placement opportunity start",
    "/DA0AAAAAAAA///wBQb+cr0AUAAeAhxDVUVJSAAAjn/PAAGlmbAICAAAAAAsoKGKNAIAmsnRfg==",
    0x072bd0050,
    [
      {
        ...program,
        eventId: 0x4800008e,
        typeId: 0x34,
        typeName: "Provider Placement Opportunity Start",
        duration: 0x1a599b0,
        upid: ti("2ca0a18a"),
        restrictions: { webDeliveryAllowed: false, ...archived },
        segmentNumber: 2,
      },
    ],
  ],
  [
    "14.3 placement opportunity end",
    "/DAvAAAAAAAA///wBQb+dGKQoAAZAhdDVUVJSAAAjn+fCAgAAAAALKChijUCAKnMZ1g=",
    0x0746290a0,
    [
      {
        ...program,
        eventId: 0x4800008e,
        typeId: 0x35,
        typeName: "Provider Placement Opportunity End",
        upid: ti("2ca0a18a"),
        segmentNumber: 2,
      },
    ],
  ],
  [
    "14.4 program start and end",
    "/DBIAAAAAAAA///wBQb+ek2ItgAyAhdDVUVJSAAAGH+fCAgAAAAALMvDRBEAAAIXQ1VFSUgAABl/nwgIAAAAACyk26AQAACZcuND",
    0x07a4d88b6,
    [
      { ...program, eventId: 0x48000018, typeId: 0x11, typeName: "Program End", upid: ti("2ccbc344") },
      { ...program, eventId: 0x48000019, typeId: 0x10, typeName: "Program Start", upid: ti("2ca4dba0") },
    ],
  ],
  [
    "14.5 program overlap start",
    "/DAvAAAAAAAA///wBQb+rr//ZAAZAhdDVUVJSAAACH+fCAgAAAAALKVs9RcAAJUdsKg=",
    0x0aebfff64,
    [{ ...program, eventId: 0x48000008, typeId: 0x17, typeName: "Program Overlap Start", upid: ti("2ca56cf5") }],
  ],
  [
    "14.6 program blackout override and program end",
    "/DBIAAAAAAAA///wBQb+ky44CwAyAhdDVUVJSAAACn+fCAgAAAAALKCh4xgAAAIXQ1VFSUgAAAl/nwgIAAAAACygoYoRAAC0IX6w",
    0x0932e380b,
    [
      { ...program, eventId: 0x4800000a, typeId: 0x18, typeName: "Program Blackout Override", upid: ti("2ca0a1e3") },
      { ...program, eventId: 0x48000009, typeId: 0x11, typeName: "Program End", upid: ti("2ca0a18a") },
    ],
  ],
  [
    "14.7 program end",
    "/DAvAAAAAAAA///wBQb+rvF8TAAZAhdDVUVJSAAAB3+fCAgAAAAALKVslxEAAMSHai4=",
    0x0aef17c4c,
    [{ ...program, eventId: 0x48000007, typeId: 0x11, typeName: "Program End", upid: ti("2ca56c97") }],
  ],
  [
    "14.8 placement opportunity end, program end and start",
    "/DBhAAAAAAAA///wBQb+qM1E7QBLAhdDVUVJSAAArX+fCAgAAAAALLLXnTUCAAIXQ1VFSUgAACZ/nwgIAAAAACyy150RAAACF0NVRUlIAAAnf58ICAAAAAAsstezEAAAihiGnw==",
    0x0a8cd44ed,
    [
      {
        ...program,
        eventId: 0x480000ad,
        typeId: 0x35,
        typeName: "Provider Placement Opportunity End",
        upid: ti("2cb2d79d"),
        segmentNumber: 2,
      },
      { ...program, eventId: 0x48000026, typeId: 0x11, typeName: "Program End", upid: ti("2cb2d79d") },
      { ...program, eventId: 0x48000027, typeId: 0x10, typeName: "Program Start", upid: ti("2cb2d7b3") },
    ],
  ],
];

for (const [name, base64, pts, descriptors] of samples) {
  test(`sample ${name} of the standard is read`, () => {
    assert.deepEqual(decode(base64), { ptsAdjustment: 0, tier: 0xfff, command: { name: "time_signal", pts }, descriptors });
  });
}

test("sample 14.2 of the standard, a splice_insert with a break, is read", () => {
  assert.deepEqual(decode("/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo="), {
    ptsAdjustment: 0,
    tier: 0xfff,
    command: {
      name: "splice_insert",
      eventId: 0x4800008f,
      cancelled: false,
      outOfNetwork: true,
      immediate: false,
      pts: 0x07369c02e,
      autoReturn: true,
      duration: 0x00052ccf5,
      uniqueProgramId: 0,
      availNumber: 0,
      availsExpected: 0,
    },
    descriptors: [{ name: "avail", providerAvailId: 0x135 }],
  });
});

test("a command without a declared length is read, as older encoders send it", () => {
  const upid = [...Buffer.from("YMWF0452000H1")];
  const command = spliceTime(0x0d3a002a5);
  const written = writeSplice({
    type: 6,
    command,
    declaredLength: 0xfff,
    descriptors: segmentation({ eventId: 1, typeId: 0x31, upid: [2, upid] }),
  });

  const info = readSpliceInfo(written);

  assert.deepEqual(info?.command, { name: "time_signal", pts: 0x0d3a002a5 });
  assert.deepEqual(
    info?.descriptors.map((each) => each.name === "segmentation" && each.upid),
    [{ type: 2, typeName: "ISCI", value: "YMWF0452000H1" }],
  );
});

test("pts_adjustment is added to every time, over the end of 33 bits", () => {
  const at = 2 ** 33 - 100;
  const insert = spliceInsert({ eventId: 1, out: false, pts: at });
  const time = readSpliceInfo(writeSplice({ type: 6, command: spliceTime(at), ptsAdjustment: 2 ** 32 + 150 }));
  const info = readSpliceInfo(writeSplice({ type: 5, command: insert, ptsAdjustment: 150 }));

  assert.deepEqual(time?.command, { name: "time_signal", pts: 2 ** 32 + 50 });
  assert.ok(info?.command?.name === "splice_insert");
  assert.equal(info.command.pts, 50);
  assert.equal(info.ptsAdjustment, 150);
});

test("a splice_insert of components has the time of each and the first for all", () => {
  const command = [...number(9, 4), 0x7f, 0x8f, 2, 0x11, ...spliceTime(), 0x12, ...spliceTime(900), 0, 7, 1, 2];

  const info = readSpliceInfo(writeSplice({ type: 5, command }));

  assert.ok(info?.command?.name === "splice_insert");
  assert.deepEqual([info.command.components, info.command.pts], [[{ tag: 0x11 }, { tag: 0x12, pts: 900 }], 900]);
  assert.deepEqual([info.command.uniqueProgramId, info.command.availNumber, info.command.availsExpected], [7, 1, 2]);
});

const commands: [name: string, type: number, command: number[], expected: object][] = [
  ["splice_null", 0, [], { name: "splice_null" }],
  ["bandwidth_reservation", 7, [], { name: "bandwidth_reservation" }],
  ["an immediate time_signal", 6, spliceTime(), { name: "time_signal" }],
  ["a private command with a name", 0xff, [0x41, 0x42, 0x43, 0x44, 1, 2, 3], { name: "private_command", identifier: "ABCD" }],
  ["a private command with a number", 0xff, [0, 1, 2, 3], { name: "private_command", identifier: "0x00010203" }],
  ["a command that is reserved", 0x20, [1, 2], { name: "unknown", type: 0x20 }],
  [
    "a schedule of an event and of one called off",
    4,
    [2, ...number(5, 4), 0x7f, 0xef, ...number(1_000, 4), 0xfe, 0, 0, 0, 9, 0, 7, 1, 2, ...number(6, 4), 0xff],
    { name: "splice_schedule", eventIds: [5, 6] },
  ],
  [
    "a splice that is called off",
    5,
    [...number(77, 4), 0xff],
    {
      name: "splice_insert",
      eventId: 77,
      cancelled: true,
      outOfNetwork: false,
      immediate: false,
      uniqueProgramId: 0,
      availNumber: 0,
      availsExpected: 0,
    },
  ],
];

for (const [name, type, command, expected] of commands) {
  test(`${name} is read`, () => {
    assert.deepEqual(readSpliceInfo(writeSplice({ type, command }))?.command, expected);
  });
}

test("descriptors of every kind are read, and those of other owners are named so", () => {
  const descriptors = [
    ...cueDescriptor(1, [80, 0x9f, 0x35, 0x31, 0x39, 0x2a]),
    ...cueDescriptor(3, [...number(0x1_0000_0002, 6), ...number(999, 4), 0, 37]),
    ...cueDescriptor(4, [0x2f, 1, ...Buffer.from("eng"), 0, 2, ...Buffer.from("f<a"), 0]),
    ...[0, 5, ...Buffer.from("SAPS"), 0x0b],
    ...segmentation({ eventId: 3, typeId: 0x30, duration: 2 ** 32 + 5, upid: [0x0d, [9, 3, 0x61, 0x62, 0x63, 8, 2, 0xca, 0xfe]] }),
  ];

  const info = readSpliceInfo(writeSplice({ type: 0, descriptors }));

  assert.deepEqual(info?.descriptors.slice(0, 4), [
    { name: "dtmf", preroll: 80, characters: "519*" },
    { name: "time", seconds: 0x1_0000_0002, nanoseconds: 999, utcOffset: 37 },
    { name: "audio", languages: ["eng", "und"] },
    { name: "private", identifier: "SAPS", tag: 0 },
  ]);
  const [, , , , last] = info?.descriptors ?? [];
  assert.ok(last?.name === "segmentation");
  assert.deepEqual(last.upid, { type: 0x0d, typeName: "MID", value: "ADI:abc TI:cafe" });
  assert.deepEqual([last.duration, last.typeName, last.restrictions], [2 ** 32 + 5, "Provider Advertisement Start", undefined]);
});

test("an encrypted section is named so and not read", () => {
  const info = readSpliceInfo(writeSplice({ type: 0x9c, command: [1, 2, 3], encrypted: true }));

  assert.deepEqual(info, { ptsAdjustment: 0, tier: 0xfff, encryption: "DES-ECB", descriptors: [] });
});

test("what is cut off, has a wrong CRC or another version is refused", () => {
  const right = writeSplice({
    type: 5,
    command: spliceInsert({ eventId: 1, out: true, pts: 9 }),
    descriptors: segmentation({ eventId: 1, typeId: 0x10 }),
  });
  const wrongCrc = right.with(20, (right[20] ?? 0) ^ 1);

  assert.ok(readSpliceInfo(right) !== undefined);
  assert.equal(readSpliceInfo(wrongCrc), undefined);
  assert.equal(readSpliceInfo(right.subarray(0, -1)), undefined);
  assert.equal(readSpliceInfo(new Uint8Array(0)), undefined);
  assert.equal(readSpliceInfo(writeSplice({ type: 0, protocolVersion: 1 })), undefined);
  assert.equal(readSpliceInfo(writeSplice({ type: 5, command: [1, 2, 3] })), undefined, "a command that is cut");
  assert.equal(readSpliceInfo(writeSplice({ type: 0, declaredLength: 200 })), undefined, "a command longer than the section");
  assert.equal(readSpliceInfo(writeSplice({ type: 0, descriptors: [2, 30, 0x43] })), undefined, "a descriptor longer than its list");
  assert.equal(readSpliceInfo(writeSplice({ type: 0, descriptors: cueDescriptor(2, [1, 2]) })), undefined, "a descriptor that is cut");
});

test("seed 35: 200 000 mutated sections with right CRCs are read or refused, and what is read makes sense", () => {
  const random = seeded(35);
  const bases = [
    { type: 5, command: spliceInsert({ eventId: 1, out: true, pts: 9, duration: 900_000 }) },
    { type: 6, command: spliceTime(90_000) },
    { type: 4, command: [1, ...number(5, 4), 0x7f, 0xef, ...number(1_000, 4), 0xfe, 0, 0, 0, 9, 0, 7, 1, 2] },
  ];
  const descriptors = [
    ...segmentation({ eventId: 1, typeId: 0x34, upid: [0x0d, [9, 3, 0x61, 0x62, 0x63]] }),
    ...cueDescriptor(1, [80, 0x9f, 1, 2, 3, 4]),
  ];
  let read = 0;

  for (let i = 0; i < 200_000; i++) {
    const base = bases[i % bases.length] ?? { type: 0, command: [] };
    const bytes = [...base.command, ...descriptors];
    for (let flips = integer(random, 4); flips > 0; flips--) {
      const at = integer(random, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << integer(random, 8));
    }
    const command = bytes.slice(0, base.command.length);
    const info = readSpliceInfo(writeSplice({ type: base.type, command, descriptors: bytes.slice(command.length) }));
    if (info !== undefined) {
      read++;
      const pts = info.command !== undefined && "pts" in info.command ? info.command.pts : undefined;
      assert.ok(pts === undefined || (pts >= 0 && pts < 2 ** 33));
      assert.ok(info.descriptors.length <= 30);
    }
  }

  assert.ok(read > 50_000 && read < 200_000, `${read} were read`);
});
