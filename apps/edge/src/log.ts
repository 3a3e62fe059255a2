import { pino, type DestinationStream, type Logger } from "pino";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";
import { declarations } from "@bilbycast/transports/declarations";
import type { Trouble } from "./event-trouble.ts";
import type { LogFilter } from "@bilbycast/service/log";
import { redact } from "@bilbycast/service/log";
import { oneLine } from "@bilbycast/service/log";
import { secretNames } from "./secret-names.ts";

export type Log = Logger;

/** Where a log goes, and which fields it never shows; those that the declarations mark as secret when absent. */
export type LogOptions = { destination?: DestinationStream; secrets?: ReadonlySet<string> };

/**
 * One JSON object a line. Written at once: what is said before a crash is on the disk. `to`: 1 standard output, 2 standard error.
 * Names from the wire or the configuration stay inside their strings, whatever characters they have.
 */
export const openLog = (filter: LogFilter | LogFilter["base"], to: 1 | 2 = 1, options: LogOptions = {}): Log => {
  const { base: level, modules } = typeof filter === "string" ? { base: filter, modules: new Map<string, LogFilter["base"]>() } : filter;
  const secrets = options.secrets ?? secretNames(declarations);
  const destination = options.destination ?? pino.destination({ fd: to, sync: true });
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      // What comes here has its form from the formatter already.
      serializers: { err: (error: unknown) => error },
      formatters: { log: (fields) => redact(fields, secrets) as Record<string, unknown> },
    },
    // What JSON leaves as it is and a terminal obeys: inside of strings the escape means the same.
    { write: (line: string) => destination.write(`${oneLine(line.trimEnd())}\n`) },
  );
  const logs = new Map([...modules].map(([module, own]) => [module, log.child({ module }, { level: own })]));
  moduleLogs.set(log, logs);
  return log;
};

/** Modules with a level of their own, by the log that they belong to. */
const moduleLogs = new WeakMap<Log, ReadonlyMap<string, Log>>();

/** The log of a module: `api`, or the category of an event. It says what the filter lets this module say. */
export const moduleLog = (log: Log, module: string): Log => moduleLogs.get(log)?.get(module) ?? log;

/** Events of the product as log lines. */
export const logEvent = (log: Log, event: EdgeEventRecord): void => {
  const { message, severity, sequence: _, time: _time, ...facts } = event;
  const level = severity === "critical" ? "error" : severity === "warning" ? "warn" : "info";
  moduleLog(log, event.category)[level](facts, message);
};

/** What the packets of a flow suffered in the last second, in one line. */
export const logTrouble = (log: Log, { flowId, counts }: Trouble): void => {
  moduleLog(log, "flow").warn({ flow_id: flowId, ...counts }, "packets in trouble");
};
