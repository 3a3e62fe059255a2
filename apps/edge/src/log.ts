import { pino, type Logger } from "pino";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";
import type { LogLevel } from "./arguments.ts";

export type Log = Logger;

/** One JSON object a line. Written at once: what is said before a crash is on the disk. `to`: 1 standard output, 2 standard error. */
export const openLog = (level: LogLevel, to: 1 | 2 = 1): Log =>
  pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: to, sync: true }));

/** Events of the product as log lines. */
export const logEvent = (log: Log, event: EdgeEventRecord): void => {
  const { message, severity, sequence: _, time: _time, ...facts } = event;
  const level = severity === "critical" ? "error" : severity === "warning" ? "warn" : "info";
  log[level](facts, message);
};
