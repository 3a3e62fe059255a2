import { setU16, u16 } from "@bilbycast/foundation/bytes";
import { readDescriptors, type Descriptor } from "./descriptors.ts";
import { readServiceDescriptor, SERVICE, writeServiceDescriptor } from "./service-descriptors.ts";
import { readStatus, writeEntry, type Status } from "./service-information.ts";
import { bodyRoom, joined, LONGEST_PSI_SECTION, packEntries, writeSections } from "./section-table.ts";
import { headOf, readSection, type SectionHead } from "./section.ts";

const SDT_ACTUAL = 0x42;
const SDT_OTHER = 0x46;

/** service_description_section. EN 300 468 §5.2.3. */
export type ServiceDescription = SectionHead & {
  transportStreamId: number;
  originalNetworkId: number;
  /** Whether it is about this transport stream. */
  isActual: boolean;
  services: Service[];
};

export type Service = Status & {
  serviceId: number;
  /** EIT_schedule_flag: the stream has the schedule of its events. */
  hasSchedule: boolean;
  /** EIT_present_following_flag: the stream has its present and following event. */
  hasPresentFollowing: boolean;
  /** From the service descriptor, where there is one. §6.2.33. */
  serviceType?: number;
  providerName?: string;
  name?: string;
  /** All others; views of the section. */
  descriptors: Descriptor[];
};

/** `undefined` for anything that is no right SDT section. */
export const readServiceDescription = (bytes: Uint8Array): ServiceDescription | undefined => {
  const section = readSection(bytes);
  if (section === undefined || (section.tableId !== SDT_ACTUAL && section.tableId !== SDT_OTHER) || section.body.length < 3) {
    return undefined;
  }
  const { body } = section;
  const services: Service[] = [];
  for (let at = 3; at + 5 <= body.length;) {
    const end = at + 5 + (u16(body, at + 3) & 0x0fff);
    if (end > body.length) {
      break;
    }
    services.push(readService(body, at, end));
    at = end;
  }
  return {
    ...headOf(section),
    transportStreamId: section.tableIdExtension,
    originalNetworkId: u16(body, 0),
    isActual: section.tableId === SDT_ACTUAL,
    services,
  };
};

/** A table of any size, in as many sections as it takes; a service has a service descriptor where it has a type. */
export const writeServiceDescriptionTable = (table: Omit<ServiceDescription, "sectionNumber" | "lastSectionNumber">): Uint8Array[] => {
  const { transportStreamId: tableIdExtension, versionNumber, currentNextIndicator } = table;
  const head = { tableId: table.isActual ? SDT_ACTUAL : SDT_OTHER, tableIdExtension, versionNumber, currentNextIndicator };
  const prefix = Uint8Array.of(table.originalNetworkId >> 8, table.originalNetworkId, 0xff);
  const runs = packEntries(table.services.map(writeService), bodyRoom(LONGEST_PSI_SECTION) - prefix.length);
  return writeSections(
    head,
    runs.map((run) => joined(prefix, run)),
  );
};

const readService = (body: Uint8Array, at: number, end: number): Service => {
  const flags = body[at + 2] ?? 0;
  const descriptors = readDescriptors(body, at + 5, end);
  const named = descriptors.find(({ tag, data }) => tag === SERVICE && data.length >= 3);
  return {
    serviceId: u16(body, at),
    hasSchedule: (flags & 2) !== 0,
    hasPresentFollowing: (flags & 1) !== 0,
    ...readStatus(body[at + 3] ?? 0),
    ...(named === undefined ? {} : readServiceDescriptor(named.data)),
    descriptors: descriptors.filter((each) => each !== named),
  };
};

const writeService = (service: Service): Uint8Array => {
  const fixed = new Uint8Array(5);
  setU16(fixed, 0, service.serviceId);
  fixed[2] = 0xfc | (service.hasSchedule ? 2 : 0) | (service.hasPresentFollowing ? 1 : 0);
  const { serviceType, providerName = "", name = "", descriptors } = service;
  const named = serviceType === undefined ? [] : [writeServiceDescriptor({ serviceType, providerName, name })];
  return writeEntry(fixed, service, [...named, ...descriptors]);
};
