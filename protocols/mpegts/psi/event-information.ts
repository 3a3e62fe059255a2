import { setU16, u16 } from "@bilbycast/foundation/bytes";
import { readDescriptors, type Descriptor } from "./descriptors.ts";
import { readShortEvent, SHORT_EVENT, writeShortEvent } from "./service-descriptors.ts";
import { readStatus, writeEntry, type Status } from "./service-information.ts";
import { bodyRoom, joined, packEntries, writeSections } from "./section-table.ts";
import { headOf, LONGEST_SECTION, readSection, type Section, type SectionHead } from "./section.ts";
import { readBcdTime, readUtc, writeBcdTime, writeUtc } from "./utc.ts";

const EIT_ACTUAL_PRESENT = 0x4e;
const EIT_OTHER_PRESENT = 0x4f;
const UNKNOWN_TIME = 0xff;
/** Bytes of a section's body before its events. */
export const EVENTS_FROM = 6;

/** event_information_section of the present (section 0) and the following event (section 1). EN 300 468 §5.2.4. */
export type EventInformation = SectionHead & {
  serviceId: number;
  transportStreamId: number;
  originalNetworkId: number;
  isActual: boolean;
  events: ServiceEvent[];
};

export type ServiceEvent = Status & {
  eventId: number;
  /** Whole seconds since 1970-01-01 UTC; `undefined` where it is not known (all ones). */
  startsAt?: number;
  /** Whole seconds, below 100 hours. */
  duration?: number;
  /** From the first short event descriptor, where there is one. §6.2.37. */
  language?: string;
  name?: string;
  text?: string;
  /** All others; views of the section. */
  descriptors: Descriptor[];
};

/** `undefined` for anything that is no right EIT section of the present and following event. */
export const readEventInformation = (bytes: Uint8Array): EventInformation | undefined => {
  const section = readSection(bytes);
  if (
    section === undefined ||
    (section.tableId !== EIT_ACTUAL_PRESENT && section.tableId !== EIT_OTHER_PRESENT) ||
    section.body.length < EVENTS_FROM
  ) {
    return undefined;
  }
  return readEvents(section, section.tableId === EIT_ACTUAL_PRESENT);
};

/** What all kinds of event_information_section have. */
export const readEvents = (section: Section, isActual: boolean): EventInformation => {
  const { body } = section;
  const events: ServiceEvent[] = [];
  for (let at = EVENTS_FROM; at + 12 <= body.length;) {
    const end = at + 12 + (u16(body, at + 10) & 0x0fff);
    if (end > body.length) {
      break;
    }
    events.push(readEvent(body, at, end));
    at = end;
  }
  const names = { serviceId: section.tableIdExtension, transportStreamId: u16(body, 0), originalNetworkId: u16(body, 2) };
  return { ...headOf(section), ...names, isActual, events };
};

/** What is on and what comes next. Either may be missing: its section is then empty. */
export type PresentFollowing = Omit<EventInformation, "sectionNumber" | "lastSectionNumber" | "events"> & {
  present?: ServiceEvent;
  following?: ServiceEvent;
};

/** Its two sections, that of the present event first. */
export const writePresentFollowing = (table: PresentFollowing): Uint8Array[] => {
  const { serviceId: tableIdExtension, versionNumber, currentNextIndicator } = table;
  const tableId = table.isActual ? EIT_ACTUAL_PRESENT : EIT_OTHER_PRESENT;
  const prefix = eventPrefix(table, 1, tableId);
  const room = bodyRoom(LONGEST_SECTION) - prefix.length;
  const bodies = [table.present, table.following].map((event) =>
    joined(prefix, ...packEntries(event === undefined ? [] : [writeEvent(event)], room)),
  );
  return writeSections({ tableId, tableIdExtension, versionNumber, currentNextIndicator }, bodies);
};

/** What a section says before its events: of which service they are, and what the last section and table are. */
export const eventPrefix = (
  { transportStreamId, originalNetworkId }: Pick<EventInformation, "transportStreamId" | "originalNetworkId">,
  segmentLastSectionNumber: number,
  lastTableId: number,
): Uint8Array => {
  const prefix = new Uint8Array(EVENTS_FROM);
  setU16(prefix, 0, transportStreamId);
  setU16(prefix, 2, originalNetworkId);
  prefix[4] = segmentLastSectionNumber;
  prefix[5] = lastTableId;
  return prefix;
};

const readEvent = (body: Uint8Array, at: number, end: number): ServiceEvent => {
  const startsAt = readUtc(body, at + 2);
  const duration = readBcdTime(body, at + 7);
  const descriptors = readDescriptors(body, at + 12, end);
  const short = descriptors.find(({ tag, data }) => tag === SHORT_EVENT && data.length >= 5);
  return {
    eventId: u16(body, at),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(duration === undefined ? {} : { duration }),
    ...readStatus(body[at + 10] ?? 0),
    ...(short === undefined ? {} : readShortEvent(short.data)),
    descriptors: descriptors.filter((each) => each !== short),
  };
};

/** The bytes of an event in its section. */
export const writeEvent = (event: ServiceEvent): Uint8Array => {
  const fixed = new Uint8Array(12).fill(UNKNOWN_TIME);
  setU16(fixed, 0, event.eventId);
  if (event.startsAt !== undefined) {
    writeUtc(fixed, 2, event.startsAt);
  }
  if (event.duration !== undefined) {
    writeBcdTime(fixed, 7, event.duration);
  }
  const { language, name = "", text = "", descriptors } = event;
  const short = language === undefined ? [] : [writeShortEvent({ language, name, text })];
  return writeEntry(fixed, event, [...short, ...descriptors]);
};
