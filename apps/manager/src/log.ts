import { pino, type DestinationStream, type Logger } from "pino";
import { oneLine, redact, type LogLevel } from "@bilbycast/service/log";

export type Log = Logger;

/** Fields that no log ever shows, wherever they are. In lower case. */
const SECRETS: ReadonlySet<string> = new Set([
  "password",
  "current_password",
  "new_password",
  "password_hash",
  "registration_token",
  "node_secret",
  "new_secret",
  "token",
  "csrf_token",
  "authorization",
  "cookie",
  "set-cookie",
  "passphrase",
  "stream_key",
  "auth_token",
  "bearer_token",
  "tunnel_key",
  "tunnel_psk",
  "config",
  "config_enc",
]);

/** One JSON object a line, written at once. Names from elsewhere stay inside their strings. */
export const openLog = (level: LogLevel | "silent", destination: DestinationStream = pino.destination({ fd: 1, sync: true })): Log =>
  pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => error },
      formatters: { log: (fields) => redact(fields, SECRETS) as Record<string, unknown> },
    },
    { write: (line: string) => destination.write(`${oneLine(line.trimEnd())}\n`) },
  );
