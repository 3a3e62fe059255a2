/** What a coded audio is, in the words people use; of all codecs here. */
export type AudioFormat = {
  codec: "aac" | "mp1" | "mp2" | "mp3" | "ac3" | "eac3" | "opus";
  /** Of AAC: "LC", "HE-AAC", "HE-AACv2", "Main" and so on. */
  profile?: string | undefined;
  /** Samples per second as decoded. */
  sampleRate: number;
  /** Low frequency channel included; absent: the stream's headers do not say. */
  channels?: number | undefined;
  /** Like "5.1" or "stereo"; absent: not said, or unusual. */
  channelLayout?: string | undefined;
  /** Declared by the stream, bits per second; AAC and Opus declare none. */
  bitRate?: number | undefined;
  /** Samples per channel in a frame; of AAC as decoded, so twice as many with SBR. */
  frameSamples?: number | undefined;
};

/** A frame's header, read. */
export type AudioFrame<Format extends AudioFormat = AudioFormat> = {
  /** Bytes of the whole frame. */
  frameSize: number;
  /** `undefined`: the frame refers to a configuration that did not come yet. */
  format: Format | undefined;
};

/** Reads a frame's header from bytes [0, size) that begin at its sync word; `undefined` when none begins there, "more" when it goes on. */
export type ReadFrame = (bytes: Uint8Array, size: number) => AudioFrame | "more" | undefined;

/** Words for what the channels are, by number. */
export const CHANNEL_LAYOUTS: Readonly<Record<number, string>> = { 1: "mono", 2: "stereo" };
