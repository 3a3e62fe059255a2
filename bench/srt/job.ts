import { spawn } from "node:child_process";
import type { Running } from "../forward/contender.ts";

/** What encrypts, and with how many bytes of key. */
export type Cipher = { mode: "ctr" | "gcm"; keyLength: 16 | 32 };

/** What a pair is asked to do. Flow f comes to 127.0.0.1:inputPort + f, crosses SRT at srtPort + f and leaves to outputPort + f. */
export type SrtJob = {
  flows: number;
  /** Of each edge. */
  lanes: number;
  cipher: Cipher | undefined;
  /** All connections go to one port, and carry one flow: it comes to inputPort, and to srtPort alone is called. */
  onePort: boolean;
  inputPort: number;
  srtPort: number;
  outputPort: number;
};

/** Both ends of the connections, each with all its processes. `listener`: whose lanes are looked at. */
export type RunningPair = { caller: Running; listener: Running };

/** Two programs that are measured as one: UDP to an SRT caller, and its listener to UDP. */
export type Pair = {
  name: string;
  /** Seconds until it costs what it costs: JavaScript is compiled while traffic runs. */
  warmUp: number;
  takes(row: { lanes: number; cipher: Cipher | undefined; onePort: boolean }): boolean;
  start(job: SrtJob): Promise<RunningPair>;
};

/** From the sending to the delivery. Milliseconds: the default of libsrt and of the edge. */
export const LATENCY = 120;

/** Packets that either side keeps: four times what 500 Mbit/s bring within the latency, so that no buffer decides. */
export const BUFFER = 16_384;

export const PASSPHRASE = "a-passphrase-of-some-length";

/** Whether a program of that name can be started. */
export const isThere = (program: string): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(program, ["-version"], { stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("close", () => resolve(true));
  });
