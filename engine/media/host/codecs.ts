import type { HostFacts, PictureSpec } from "../jobs.ts";

/** A picture fitted into the size that was asked for. */
export type FittedPicture = {
  jpeg: Uint8Array;
  /** Full range, row by row without gaps, of the fitted picture. Overwritten by the next one. */
  luma: Uint8Array;
  /** Of the picture as it was coded. */
  width: number;
  height: number;
};

/** A decoder that stays open. One call at a time. */
export type PictureDecoder = {
  /**
   * Decodes access units, each beginning with a start code. Resolves with the picture when one is wanted and there is one. Rejects when
   * the codec takes none of it.
   */
  decode(units: readonly Uint8Array[], wanted: boolean): Promise<FittedPicture | undefined>;
  close(): void;
};

export type VideoEncoderSettings = {
  width: number;
  height: number;
  fps: number;
  kbps: number;
  /** Frames from one that needs no other to the next. */
  gop: number;
  /** Said in the stream. */
  colorimetry: "bt709" | "bt601";
};

/** What came out of an encoder; `pts` and `dts` count frames (video) or samples (audio). */
export type Encoded = { bytes: Uint8Array; pts: number; dts: number; isKey: boolean };

/** Frames go in one by one; what comes out may be of earlier ones. One call at a time. */
export type VideoEncoder = {
  /** 4:2:0, 8 bits, planes one behind the other without gaps: where the next frame is drawn. */
  readonly frame: Uint8Array;
  encode(pts: number): Promise<Encoded[]>;
  close(): void;
};

export type AudioEncoderSettings = { channels: number; kbps: number };

/** 48 kHz. Access units come out in ADTS. */
export type AudioEncoder = {
  /** Samples of each channel that one call takes. */
  readonly frameSamples: number;
  /** Planes of 32-bit floats, one for each channel. `pts`: number of the first sample. */
  encode(planes: readonly Float32Array[], pts: number): Promise<Encoded[]>;
  close(): void;
};

/** What a library of codecs does for us. There are two, and a host uses one. */
export type Codecs = {
  readonly facts: HostFacts;
  openDecoder(spec: PictureSpec): Promise<PictureDecoder>;
  openVideoEncoder(settings: VideoEncoderSettings): Promise<VideoEncoder>;
  openAudioEncoder(settings: AudioEncoderSettings): Promise<AudioEncoder>;
};

/** Larger pictures are refused before memory is taken for them. */
export const MOST_PIXELS = 8_192 * 4_320;

/** Where a picture goes in a frame of `width` x `height`, so that it is as large as can be and keeps its shape. Even numbers. */
export const fit = (
  picture: { width: number; height: number; aspect: number },
  width: number,
  height: number,
): { x: number; y: number; width: number; height: number } => {
  const shape = (picture.width * picture.aspect) / picture.height;
  const fitted = shape >= width / height ? { width, height: even(width / shape) } : { width: even(height * shape), height };
  return { x: evenDown((width - fitted.width) / 2), y: evenDown((height - fitted.height) / 2), ...fitted };
};

const evenDown = (value: number): number => 2 * Math.floor(value / 2);
const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));
