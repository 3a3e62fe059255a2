import type { Codecs } from "./codecs.ts";
import { NodeAvDecoder } from "./node-av-decoder.ts";
import { NodeAvAudioEncoder, NodeAvVideoEncoder } from "./node-av-encoders.ts";
import type { Library } from "./node-av-library.ts";

/** Codecs of FFmpeg inside this process, by its asynchronous calls only: the synchronous ones crash at exit. */
export const openNodeAv = async (): Promise<Codecs> => {
  const library: Library = { av: await import("node-av/lib"), c: await import("node-av/constants") };
  library.av.Log.setLevel(library.c.AV_LOG_FATAL);
  return {
    facts: { backend: "node-av", version: library.av.getFFmpegInfo().version },
    openDecoder: (spec) => NodeAvDecoder.open(library, spec),
    openVideoEncoder: (settings) => NodeAvVideoEncoder.open(library, settings),
    openAudioEncoder: (settings) => NodeAvAudioEncoder.open(library, settings),
  };
};
