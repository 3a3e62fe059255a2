export { LOG_LEVELS, readLogFilter, readLogLevel, type LogFilter, type LogLevel } from "./filter.ts";
export { redact, REDACTED } from "./redaction.ts";
export { oneLine } from "./text.ts";
