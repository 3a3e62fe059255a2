import {
  EVENTS_FROM,
  eventPrefix,
  readEvents,
  writeEvent,
  type EventInformation,
  type PresentFollowing,
  type ServiceEvent,
} from "./event-information.ts";
import { bodyRoom, joined, packEntries } from "./section-table.ts";
import { LONGEST_SECTION, readSection, writeSection } from "./section.ts";

/** First table_id of the schedules of this and of other transport streams; there are 16 of each. EN 300 468 table 2. */
const SCHEDULE_ACTUAL = 0x50;
const SCHEDULE_OTHER = 0x60;
const TABLES = 16;
/** A table has 32 segments of three hours, each of up to eight sections. ETSI TS 101 211 §4.1.4. */
const SEGMENTS = 32;
const SEGMENT_SECTIONS = 8;
const SEGMENT_SECONDS = 3 * 3_600;

/** event_information_section of a schedule. EN 300 468 §5.2.4. */
export type EventSchedule = EventInformation & {
  /** 0 to 15: which four days it is of. */
  tableNumber: number;
  segmentLastSectionNumber: number;
  lastTableId: number;
};

/** `undefined` for anything that is no right EIT section of a schedule. */
export const readEventSchedule = (bytes: Uint8Array): EventSchedule | undefined => {
  const section = readSection(bytes);
  const table = (section?.tableId ?? 0) & 0xf0;
  if (section === undefined || (table !== SCHEDULE_ACTUAL && table !== SCHEDULE_OTHER) || section.body.length < EVENTS_FROM) {
    return undefined;
  }
  return {
    ...readEvents(section, table === SCHEDULE_ACTUAL),
    tableNumber: section.tableId & 0x0f,
    segmentLastSectionNumber: section.body[4] ?? 0,
    lastTableId: section.body[5] ?? 0,
  };
};

/** The events of one service. */
export type Schedule = Omit<PresentFollowing, "present" | "following"> & {
  /** Midnight UTC of the current day; seconds since 1970-01-01. Segments count from here. */
  midnight: number;
  /** In the order in which they begin. */
  events: readonly ServiceEvent[];
};

/**
 * The sections of up to 64 days. Left out and counted are events without a begin, those before midnight or beyond the last day,
 * those longer than a section, and what does not fit the eight sections of its three hours.
 */
export const writeEventSchedule = (schedule: Schedule): { sections: Uint8Array[]; leftOut: number } => {
  const segments = new Map<number, Uint8Array[]>();
  const room = bodyRoom(LONGEST_SECTION) - EVENTS_FROM;
  let leftOut = 0;
  for (const event of schedule.events) {
    const segment = Math.floor(((event.startsAt ?? -Infinity) - schedule.midnight) / SEGMENT_SECONDS);
    const bytes = writeEvent(event);
    if (segment < 0 || segment >= TABLES * SEGMENTS || bytes.length > room) {
      leftOut++;
      continue;
    }
    const runs = packEntries([...(segments.get(segment) ?? []), bytes], room);
    if (runs.length > SEGMENT_SECTIONS) {
      leftOut++;
    } else {
      segments.set(segment, [...(segments.get(segment) ?? []), bytes]);
    }
  }
  const last = Math.max(0, ...segments.keys());
  const sections: Uint8Array[] = [];
  for (let segment = 0; segment <= last; segment++) {
    sections.push(...writeSegment(schedule, segment, last, segments));
  }
  return { sections, leftOut };
};

/** A segment without events has one section all the same. */
const writeSegment = (
  schedule: Schedule,
  segment: number,
  last: number,
  segments: ReadonlyMap<number, readonly Uint8Array[]>,
): Uint8Array[] => {
  const { serviceId: tableIdExtension, versionNumber, currentNextIndicator, isActual } = schedule;
  const room = bodyRoom(LONGEST_SECTION) - EVENTS_FROM;
  const first = isActual ? SCHEDULE_ACTUAL : SCHEDULE_OTHER;
  const table = Math.floor(segment / SEGMENTS);
  const lastOfTable = Math.min(last, table * SEGMENTS + SEGMENTS - 1);
  const lastSection = (of: number): number => (of % SEGMENTS) * SEGMENT_SECTIONS + packEntries(segments.get(of) ?? [], room).length - 1;
  const prefix = eventPrefix(schedule, lastSection(segment), first + Math.floor(last / SEGMENTS));
  const head = {
    tableId: first + table,
    tableIdExtension,
    versionNumber,
    currentNextIndicator,
    lastSectionNumber: lastSection(lastOfTable),
  };
  return packEntries(segments.get(segment) ?? [], room).map((run, i) =>
    writeSection({ ...head, sectionNumber: (segment % SEGMENTS) * SEGMENT_SECTIONS + i, body: joined(prefix, run) }),
  );
};
