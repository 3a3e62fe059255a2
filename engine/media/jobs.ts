import type { EncodedUnit, TestSignalSpec } from "@bilbycast/engine/transport";

/** Video that a host can decode. */
export type VideoCodec = "h264" | "hevc" | "mpeg2";

/** Makes pictures of what it is given. */
export type PictureSpec = {
  kind: "pictures";
  codec: VideoCodec;
  /** Of the JPEG: the picture is fitted into it, black around it. */
  width: number;
  height: number;
  /**
   * key: each request is decoded alone, it begins with a picture that needs no other one.
   * every: requests continue each other, and a picture is wanted of the last one.
   */
  from: "key" | "every";
};

export type JobSpec = PictureSpec | TestSignalSpec;

/** What a host has, said when it is ready. */
export type HostFacts = { backend: BackendName; version: string };

export type BackendName = "node-av" | "ffmpeg";

/** A picture, and what is to be known of it without looking. */
export type Picture = {
  /** Echo of the request. */
  request: number;
  jpeg: Uint8Array;
  /** Of the coded picture. */
  width: number;
  height: number;
  /** Mean of the luma of the JPEG, 0 (black) to 255. */
  luma: number;
  /** The same of its brightest block. */
  brightest: number;
  /** Largest mean difference of a block to the same block of the job's last picture in which something had moved; -1 for the first one. */
  change: number;
};

const UNIT_HEAD = 18;
const PICTURE_HEAD = 36;
const REQUEST_HEAD = 8;

export const encodeUnitHead = ({ stream, randomAccess, pts, dts }: Omit<EncodedUnit, "bytes">): Uint8Array => {
  const head = new DataView(new ArrayBuffer(UNIT_HEAD));
  head.setUint8(0, stream);
  head.setUint8(1, randomAccess ? 1 : 0);
  head.setFloat64(2, pts);
  head.setFloat64(10, dts);
  return new Uint8Array(head.buffer);
};

/** `undefined` when the bytes are no unit. */
export const decodeUnit = (body: Uint8Array): EncodedUnit | undefined => {
  if (body.length < UNIT_HEAD) {
    return undefined;
  }
  const head = new DataView(body.buffer, body.byteOffset);
  return {
    stream: head.getUint8(0),
    randomAccess: head.getUint8(1) === 1,
    pts: head.getFloat64(2),
    dts: head.getFloat64(10),
    bytes: body.subarray(UNIT_HEAD),
  };
};

export const encodePictureHead = ({ request, width, height, luma, brightest, change }: Omit<Picture, "jpeg">): Uint8Array => {
  const head = new DataView(new ArrayBuffer(PICTURE_HEAD));
  head.setUint32(0, request);
  head.setUint32(4, width);
  head.setUint32(8, height);
  head.setFloat64(12, luma);
  head.setFloat64(20, brightest);
  head.setFloat64(28, change);
  return new Uint8Array(head.buffer);
};

/** `undefined` when the bytes are no picture. */
export const decodePicture = (body: Uint8Array): Picture | undefined => {
  if (body.length < PICTURE_HEAD) {
    return undefined;
  }
  const head = new DataView(body.buffer, body.byteOffset);
  return {
    request: head.getUint32(0),
    width: head.getUint32(4),
    height: head.getUint32(8),
    luma: head.getFloat64(12),
    brightest: head.getFloat64(20),
    change: head.getFloat64(28),
    jpeg: body.slice(PICTURE_HEAD),
  };
};

/** What a job of pictures is given: access units in decoding order. `wanted`: a picture is expected. */
export type Request = { number: number; wanted: boolean; units: readonly Uint8Array[] };

/** The parts of the message of a request: its head with the units' lengths, and the units. */
export const encodeRequest = ({ number, wanted, units }: Request): Uint8Array[] => {
  const head = new DataView(new ArrayBuffer(REQUEST_HEAD + 4 * units.length));
  head.setUint32(0, number);
  head.setUint16(4, wanted ? 1 : 0);
  head.setUint16(6, units.length);
  for (const [i, unit] of units.entries()) {
    head.setUint32(REQUEST_HEAD + 4 * i, unit.length);
  }
  return [new Uint8Array(head.buffer), ...units];
};

/** `undefined` when the bytes are no request. */
export const decodeRequest = (body: Uint8Array): Request | undefined => {
  if (body.length < REQUEST_HEAD) {
    return undefined;
  }
  const head = new DataView(body.buffer, body.byteOffset, body.length);
  const count = head.getUint16(6);
  const units: Uint8Array[] = [];
  let at = REQUEST_HEAD + 4 * count;
  for (let i = 0; i < count && at <= body.length; i++) {
    const end = at + head.getUint32(REQUEST_HEAD + 4 * i);
    units.push(body.subarray(at, end));
    at = end;
  }
  return at === body.length ? { number: head.getUint32(0), wanted: head.getUint16(4) === 1, units } : undefined;
};
