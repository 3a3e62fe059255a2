import type { Programs } from "./compile.ts";
import { commandContender, type Contender, type Job } from "./contender.ts";
import { edgeContender } from "./edge.ts";

/** Everybody who takes part; the edge and C first, since their ratio is what the benchmark is for. */
export const contenders = (programs: Programs): Contender[] => [
  edgeContender,
  cContender(programs),
  dgramContender,
  multicat,
  socat,
  ffmpeg,
];

const once = (contender: Contender): Contender => ({ ...contender, once: true });

const anything = (): boolean => true;

const cContender = (programs: Programs): Contender =>
  commandContender("C", 1, anything, (job) => [programs.forward, ...jobArguments(job)], "ready");

const jobArguments = (job: Job): string[] => [
  ...["--in", job.inputPort, "--out", job.outputPort, "--flows", job.flows, "--outputs", job.outputs, "--tick", job.tick].map(String),
  ...(job.trains ? ["--trains"] : []),
];

const DGRAM = new URL("dgram-forwarder.ts", import.meta.url).pathname;

const dgramContender = commandContender(
  "node:dgram",
  3,
  ({ trains, tick, flows }) => !trains && (tick === 0 || flows > 1),
  (job) => [process.execPath, DGRAM, ...[job.inputPort, job.outputPort, job.flows, job.outputs].map(String)],
  "ready",
);

/** These know one input and one output, no trains and no tick. */
const isPlainPair = (job: Job): boolean => job.flows === 1 && job.outputs === 1 && !job.trains && job.tick === 0;

const multicat = commandContender("multicat", 1, isPlainPair, (job) => [
  "multicat",
  "-u",
  "-U",
  `@127.0.0.1:${job.inputPort}`,
  `127.0.0.1:${job.outputPort}`,
]);

const socat = once(
  commandContender("socat", 1, isPlainPair, (job) => [
    ...["socat", "-u", "-b", "65536"],
    `UDP4-RECV:${job.inputPort},bind=127.0.0.1,rcvbuf=8000000`,
    `UDP4-SENDTO:127.0.0.1:${job.outputPort}`,
  ]),
);

const ffmpeg = once(
  commandContender("ffmpeg", 1, isPlainPair, (job) => [
    ...["ffmpeg", "-hide_banner", "-nostats", "-loglevel", "error", "-f", "data", "-probesize", "32"],
    ...["-i", `udp://127.0.0.1:${job.inputPort}?fifo_size=1000000&overrun_nonfatal=1&buffer_size=8000000`],
    ...["-map", "0", "-c", "copy", "-f", "data", `udp://127.0.0.1:${job.outputPort}?pkt_size=1316`],
  ]),
);
