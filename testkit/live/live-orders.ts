import type { MessagePort } from "node:worker_threads";
import type { LiveTsOptions } from "@bilbycast/testkit/streams";
import type { CheckerOptions, CheckReport, DigestReport } from "@bilbycast/testkit/ts-checker";

/** What is sent: a made stream without end, or an MPEG-TS file of constant rate (bits per second), from its begin to its end and no further. */
export type LiveSource = { made: LiveTsOptions } | { file: string; rate: number };

/** `to`: `ip:port`. */
export type LiveStream = { source: LiveSource; to: string; rtp: boolean };

export type SenderPlan = { streams: LiveStream[] };
/** `streams` by their place in the plan. A stream that is stopped stands still; it goes on where it was. */
export type SenderOrder = { do: "start" | "stop"; streams: number[] } | { do: "count" } | { do: "end" };
/** Datagrams of each stream so far, and which files have come to their end. */
export type SenderAnswer = { sent: number[]; over: boolean[] };

export type ReceiverPlan = {
  sinks: { rtp: boolean }[];
  checker: CheckerOptions;
  /** The first datagrams of each sink, of which digests are made. */
  digestOf: number;
};
export type ReceiverOrder = { do: "sources" } | { do: "report" } | { do: "end" };

/** From here on a sink got packets of another made source. `at`: microseconds of the monotonic clock. */
export type Turn = { source: number; at: number; datagram: number };

export type LiveReport = {
  datagrams: number;
  check: CheckReport;
  /** Of the first datagrams, once they have all come. */
  digest: DigestReport | undefined;
  turns: Turn[];
  /** RTP sequence numbers that did not go on, and packets of another SSRC than the one before. */
  rtp: { sequenceErrors: number; sourceChanges: number };
};

/** For each sink: the made source of its latest packet (-1: none yet), and its datagrams so far. */
export type SinkState = { source: number; datagrams: number };

export type LiveBirth<Plan> = { port: MessagePort; plan: Plan };
