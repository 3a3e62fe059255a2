import { writeFileSync } from "node:fs";
import { peer, type Peer } from "./peer.ts";

/** Where dvblast sends one program. */
export type DvblastOutput = { port: number; programNumber: number };

/**
 * Receives a multiplex on 127.0.0.1:port and sends single programs of it over UDP, streams of every type, no tables besides PAT and PMT.
 * `file` becomes its configuration.
 */
export const dvblast = (port: number, outputs: readonly DvblastOutput[], file: string): Peer => {
  writeFileSync(file, outputs.map((output) => `127.0.0.1:${output.port}/udp 1 ${output.programNumber}\n`).join(""));
  return peer("dvblast", ["-D", `@127.0.0.1:${port}/udp`, "-c", file, "-U", "-z"]);
};
