import { u16 } from "@bilbycast/foundation/bytes";
import { readDescriptors, type Descriptor } from "./descriptors.ts";
import { readDvbText } from "./dvb-text.ts";
import { readSection, type Section } from "./section.ts";

/** EN 300 468 tables 1 and 2. */
export const NIT_PID = 0x0010;
export const SDT_PID = 0x0011;
export const EIT_PID = 0x0012;
export const RST_PID = 0x0013;
export const TDT_PID = 0x0014;

const NIT_ACTUAL = 0x40;
const NIT_OTHER = 0x41;
const SDT_ACTUAL = 0x42;
const SDT_OTHER = 0x46;
const EIT_ACTUAL_PRESENT = 0x4e;
const EIT_OTHER_PRESENT = 0x4f;
const TDT = 0x70;
const TOT = 0x73;

const NETWORK_NAME = 0x40;
const SERVICE = 0x48;
const SHORT_EVENT = 0x4d;

/** Head of a table that comes in sections. */
type Head = Pick<Section, "versionNumber" | "currentNextIndicator" | "sectionNumber" | "lastSectionNumber">;

/** service_description_section. EN 300 468 §5.2.3. */
export type ServiceDescription = Head & {
  transportStreamId: number;
  originalNetworkId: number;
  /** Whether it is about this transport stream. */
  isActual: boolean;
  services: Service[];
};

export type Service = {
  serviceId: number;
  /** 0 undefined, 1 not running, 2 starts in a few seconds, 3 pausing, 4 running, 5 off air. */
  runningStatus: number;
  isScrambled: boolean;
  /** From the service descriptor, where there is one. §6.2.33. */
  serviceType?: number;
  providerName?: string;
  name?: string;
};

/** network_information_section. §5.2.1. */
export type NetworkInformation = Head & {
  networkId: number;
  isActual: boolean;
  name?: string;
  transportStreams: { transportStreamId: number; originalNetworkId: number; descriptors: Descriptor[] }[];
};

/** event_information_section of the present and the following event. §5.2.4. */
export type EventInformation = Head & {
  serviceId: number;
  transportStreamId: number;
  originalNetworkId: number;
  isActual: boolean;
  events: ServiceEvent[];
};

export type ServiceEvent = {
  eventId: number;
  /** Seconds since 1970-01-01 UTC; `undefined` where it is not known (all ones). */
  startsAt?: number;
  /** Seconds. */
  duration?: number;
  runningStatus: number;
  isScrambled: boolean;
  language?: string;
  name?: string;
  text?: string;
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
    const status = body[at + 3] ?? 0;
    const names = serviceNames(readDescriptors(body, at + 5, end));
    services.push({ serviceId: u16(body, at), runningStatus: status >> 5, isScrambled: (status & 0x10) !== 0, ...names });
    at = end;
  }
  const originalNetworkId = u16(body, 0);
  return {
    ...headOf(section),
    transportStreamId: section.tableIdExtension,
    originalNetworkId,
    isActual: section.tableId === SDT_ACTUAL,
    services,
  };
};

/** `undefined` for anything that is no right NIT section. */
export const readNetworkInformation = (bytes: Uint8Array): NetworkInformation | undefined => {
  const section = readSection(bytes);
  if (section === undefined || (section.tableId !== NIT_ACTUAL && section.tableId !== NIT_OTHER) || section.body.length < 4) {
    return undefined;
  }
  const { body } = section;
  const descriptorsEnd = 2 + (u16(body, 0) & 0x0fff);
  if (descriptorsEnd + 2 > body.length) {
    return undefined;
  }
  const name = readDescriptors(body, 2, descriptorsEnd).find(({ tag }) => tag === NETWORK_NAME)?.data;
  const transportStreams: NetworkInformation["transportStreams"] = [];
  for (let at = descriptorsEnd + 2; at + 6 <= body.length;) {
    const end = at + 6 + (u16(body, at + 4) & 0x0fff);
    if (end > body.length) {
      break;
    }
    transportStreams.push({
      transportStreamId: u16(body, at),
      originalNetworkId: u16(body, at + 2),
      descriptors: readDescriptors(body, at + 6, end),
    });
    at = end;
  }
  const table = { ...headOf(section), networkId: section.tableIdExtension, isActual: section.tableId === NIT_ACTUAL, transportStreams };
  return name === undefined ? table : { ...table, name: readDvbText(name) };
};

/** `undefined` for anything that is no right EIT section of the present and following event. */
export const readEventInformation = (bytes: Uint8Array): EventInformation | undefined => {
  const section = readSection(bytes);
  if (
    section === undefined ||
    (section.tableId !== EIT_ACTUAL_PRESENT && section.tableId !== EIT_OTHER_PRESENT) ||
    section.body.length < 6
  ) {
    return undefined;
  }
  const { body } = section;
  const events: ServiceEvent[] = [];
  for (let at = 6; at + 12 <= body.length;) {
    const end = at + 12 + (u16(body, at + 10) & 0x0fff);
    if (end > body.length) {
      break;
    }
    events.push(readEvent(body, at, end));
    at = end;
  }
  const names = { serviceId: section.tableIdExtension, transportStreamId: u16(body, 0), originalNetworkId: u16(body, 2) };
  return { ...headOf(section), ...names, isActual: section.tableId === EIT_ACTUAL_PRESENT, events };
};

/** Seconds since 1970-01-01 UTC of a TDT or TOT section; `undefined` for anything else. §5.2.5, §5.2.6. */
export const readTime = (bytes: Uint8Array): number | undefined =>
  (bytes[0] === TDT || bytes[0] === TOT) && bytes.length >= 8 ? readUtc(bytes, 3) : undefined;

const readEvent = (body: Uint8Array, at: number, end: number): ServiceEvent => {
  const startsAt = readUtc(body, at + 2);
  const duration = readBcdTime(body, at + 7);
  const status = body[at + 10] ?? 0;
  const short = readDescriptors(body, at + 12, end).find(({ tag, data }) => tag === SHORT_EVENT && data.length >= 5)?.data;
  return {
    eventId: u16(body, at),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(duration === undefined ? {} : { duration }),
    runningStatus: status >> 5,
    isScrambled: (status & 0x10) !== 0,
    ...(short === undefined ? {} : shortEvent(short)),
  };
};

/** short_event_descriptor. §6.2.37. */
const shortEvent = (data: Uint8Array): { language: string; name: string; text: string } => {
  const nameEnd = Math.min(data.length, 4 + (data[3] ?? 0));
  return {
    language: String.fromCharCode(...data.subarray(0, 3)).replaceAll(/[^A-Za-z]/g, ""),
    name: readDvbText(data.subarray(4, nameEnd)),
    text: readDvbText(data.subarray(nameEnd + 1, nameEnd + 1 + (data[nameEnd] ?? 0))),
  };
};

/** service_descriptor. §6.2.33. */
const serviceNames = (descriptors: readonly Descriptor[]): Pick<Service, "serviceType" | "providerName" | "name"> => {
  const data = descriptors.find(({ tag, data: bytes }) => tag === SERVICE && bytes.length >= 3)?.data;
  if (data === undefined) {
    return {};
  }
  const providerEnd = Math.min(data.length, 2 + (data[1] ?? 0));
  return {
    serviceType: data[0] ?? 0,
    providerName: readDvbText(data.subarray(2, providerEnd)),
    name: readDvbText(data.subarray(providerEnd + 1, providerEnd + 1 + (data[providerEnd] ?? 0))),
  };
};

const SECONDS_PER_DAY = 86_400;
/** Modified Julian Date of 1970-01-01. */
const EPOCH = 40_587;

/** 16 bits of Modified Julian Date and 24 bits of BCD time. Annex C. */
const readUtc = (bytes: Uint8Array, at: number): number | undefined => {
  const time = readBcdTime(bytes, at + 2);
  return time === undefined ? undefined : (u16(bytes, at) - EPOCH) * SECONDS_PER_DAY + time;
};

/** Six BCD digits, hours first, in seconds; `undefined` where a digit is none. */
const readBcdTime = (bytes: Uint8Array, at: number): number | undefined => {
  let seconds = 0;
  for (let i = 0; i < 3; i++) {
    const byte = bytes[at + i] ?? 0xff;
    if (byte >> 4 > 9 || (byte & 0x0f) > 9) {
      return undefined;
    }
    seconds = seconds * 60 + (byte >> 4) * 10 + (byte & 0x0f);
  }
  return seconds;
};

const headOf = ({ versionNumber, currentNextIndicator, sectionNumber, lastSectionNumber }: Section): Head => ({
  versionNumber,
  currentNextIndicator,
  sectionNumber,
  lastSectionNumber,
});
