/** A test signal as an encoder in a host process is to make it. All numbers of frames are counted since the epoch. */
export type TestSignalSpec = {
  kind: "test-signal";
  /** Frame that is made first. */
  firstFrame: number;
  /** 32 bits, in the strip. */
  sourceId: number;
  name: string;
  width: number;
  height: number;
  fps: number;
  videoKbps: number;
  /** Absent: no sound. */
  audio?: TestSoundSpec;
  /** Flash and burst each second. */
  marker: "none" | "flash" | "sweep";
};

export type TestSoundSpec = {
  channels: 1 | 2 | 6 | 8;
  toneHz: number;
  toneDbfs: number;
  content: "tone" | "channel_ident";
  kbps: number;
};

/** An access unit as an encoder gave it. `stream`: 0 video, 1 audio. Times in 90 kHz since the epoch. */
export type EncodedUnit = { stream: number; randomAccess: boolean; pts: number; dts: number; bytes: Uint8Array };

export type EncoderHooks = {
  /** It runs in a host: it may be asked for frames. Told again whenever it was opened anew, from `resumeAt` on. */
  onOpened(): void;
  onUnit(unit: EncodedUnit): void;
  /** Its host ended, or does not start; it is opened again by itself. */
  onLost(why: string): void;
  /** It will not be opened: there is no room for it, or nothing that encodes. */
  onRefused(code: string, message: string): void;
};

/** An encoder in a process of its own. */
export type Encoder = {
  /** Asks for all frames before `frame`, and the sound that goes with them. */
  want(frame: number): void;
  /** Where it begins when it is opened anew. */
  resumeAt(frame: number): void;
  close(): void;
};
