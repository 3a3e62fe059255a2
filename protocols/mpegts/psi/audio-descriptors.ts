import type { Descriptor } from "./descriptors.ts";

/** descriptor_tag. EN 300 468 table 12. */
const AC3 = 0x6a;
const ENHANCED_AC3 = 0x7a;
const AAC = 0x7c;

/** AC-3_descriptor. EN 300 468 §D.3. Each field is 8 bits and may be missing. */
export type Ac3Descriptor = {
  /** Table D.1: how many channels, what kind of service. */
  componentType?: number;
  /** bsid of the stream. */
  bsid?: number;
  /** Numbers the main service. */
  mainid?: number;
  /** One bit for each main service that this one belongs to. */
  asvc?: number;
  additionalInfo: Uint8Array;
};

/** enhanced_ac-3_descriptor. §D.5. */
export type EnhancedAc3Descriptor = Ac3Descriptor & {
  /** The stream holds control data for mixing. */
  mixInfoExists: boolean;
  /** What the independent substreams 1 to 3 are, 8 bits each. */
  substream1?: number;
  substream2?: number;
  substream3?: number;
};

/** AAC_descriptor. §H.2.1. */
export type AacDescriptor = {
  /** Table H.1. */
  profileAndLevel: number;
  /** component_type of stream_content 6. */
  aacType?: number;
  /** SAOC_DE_flag: the stream holds parameters for dialogue enhancement. */
  saocDe?: boolean;
  additionalInfo?: Uint8Array;
};

/** The flag of each optional byte, in the order in which they follow. The lowest four flags are of Enhanced AC-3. */
const COMPONENT_TYPE = 0x80;
const BSID = 0x40;
const MAINID = 0x20;
const ASVC = 0x10;
const MIX_INFO = 0x08;
const SUBSTREAM_1 = 0x04;
const SUBSTREAM_2 = 0x02;
const SUBSTREAM_3 = 0x01;

type Field = [flag: number, name: "componentType" | "bsid" | "mainid" | "asvc" | "substream1" | "substream2" | "substream3"];

const AC3_FIELDS: readonly Field[] = [
  [COMPONENT_TYPE, "componentType"],
  [BSID, "bsid"],
  [MAINID, "mainid"],
  [ASVC, "asvc"],
];

const ENHANCED_FIELDS: readonly Field[] = [
  ...AC3_FIELDS,
  [SUBSTREAM_1, "substream1"],
  [SUBSTREAM_2, "substream2"],
  [SUBSTREAM_3, "substream3"],
];

/** From what follows descriptor_length; `undefined` where a field that is flagged is missing. */
export const readAc3Descriptor = (data: Uint8Array): Ac3Descriptor | undefined => readFields(data, AC3_FIELDS);

export const writeAc3Descriptor = (fields: Ac3Descriptor): Descriptor => ({ tag: AC3, data: writeFields(fields, AC3_FIELDS, 0) });

export const readEnhancedAc3Descriptor = (data: Uint8Array): EnhancedAc3Descriptor | undefined => {
  const fields = readFields(data, ENHANCED_FIELDS);
  return fields === undefined ? undefined : { ...fields, mixInfoExists: ((data[0] ?? 0) & MIX_INFO) !== 0 };
};

export const writeEnhancedAc3Descriptor = (fields: EnhancedAc3Descriptor): Descriptor => ({
  tag: ENHANCED_AC3,
  data: writeFields(fields, ENHANCED_FIELDS, fields.mixInfoExists ? MIX_INFO : 0),
});

export const readAacDescriptor = (data: Uint8Array): AacDescriptor | undefined => {
  const [profileAndLevel, flags, aacType] = data;
  if (profileAndLevel === undefined || flags === undefined) {
    return profileAndLevel === undefined ? undefined : { profileAndLevel };
  }
  const hasType = (flags & 0x80) !== 0;
  if (hasType && aacType === undefined) {
    return undefined;
  }
  const more = { saocDe: (flags & 0x40) !== 0, additionalInfo: data.subarray(hasType ? 3 : 2) };
  return hasType && aacType !== undefined ? { profileAndLevel, aacType, ...more } : { profileAndLevel, ...more };
};

export const writeAacDescriptor = ({ profileAndLevel, aacType, saocDe, additionalInfo }: AacDescriptor): Descriptor => {
  if (aacType === undefined && saocDe === undefined && additionalInfo === undefined) {
    return { tag: AAC, data: Uint8Array.of(profileAndLevel) };
  }
  const flags = (aacType === undefined ? 0 : 0x80) | (saocDe === true ? 0x40 : 0);
  const type = aacType === undefined ? [] : [aacType];
  return { tag: AAC, data: Uint8Array.of(profileAndLevel, flags, ...type, ...(additionalInfo ?? [])) };
};

const readFields = (data: Uint8Array, fields: readonly Field[]): EnhancedFields | undefined => {
  const flags = data[0];
  if (flags === undefined) {
    return undefined;
  }
  const found: Partial<Record<Field[1], number>> = {};
  let at = 1;
  for (const [flag, name] of fields) {
    if ((flags & flag) === 0) {
      continue;
    }
    const value = data[at++];
    if (value === undefined) {
      return undefined;
    }
    found[name] = value;
  }
  return { ...found, additionalInfo: data.subarray(at) };
};

type EnhancedFields = Partial<Record<Field[1], number>> & { additionalInfo: Uint8Array };

const writeFields = (values: EnhancedFields, fields: readonly Field[], moreFlags: number): Uint8Array => {
  let flags = moreFlags;
  const bytes: number[] = [];
  for (const [flag, name] of fields) {
    const value = values[name];
    if (value !== undefined) {
      flags |= flag;
      bytes.push(value);
    }
  }
  return Uint8Array.of(flags, ...bytes, ...values.additionalInfo);
};
