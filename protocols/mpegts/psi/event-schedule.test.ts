import assert from "node:assert/strict";
import { test } from "node:test";
import { fillRandom, integer, seeded } from "@bilbycast/testkit/random";
import { readEventInformation, type ServiceEvent } from "./event-information.ts";
import { readEventSchedule, writeEventSchedule } from "./event-schedule.ts";
import { LONGEST_SECTION } from "./section.ts";

const MIDNIGHT = Date.UTC(2031, 4, 6) / 1_000;
const HOUR = 3_600;
const DAY = 24 * HOUR;

const service = { versionNumber: 9, currentNextIndicator: true, serviceId: 4, transportStreamId: 5, originalNetworkId: 6, isActual: true };

const event = (eventId: number, startsAt: number, size = 0): ServiceEvent => ({
  eventId,
  startsAt,
  duration: HOUR,
  runningStatus: 0,
  isScrambled: false,
  language: "eng",
  name: `Event ${eventId}`,
  text: "",
  descriptors: Array.from({ length: size }, () => ({ tag: 0x80, data: new Uint8Array(200) })),
});

test("a schedule of 64 days is read as it was written, each event in the table and segment of its three hours (seed 4)", () => {
  const random = seeded(4);
  const starts = Array.from({ length: 3_000 }, () => MIDNIGHT + integer(random, 64 * DAY)).toSorted((a, b) => a - b);
  const events = starts.map((startsAt, i) => event(i, startsAt, integer(random, 4)));

  const { sections, leftOut } = writeEventSchedule({ ...service, midnight: MIDNIGHT, events });

  const read = sections.map((section) => readEventSchedule(section)!);
  assert.equal(leftOut, 0);
  assert.deepEqual(
    read.flatMap((section) => section.events),
    events,
  );
  assert.ok(sections.every((section) => section.length <= LONGEST_SECTION && readEventInformation(section) === undefined));
  for (const section of read) {
    const { tableNumber, sectionNumber, segmentLastSectionNumber, lastSectionNumber, lastTableId } = section;
    const begin = MIDNIGHT + (tableNumber * 32 + (sectionNumber >> 3)) * 3 * HOUR;
    assert.ok(section.events.every(({ startsAt = 0 }) => startsAt >= begin && startsAt < begin + 3 * HOUR));
    assert.deepEqual([segmentLastSectionNumber >> 3, lastTableId], [sectionNumber >> 3, 0x5f]);
    assert.ok(sectionNumber <= segmentLastSectionNumber && segmentLastSectionNumber <= lastSectionNumber);
    assert.equal(lastSectionNumber, Math.max(...read.filter((each) => each.tableNumber === tableNumber).map((each) => each.sectionNumber)));
  }
});

test("hours without events have a section, a schedule without any has one, and the days behind the last have none", () => {
  const numbers = (events: ServiceEvent[]): number[] =>
    writeEventSchedule({ ...service, isActual: false, midnight: MIDNIGHT, events }).sections.map(
      (section) => readEventSchedule(section)!.sectionNumber,
    );

  assert.deepEqual(numbers([]), [0]);
  assert.deepEqual(numbers([event(1, MIDNIGHT + 7 * HOUR)]), [0, 8, 16]);
});

test("what has no place in a schedule is left out and counted", () => {
  const { startsAt: _, ...undated } = event(1, 0);
  const many = Array.from({ length: 60 }, (__, i) => event(i, MIDNIGHT, 10));
  const events = [undated, event(2, MIDNIGHT - 1), event(3, MIDNIGHT + 64 * DAY), event(4, MIDNIGHT, 30), ...many];

  const { sections, leftOut } = writeEventSchedule({ ...service, midnight: MIDNIGHT, events });

  // One section holds one of these events.
  assert.deepEqual([sections.length, leftOut], [8, 4 + 60 - sections.flatMap((section) => readEventSchedule(section)!.events).length]);
  assert.ok(leftOut > 40);
});

test("rubbish under a right head neither throws nor is believed (seed 5)", () => {
  const random = seeded(5);
  const { sections } = writeEventSchedule({ ...service, midnight: MIDNIGHT, events: [event(1, MIDNIGHT)] });
  for (let i = 0; i < 20_000; i++) {
    const bytes = fillRandom(random, new Uint8Array(integer(random, 200)));
    bytes.set((sections[0] ?? bytes).subarray(0, Math.min(14, bytes.length)));
    assert.equal(readEventSchedule(bytes), undefined);
  }
});
