import { BitReader, u32 } from "@bilbycast/foundation/bytes";
import { segmentationTypeName } from "./segmentation-types.ts";
import { fourCharacters } from "./splice-command.ts";
import { readUpid, type Upid } from "./upid.ts";

/** splice_descriptor_tag. ANSI/SCTE 35 table 16. */
const AVAIL = 0x00;
const DTMF = 0x01;
const SEGMENTATION = 0x02;
const TIME = 0x03;
const AUDIO = 0x04;

/** The identifier that the tags above belong to: "CUEI". */
const CUEI = 0x43554549;

export type SpliceDescriptor =
  | { name: "avail"; providerAvailId: number }
  | { name: "dtmf"; /** Tenths of a second. */ preroll: number; characters: string }
  | Segmentation
  | { name: "time"; /** TAI. */ seconds: number; nanoseconds: number; utcOffset: number }
  | { name: "audio"; /** ISO 639, as they come. */ languages: string[] }
  | { name: "private"; identifier: string; tag: number };

/** segmentation_descriptor. §10.3.3. */
export type Segmentation = {
  name: "segmentation";
  eventId: number;
  /** The event is called off; nothing else is said then. */
  cancelled: boolean;
  typeId: number;
  /** Like "Program Start"; "Reserved" for one that table 23 does not have. */
  typeName: string;
  /** 90 kHz ticks, 40 bits; absent: not said. */
  duration?: number;
  upid?: Upid;
  /** Absent: delivery is not restricted. */
  restrictions?: { webDeliveryAllowed: boolean; noRegionalBlackout: boolean; archiveAllowed: boolean; deviceRestrictions: number };
  /** component_tag and PTS offset (33 bits of 90 kHz) of each, when the segmentation is not of the whole program. */
  components?: { tag: number; ptsOffset: number }[];
  segmentNumber: number;
  segmentsExpected: number;
  subSegmentNumber?: number;
  subSegmentsExpected?: number;
};

/** `undefined` when one of them reaches past the end or is cut off inside. A descriptor of a kind or owner that is not known is "private". */
export const readSpliceDescriptors = (section: Uint8Array, from: number, end: number): SpliceDescriptor[] | undefined => {
  const descriptors: SpliceDescriptor[] = [];
  for (let at = from; at < end;) {
    const next = at + 2 + (section[at + 1] ?? 0);
    if (next > end || next < at + 6) {
      return undefined;
    }
    const descriptor = readDescriptor(section, at, next);
    if (descriptor === undefined) {
      return undefined;
    }
    descriptors.push(descriptor);
    at = next;
  }
  return descriptors;
};

const readDescriptor = (section: Uint8Array, at: number, end: number): SpliceDescriptor | undefined => {
  const tag = section[at] ?? 0;
  const identifier = u32(section, at + 2);
  const reader = new BitReader(section, at + 6, end);
  const known = identifier === CUEI ? readKnown(tag, reader, section, at + 6, end) : undefined;
  if (reader.overrun) {
    return undefined;
  }
  return known ?? { name: "private", identifier: fourCharacters(identifier), tag };
};

const readKnown = (tag: number, reader: BitReader, section: Uint8Array, at: number, end: number): SpliceDescriptor | undefined => {
  switch (tag) {
    case AVAIL:
      return { name: "avail", providerAvailId: reader.read(32) };
    case DTMF:
      return readDtmf(reader);
    case SEGMENTATION:
      return readSegmentation(reader, section, at, end);
    case TIME:
      return {
        name: "time",
        seconds: reader.read(16) * 2 ** 32 + reader.read(32),
        nanoseconds: reader.read(32),
        utcOffset: reader.read(16),
      };
    case AUDIO:
      return readAudio(reader);
    default:
      return undefined;
  }
};

const readDtmf = (reader: BitReader): SpliceDescriptor => {
  const preroll = reader.read(8);
  const count = reader.read(3);
  reader.skip(5);
  let characters = "";
  for (let i = 0; i < count; i++) {
    const character = String.fromCharCode(reader.read(8));
    characters += /[0-9A-D*#]/.test(character) ? character : "?";
  }
  return { name: "dtmf", preroll, characters };
};

const readAudio = (reader: BitReader): SpliceDescriptor => {
  const languages: string[] = [];
  const count = reader.read(4);
  reader.skip(4);
  for (let i = 0; i < count; i++) {
    reader.skip(8);
    const code = String.fromCharCode(reader.read(8), reader.read(8), reader.read(8));
    languages.push(/^[A-Za-z]{3}$/.test(code) ? code : "und");
    reader.skip(8);
  }
  return { name: "audio", languages };
};

const CANCELLED = { typeId: 0, typeName: segmentationTypeName(0), segmentNumber: 0, segmentsExpected: 0 };

const readSegmentation = (reader: BitReader, section: Uint8Array, at: number, end: number): Segmentation => {
  const eventId = reader.read(32);
  const cancelled = reader.flag();
  reader.skip(7);
  if (cancelled) {
    return { name: "segmentation", eventId, cancelled, ...CANCELLED };
  }
  const isProgram = reader.flag();
  const hasDuration = reader.flag();
  const isUnrestricted = reader.flag();
  const restrictions = readRestrictions(reader, isUnrestricted);
  const components = isProgram ? {} : { components: readComponents(reader) };
  const duration = hasDuration ? { duration: reader.read(8) * 2 ** 32 + reader.read(32) } : {};
  const upidType = reader.read(8);
  const upidSize = reader.read(8);
  const upidAt = end - reader.left / 8;
  reader.skip(upidSize * 8);
  const upid = upidSize === 0 || upidAt < at ? undefined : readUpid(upidType, section.subarray(upidAt, Math.min(end, upidAt + upidSize)));
  const typeId = reader.read(8);
  return {
    name: "segmentation",
    eventId,
    cancelled,
    typeId,
    typeName: segmentationTypeName(typeId),
    ...duration,
    ...(upid === undefined ? {} : { upid }),
    ...restrictions,
    ...components,
    segmentNumber: reader.read(8),
    segmentsExpected: reader.read(8),
    ...readSubSegments(reader, typeId),
  };
};

const readRestrictions = (reader: BitReader, isUnrestricted: boolean): Pick<Segmentation, "restrictions"> => {
  if (isUnrestricted) {
    reader.skip(5);
    return {};
  }
  const webDeliveryAllowed = reader.flag();
  const noRegionalBlackout = reader.flag();
  const archiveAllowed = reader.flag();
  return { restrictions: { webDeliveryAllowed, noRegionalBlackout, archiveAllowed, deviceRestrictions: reader.read(2) } };
};

const readComponents = (reader: BitReader): { tag: number; ptsOffset: number }[] => {
  const components: { tag: number; ptsOffset: number }[] = [];
  for (let count = reader.read(8); count > 0 && !reader.overrun; count--) {
    const tag = reader.read(8);
    reader.skip(7);
    components.push({ tag, ptsOffset: reader.read(1) * 2 ** 32 + reader.read(32) });
  }
  return components;
};

/** The types that may have sub-segments; older streams leave them out, and some of any type have them. §10.3.3.1. */
const WITH_SUB_SEGMENTS = new Set([0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x44, 0x46]);

const readSubSegments = (reader: BitReader, typeId: number): Pick<Segmentation, "subSegmentNumber" | "subSegmentsExpected"> =>
  WITH_SUB_SEGMENTS.has(typeId) && reader.left >= 16 ? { subSegmentNumber: reader.read(8), subSegmentsExpected: reader.read(8) } : {};
