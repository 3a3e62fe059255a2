import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { eitBody, psiSection, sdtBody, sectionPackets } from "@bilbycast/testkit/streams";
import { changed, join, packet, pat, pmt, PMT_PID, VIDEO_PID } from "./hand-made.ts";
import { NO_ERRORS, TsChecker, type CheckerOptions, type CheckReport, type ErrorKind } from "./index.ts";

const check = (packets: readonly Uint8Array[], options: CheckerOptions = {}): CheckReport => {
  const checker = new TsChecker(options);
  checker.take(join(packets));
  return checker.report();
};

const video = (cc: number, more: Partial<Parameters<typeof packet>[0]> = {}): Uint8Array => packet({ pid: VIDEO_PID, cc, ...more });
const alone = (cc: number, more: Partial<Parameters<typeof packet>[0]> = {}): Uint8Array => video(cc, { payload: false, ...more });
const maps = [...pat(0), ...pmt(0)];
const [long1, long2] = pmt(0, 0, VIDEO_PID, 250) as [Uint8Array, Uint8Array];
const sdt = (cc: number, version: number, name: string, extension = 1): Uint8Array[] =>
  sectionPackets(0x11, psiSection({ tableId: 0x42, extension, version, body: sdtBody(1, [[1, name]]) }), cc);
const eit = (cc: number, version: number, number: number, name: string): Uint8Array[] =>
  sectionPackets(0x12, psiSection({ tableId: 0x4e, extension: 1, version, number, last: 1, body: eitBody(1, 1, number, name) }), cc);

type Case = [name: string, packets: readonly Uint8Array[], errors: Partial<Record<ErrorKind, number>>, options?: CheckerOptions];

const CONTINUITY: Case[] = [
  ["a counter that goes on is right, also past 15", [video(14), video(15), video(0)], {}],
  ["a missing packet is one error", [video(1), video(3), video(4)], { continuity: 1 }],
  ["a counter that stands still with other bytes is an error", [video(1), video(1, { fill: 0x66 }), video(2)], { continuity: 1 }],
  ["one duplicate is allowed", [video(1), video(1), video(2)], {}],
  ["a second duplicate is an error", [video(1), video(1), video(1), video(2)], { continuity: 1 }],
  ["a duplicate may have another PCR", [video(1, { pcr: 10 }), video(1, { pcr: 11 }), video(2)], {}],
  ["a duplicate may not have a PCR where there was none", [video(1), video(1, { pcr: 11 }), video(2)], { continuity: 1 }],
  ["an adaptation field alone keeps the counter", [video(1), alone(1), alone(1), video(2)], {}],
  ["an adaptation field alone that counts is an error, and so is what then goes on", [video(1), alone(2), video(2)], { continuity: 2 }],
  ["after an adaptation field alone a payload with the same counter is no duplicate", [video(1), alone(1), video(1)], { continuity: 1 }],
  ["a discontinuity_indicator allows a break", [video(1), video(9, { discontinuity: true }), video(10)], {}],
  ["null packets have no counter", [packet({ pid: 0x1fff, cc: 3 }), packet({ pid: 0x1fff, cc: 9 })], {}],
  ["each PID counts for itself", [video(1), packet({ pid: 0x101, cc: 7 }), video(2), packet({ pid: 0x101, cc: 8 })], {}],
];

const FORM: Case[] = [
  ["188 bytes without a sync byte are one sync error", [video(1), changed(video(2), 0, 0x46), video(3)], { sync: 1, continuity: 1 }],
  ["a rest of a packet is a sync error", [video(1), video(2).subarray(0, 100)], { sync: 1 }],
  ["the reserved value of adaptation_field_control is an error", [changed(video(1), 3, 0x01)], { malformed: 1 }],
  ["an adaptation field longer than its packet is an error", [changed(alone(1), 4, 184)], { malformed: 1 }],
  [
    "transport_error_indicator is counted and the packet not believed",
    [video(1), changed(video(7), 1, 0x81), video(2)],
    { transportError: 1 },
  ],
];

const SECTIONS: Case[] = [
  ["maps of one and of two packets are right", [...pat(0), long1, ...pat(1), long2, ...pat(2)], {}],
  ["a wrong byte in a PAT is a CRC error", [...pat(0), changed(pat(1)[0], 10, 0x77), ...pmt(0)], { sectionCrc: 1 }],
  [
    "so it is in a PMT, an SDT and an EIT",
    [...maps, changed(pmt(1)[0], 12, 1), changed(sdt(0, 0, "a")[0], 20, 1), changed(eit(0, 0, 0, "a")[0], 30, 1)],
    { sectionCrc: 3 },
  ],
  ["a section that is begun again is broken", [...pat(0), long1, ...pmt(1)], { brokenSection: 1 }],
  [
    "a section with a packet missing is broken",
    [...pat(0), long1, changed(long2, 3, 0x12)],
    { brokenSection: 1, continuity: 1, straySection: 1 },
  ],
  ["a section that another PID's packets part is not", [...pat(0), long1, video(0), video(1), long2], {}],
  ["a pointer_field out of the packet is a broken section", [...pat(0), changed(pmt(0)[0], 4, 184)], { brokenSection: 1 }],
  ["bytes that continue nothing are a stray section", [...pat(0), ...pmt(0), changed(long2, 3, 0x11)], { straySection: 1 }],
  ["a stream that is joined in the middle of a section is right", [...pat(0), long2, ...pmt(2)], {}],
];

const VERSIONS: Case[] = [
  ["a table that comes again as it was is right", [...pat(0, 3), ...pat(1, 3), ...pmt(0, 4), ...pmt(1, 4)], {}],
  ["a table that changes with its version is right", [...maps, ...pmt(1, 1, 0x101), ...pmt(2, 1, 0x101)], {}],
  ["a map that changes and keeps its version is an error", [...maps, ...pmt(1, 0, 0x101), ...pmt(2, 0, 0x101)], { version: 1 }],
  [
    "so is a PAT, also one of another stream",
    [
      ...pat(0),
      ...pat(1, 0, [[2, PMT_PID]]),
      ...sectionPackets(0, psiSection({ tableId: 0, extension: 9, version: 0, body: Uint8Array.of(0, 2, 0xf0, 0) }), 2),
    ],
    { version: 2 },
  ],
  ["so is a service description", [...maps, ...sdt(0, 5, "one"), ...sdt(1, 5, "two")], { version: 1 }],
  ["a service description of another stream is another table", [...maps, ...sdt(0, 5, "one", 1), ...sdt(1, 5, "two", 2)], {}],
  ["a version goes from 31 to 0", [...pat(0, 31), ...pat(1, 0), ...pmt(0)], {}],
  ["a version that goes back is an error", [...pat(0, 4), ...pat(1, 3), ...pmt(0)], { version: 1 }],
  ["a version that leaps is none", [...pat(0, 4), ...pat(1, 9), ...pmt(0)], {}],
  ["and one when it is judged strictly", [...pat(0, 4), ...pat(1, 9), ...pmt(0)], { version: 1 }, { strictVersions: true }],
  ["versions that alternate are an error at each return", [...pat(0, 4), ...pat(1, 5), ...pat(2, 4), ...pat(3, 5)], { version: 1 }],
  [
    "both events with a new version are right",
    [...maps, ...eit(0, 1, 0, "a"), ...eit(1, 1, 1, "b"), ...eit(2, 2, 0, "b"), ...eit(3, 2, 1, "c"), ...eit(4, 2, 0, "b")],
    {},
  ],
  [
    "versions that are mixed among the sections of a table are an error",
    [...maps, ...eit(0, 1, 0, "a"), ...eit(1, 1, 1, "b"), ...eit(2, 2, 0, "b"), ...eit(3, 1, 1, "b")],
    { version: 1 },
  ],
  [
    "a program that the PAT has left out in between may come back with any version",
    [...pat(0, 1), ...pmt(0, 9), ...pat(1, 2, [[2, 0x1001]]), ...pat(2, 3), ...pmt(1, 4, 0x101)],
    {},
    { strictVersions: true, absentAfter: 9 },
  ],
  [
    "a table that is not yet valid is not judged",
    [
      ...maps,
      ...sectionPackets(
        PMT_PID,
        psiSection({ tableId: 2, extension: 1, version: 0, isNext: true, body: Uint8Array.of(0xff, 0xff, 0xf0, 0) }),
        1,
      ),
    ],
    {},
  ],
];

const MAPS: Case[] = [
  ["PES on a PID that a map names is right", [...maps, video(0, { start: true }), video(1)], {}],
  ["before the first maps nothing is known", [video(0, { start: true }), ...pat(0), video(1), ...pmt(0), video(2)], {}],
  [
    "PES on a PID that no map names is counted packet by packet",
    [...maps, packet({ pid: 0x105, cc: 0, start: true }), packet({ pid: 0x105, cc: 1 })],
    { unmappedPes: 2 },
  ],
  [
    "private sections on such a PID are no PES",
    [...maps, changed(changed(packet({ pid: 0x105, cc: 0, start: true }), 4, 0), 6, 9), packet({ pid: 0x105, cc: 1 })],
    {},
  ],
  [
    "what a new map no longer names is counted from then on",
    [...maps, video(0, { start: true }), ...pmt(1, 1, 0x101), video(1)],
    { unmappedPes: 1 },
  ],
  [
    "a new program is to have its map before its packets",
    [...maps, ...pat(1, 1, [[2, 0x1001]]), packet({ pid: 0x105, cc: 0, start: true })],
    { unmappedPes: 1 },
  ],
  ["unless within the grace", [...maps, ...pat(1, 1, [[2, 0x1001]]), packet({ pid: 0x105, cc: 0, start: true })], {}, { mapGrace: 1 }],
  [
    "a map that never comes is counted once",
    [
      ...pat(0, 0, [
        [1, PMT_PID],
        [2, 0x1001],
      ]),
      ...pmt(0),
      ...Array.from({ length: 20 }, (_, i) => video(i % 16)),
      ...pat(1, 0, [
        [1, PMT_PID],
        [2, 0x1001],
      ]),
    ],
    { absentPmt: 1 },
    { absentAfter: 10 },
  ],
];

const CLOCKS: Case[] = [
  ["PCRs up to 100 ms apart are right", [video(0, { pcr: 0 }), video(1, { pcr: 100 }), alone(1, { pcr: 130 })], {}],
  ["a PCR more than 100 ms later is a jump", [video(0, { pcr: 0 }), video(1, { pcr: 101 })], { pcrJump: 1 }],
  ["a PCR that goes back or stands still is a jump", [video(0, { pcr: 50 }), video(1, { pcr: 20 }), video(2, { pcr: 20 })], { pcrJump: 2 }],
  ["the clock wraps", [video(0, { pcr: 2 ** 33 / 90 - 10 }), video(1, { pcr: 20 })], {}],
  [
    "a discontinuity_indicator allows the jump, once",
    [video(0, { pcr: 0 }), alone(0, { pcr: 5_000, discontinuity: true }), video(1, { pcr: 0 })],
    { pcrJump: 1 },
  ],
  ["also before the packet with the PCR", [video(0, { pcr: 0 }), video(1, { discontinuity: true }), video(2, { pcr: 5_000 })], {}],
];

for (const [name, packets, errors, options] of [...CONTINUITY, ...FORM, ...SECTIONS, ...VERSIONS, ...MAPS, ...CLOCKS]) {
  test(name, () => {
    const report = check(packets, options);

    assert.deepEqual(report.errors, { ...NO_ERRORS, ...errors }, JSON.stringify(report.first));
  });
}

test("an error is told with its PID, the number of its packet and what was found", () => {
  const report = check([...maps, video(1), video(3), video(3, { fill: 1 })]);

  assert.deepEqual(report.first, [
    { kind: "continuity", pid: VIDEO_PID, packet: 3, what: "1 to 3" },
    { kind: "continuity", pid: VIDEO_PID, packet: 4, what: "3 to 3" },
  ]);
  assert.deepEqual(report.errorsByPid, { [VIDEO_PID]: { continuity: 2 } });
  assert.deepEqual(report.packetsByPid, { 0: 1, [VIDEO_PID]: 3, [PMT_PID]: 1 });
  assert.deepEqual(report.sections, { pat: 1, pmt: 1 });
});

test("discontinuities, duplicates and changes of version are allowed and counted", () => {
  const report = check([
    ...maps,
    video(1, { pcr: 0 }),
    video(1, { pcr: 0 }),
    video(9, { discontinuity: true }),
    video(10, { discontinuity: true, pcr: 9_000 }),
    ...pat(1, 1),
    ...pat(2, 4),
  ]);

  assert.deepEqual(report.errors, NO_ERRORS, JSON.stringify(report.first));
  assert.equal(report.duplicates, 1);
  assert.equal(report.discontinuityCount, 2);
  assert.deepEqual(report.discontinuities, [
    { pid: VIDEO_PID, packet: 4, broke: true, pcr: false },
    { pid: VIDEO_PID, packet: 5, broke: false, pcr: true },
  ]);
  assert.deepEqual([report.versionChanges, report.versionJumps], [{ pat: 2 }, 1]);
});

test("a report is a copy: what comes later does not change it", () => {
  const checker = new TsChecker();
  checker.take(video(1));
  const before = checker.report();
  checker.take(video(3));

  assert.deepEqual([before.errors.continuity, checker.report().errors.continuity], [0, 1]);
});

test("the judge imports nothing of what it judges", () => {
  const sources = readdirSync(import.meta.dirname).filter(
    (name) => name.endsWith(".ts") && !/test\.ts$|hand-made|right-splicer/.test(name),
  );
  const imported = sources.flatMap((name) => [...readFileSync(`${import.meta.dirname}/${name}`, "utf8").matchAll(/ from "([^".][^"]*)"/g)]);

  assert.deepEqual([...new Set(imported.map(([, from]) => from))].toSorted(), ["@bilbycast/foundation/bytes", "node:crypto"]);
});
