import { crc32 } from "@bilbycast/foundation/bytes";

/** Big-endian bytes of a number of up to 6 bytes. */
export const number = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * (size - 1 - i))) % 256);

export type Written = {
  type: number;
  command?: number[];
  descriptors?: number[];
  ptsAdjustment?: number;
  tier?: number;
  encrypted?: boolean;
  /** splice_command_length as it stands in the section. */
  declaredLength?: number;
  protocolVersion?: number;
};

/** A splice_info_section with a right CRC. */
export const writeSplice = (written: Written): Uint8Array => {
  const { type, command = [], descriptors = [], ptsAdjustment = 0, tier = 0xfff, encrypted = false, protocolVersion = 0 } = written;
  const high = Math.floor(ptsAdjustment / 2 ** 32);
  const length = written.declaredLength ?? command.length;
  const body = [
    protocolVersion,
    (encrypted ? 0x82 : 0) | high,
    ...number(ptsAdjustment % 2 ** 32, 4),
    0xff,
    ...number(tier * 4096 + length, 3),
    type,
    ...command,
    ...number(descriptors.length, 2),
    ...descriptors,
  ];
  const section = Uint8Array.from([0xfc, ...number(0x3000 + body.length + 4, 2), ...body, 0, 0, 0, 0]);
  const end = section.length - 4;
  section.set(number(crc32(section, 0, end), 4), end);
  return section;
};

/** splice_time. */
export const spliceTime = (pts?: number): number[] =>
  pts === undefined ? [0x7f] : [0xfe | Math.floor(pts / 2 ** 32), ...number(pts % 2 ** 32, 4)];

/** splice_insert of a whole program. */
export const spliceInsert = (insert: { eventId: number; out: boolean; pts?: number; duration?: number; immediate?: boolean }): number[] => {
  const { eventId, out, pts, duration, immediate = false } = insert;
  const flags = (out ? 0x80 : 0) | 0x40 | (duration === undefined ? 0 : 0x20) | (immediate ? 0x10 : 0) | 0x0f;
  return [
    ...number(eventId, 4),
    0x7f,
    flags,
    ...(immediate ? [] : spliceTime(pts)),
    ...(duration === undefined ? [] : [0xfe, ...number(duration, 4)]),
    ...[0, 7, 1, 2],
  ];
};

/** A descriptor of the owner "CUEI". */
export const cueDescriptor = (tag: number, data: number[]): number[] => [tag, data.length + 4, 0x43, 0x55, 0x45, 0x49, ...data];

/** segmentation_descriptor of a whole program without restrictions. */
export const segmentation = (fields: {
  eventId: number;
  typeId: number;
  duration?: number;
  upid?: [type: number, bytes: number[]];
}): number[] => {
  const { eventId, typeId, duration, upid = [0, []] } = fields;
  return cueDescriptor(2, [
    ...number(eventId, 4),
    0x7f,
    0x80 | (duration === undefined ? 0 : 0x40) | 0x3f,
    ...(duration === undefined ? [] : number(duration, 5)),
    upid[0],
    upid[1].length,
    ...upid[1],
    typeId,
    1,
    1,
  ]);
};
