import type { MessagePort } from "node:worker_threads";
import type { PoolEvent } from "./host-pool.ts";
import type { EncodedUnit, TestSignalSpec } from "@bilbycast/engine/transport";
import type { BackendName, Picture, PictureSpec } from "./jobs.ts";

/** What main tells the media thread. Ports are transferred. */
export type MediaOrder =
  /** Somebody who will ask for pictures: `PictureQuestion` comes over the port. */
  | { do: "pictures"; port: MessagePort }
  /** A session that wants something encoded: `EncoderOrder` comes over the port, `EncoderMessage` goes back. */
  | { do: "encode"; name: string; spec: TestSignalSpec; port: MessagePort }
  /** Whoever asked for pictures is no more: another will ask anew for those that are still wanted. */
  | { do: "endPictures" }
  | { do: "stop" };

/** What it says to main. */
export type MediaMessage =
  | { report: "picture"; source: number; picture: Omit<Picture, "request">; takenAtMs: number }
  /** `isLost`: its host ended, or there is none; else the codec made nothing of what it was given. */
  | { report: "noPicture"; source: number; message: string; isLost: boolean }
  | { report: "event"; event: PoolEvent }
  /** A host was started, or is gone: whoever outlives this thread waits for those that are there. */
  | { report: "process"; pid: number; isThere: boolean }
  /** Once a second. */
  | { report: "hosts"; hosts: HostForm[]; unitsUsed: number }
  | { report: "stopped" };

/** starting: it has not said that it is ready. ending: it was ended, and is not gone yet. */
export type HostState = "starting" | "ready" | "ending";

export type HostForm = { pid: number; state: HostState; jobs: readonly string[]; cpu_percent: number; rss_bytes: number };

/** What is said over a port of pictures. `source`: whose pictures they are; `name`: for people. */
export type PictureQuestion =
  | {
      ask: "picture";
      source: number;
      name: string;
      spec: PictureSpec;
      /** Access units in decoding order. */
      units: readonly Uint8Array[];
      /** A picture is wanted of them; otherwise they only go before others. */
      wanted: boolean;
      /** They begin with one that needs none before it. */
      starts: boolean;
      /** When the picture was on the wire. Milliseconds since the epoch. */
      takenAtMs: number;
    }
  /** There is nothing more of it. */
  | { ask: "end"; source: number };

/** What is said back: bytes of a question that were heard. Who asks keeps what is under way within a bound. */
export type PictureHeard = { heard: number };

export type EncoderOrder =
  /** All frames before that one. */
  | { want: number }
  /** It is opened anew from there when its host ends. */
  | { resumeAt: number };

export type EncoderMessage =
  | { say: "opened" }
  | { say: "unit"; unit: EncodedUnit }
  | { say: "lost"; why: string }
  | { say: "refused"; code: string; message: string };

export type MediaBirth = { port: MessagePort; options: MediaOptions };

export type MediaOptions = {
  /** The first that works is used. */
  backends: readonly BackendName[];
  /** Decoders of pictures that share a host, which takes so many with it when it dies; 16 when absent. */
  jobsPerHost?: number;
  /** Resident bytes of a host; 1 GiB when absent. */
  memoryLimit?: number;
  /** Work that the machine does at most, in the units of `workOf`. */
  units: number;
};
