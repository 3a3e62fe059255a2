import { BitReader } from "@bilbycast/foundation/bytes";
import type { AudioFormat, AudioFrame } from "./audio-format.ts";
import { aacFormat, readAudioSpecificConfig, type AudioSpecificConfig } from "./audio-specific-config.ts";
import type { FrameShape } from "./frame-walker.ts";

/** StreamMuxConfig of LATM: its first layer, and how much else there is. ISO/IEC 14496-3 §1.7.3. */
export type StreamMuxConfig = {
  /** audioMuxVersion. */
  version: number;
  /** Frames in an AudioMuxElement. */
  subFrames: number;
  programs: number;
  /** Of the first program. */
  layers: number;
  config: AudioSpecificConfig;
};

/** `undefined` when it is cut off, or of audioMuxVersionA 1, which nobody has defined. */
export const readStreamMuxConfig = (reader: BitReader): StreamMuxConfig | undefined => {
  const version = reader.read(1);
  if (version === 1 && reader.flag()) {
    return undefined;
  }
  if (version === 1) {
    readValue(reader);
  }
  reader.skip(1);
  const subFrames = reader.read(6) + 1;
  const programs = reader.read(4) + 1;
  const layers = reader.read(3) + 1;
  if (version === 1) {
    readValue(reader);
  }
  const config = readAudioSpecificConfig(reader);
  return config === undefined ? undefined : { version, subFrames, programs, layers, config };
};

/** LatmGetValue. Table 1.45. */
const readValue = (reader: BitReader): number => {
  let value = 0;
  for (let bytes = reader.read(2) + 1; bytes > 0; bytes--) {
    value = value * 256 + reader.read(8);
  }
  return value;
};

/** AudioSyncStream (LOAS): 11 bits 0x2B7 and 13 bits of length. §1.7.2. */
const HEADER_SIZE = 3;
const SYNC_WORD = 0x2b7;
/** Bytes within which a StreamMuxConfig ends, also with a program_config_element. */
const HEAD_SIZE = 128;

/** AAC in LATM and LOAS: stream_type 0x11. The configuration comes with some frames only, so each stream has its own shape. */
export const latmShape = (): FrameShape => {
  let format: AudioFormat | undefined;
  const read = (bytes: Uint8Array, size: number): AudioFrame | undefined => {
    const reader = new BitReader(bytes, 0, size);
    if (reader.read(11) !== SYNC_WORD) {
      return undefined;
    }
    const frameSize = HEADER_SIZE + reader.read(13);
    // The first bit is useSameStreamMux.
    if (size > HEADER_SIZE && frameSize > HEADER_SIZE && !reader.flag()) {
      const mux = readStreamMuxConfig(reader);
      format = mux === undefined ? format : aacFormat(mux.config);
    }
    return { frameSize, format };
  };
  return { headerSize: HEADER_SIZE, headSize: HEAD_SIZE, read };
};
