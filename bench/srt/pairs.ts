import { freePorts } from "@bilbycast/testkit/peers";
import { runningOf, startCommand, type Running } from "../forward/contender.ts";
import { startEdge } from "../forward/edge.ts";
import { BUFFER, LATENCY, PASSPHRASE, type Pair, type RunningPair, type SrtJob } from "./job.ts";

/** Two edges as a person starts them, launcher, REST and all, with one lane each. */
export const edgePair: Pair = {
  name: "edge",
  warmUp: 4,
  takes: ({ onePort }) => !onePort,
  start: (job) => bothEdges(job, [listenerConfig(job), job.flows], [callerConfig(job), job.flows]),
};

/** The same, where one flow goes to everybody who calls one port: its lanes share the port. */
export const onePortPair: Pair = {
  name: "edge",
  warmUp: 6,
  takes: ({ onePort }) => onePort,
  start: (job) => bothEdges(job, [sharedConfig(job), 1], [audienceConfig(job), job.flows]),
};

const bothEdges = async (
  { lanes }: SrtJob,
  [listening, listeningFlows]: [config: object, flows: number],
  [calling, callingFlows]: [config: object, flows: number],
): Promise<RunningPair> => {
  const listener = await startEdge(listening, { lanes, flows: listeningFlows });
  try {
    return { listener, caller: await startEdge(calling, { lanes, flows: callingFlows }) };
  } catch (error) {
    await listener.stop();
    throw error;
  }
};

const flowsOf = (job: SrtJob): number[] => Array.from({ length: job.flows }, (_, flow) => flow);

const srtFields = ({ cipher }: SrtJob): object => ({
  type: "srt",
  latency_ms: LATENCY,
  ...(cipher === undefined ? {} : { passphrase: PASSPHRASE, aes_key_len: cipher.keyLength, crypto_mode: `aes-${cipher.mode}` }),
});

const configOf = (job: SrtJob, input: (flow: number) => object, output: (flow: number) => object): object => ({
  version: 2,
  server: { listen_addr: "127.0.0.1", listen_port: 8080 },
  inputs: flowsOf(job).map((flow) => ({ id: `in-${flow}`, name: `in ${flow}`, active: true, ...input(flow) })),
  outputs: flowsOf(job).map((flow) => ({ id: `out-${flow}`, name: `out ${flow}`, active: true, ...output(flow) })),
  // The other pair looks at nothing: what looking costs is measured by the benchmark mpegts.
  flows: flowsOf(job).map((flow) => ({
    ...{ id: `flow-${flow}`, name: `flow ${flow}`, enabled: true, input_ids: [`in-${flow}`], output_ids: [`out-${flow}`] },
    ...{ tr101290: false, media_analysis: false },
  })),
});

/** Many flows bring 10 Mbit/s each, for which the buffers of a usual configuration do. */
const bufferOf = (job: SrtJob, field: string): object => (job.flows === 1 ? { [field]: BUFFER } : {});

const callerConfig = (job: SrtJob): object =>
  configOf(
    job,
    (flow) => ({ type: "udp", bind_addr: `127.0.0.1:${job.inputPort + flow}` }),
    (flow) => ({
      ...{ ...srtFields(job), mode: "caller", remote_addr: `127.0.0.1:${job.srtPort + flow}` },
      ...bufferOf(job, "send_buffer_size"),
    }),
  );

const listenerConfig = (job: SrtJob): object =>
  configOf(
    job,
    (flow) => ({
      ...{ ...srtFields(job), mode: "listener", local_addr: `127.0.0.1:${job.srtPort + flow}` },
      ...bufferOf(job, "recv_buffer_size"),
    }),
    (flow) => ({ type: "udp", dest_addr: `127.0.0.1:${job.outputPort + flow}` }),
  );

const sharedConfig = (job: SrtJob): object =>
  configOf(
    { ...job, flows: 1 },
    () => ({ type: "udp", bind_addr: `127.0.0.1:${job.inputPort}` }),
    () => ({
      ...{ ...srtFields(job), mode: "listener", local_addr: `127.0.0.1:${job.srtPort}` },
      ...{ max_connections: job.flows, lanes: job.lanes },
    }),
  );

const audienceConfig = (job: SrtJob): object =>
  configOf(
    job,
    () => ({ ...srtFields(job), mode: "caller", remote_addr: `127.0.0.1:${job.srtPort}` }),
    (flow) => ({ type: "udp", dest_addr: `127.0.0.1:${job.outputPort + flow}` }),
  );

/** libsrt's own tool at both ends, two processes for each flow: it knows one source and one target. */
export const libsrtPair = (program: string, knowsGcm: boolean): Pair => ({
  name: "libsrt",
  warmUp: 1.5,
  takes: ({ lanes, cipher, onePort }) => !onePort && lanes === 1 && (cipher?.mode !== "gcm" || knowsGcm),
  start: async (job) => {
    const listeners = flowsOf(job).map((flow) => tool(program, srtUrl(job, flow, "listener"), udpUrl(job.outputPort + flow)));
    await settled();
    const callers = flowsOf(job).map((flow) => tool(program, udpUrl(job.inputPort + flow), srtUrl(job, flow, "caller")));
    await settled();
    return { listener: together(listeners), caller: together(callers) };
  },
});

const SETTLE_MS = 500;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

const tool = (program: string, source: string, target: string): Running =>
  runningOf(startCommand([program, "-loglevel:error", "-chunk:1316", source, target]));

/** The socket's buffer is as large as the system lets anybody make it; the edge's is too. */
const udpUrl = (port: number): string => `udp://127.0.0.1:${port}?rcvbuf=16000000`;

const srtUrl = ({ srtPort, cipher }: SrtJob, flow: number, mode: string): string => {
  const bytes = BUFFER * 1_472;
  const secret =
    cipher === undefined
      ? []
      : [`passphrase=${PASSPHRASE}`, `pbkeylen=${cipher.keyLength}`, ...(cipher.mode === "gcm" ? ["cryptomode=2"] : [])];
  const query = [`mode=${mode}`, `latency=${LATENCY}`, "transtype=live", `rcvbuf=${bytes}`, `sndbuf=${bytes}`, ...secret];
  return `srt://127.0.0.1:${srtPort + flow}?${query.join("&")}`;
};

const together = (all: readonly Running[]): Running => ({
  processes: () => all.flatMap((one) => one.processes()),
  stop: async () => void (await Promise.all(all.map((one) => one.stop()))),
});

/** Ports for a job: apart from each other, and free now. */
export const portsFor = async (flows: number): Promise<Pick<SrtJob, "inputPort" | "srtPort" | "outputPort">> => {
  const first = await freePorts(3 * flows);
  return { inputPort: first, srtPort: first + flows, outputPort: first + 2 * flows };
};
