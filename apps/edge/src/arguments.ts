import { isIP } from "node:net";
import { parseArgs } from "node:util";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the command line asks for. What it leaves out is left to the configuration. */
export type Arguments = {
  config: string;
  /** 0: the system chooses, and the log says which. */
  port?: number;
  bind?: string;
  logLevel: LogLevel;
  demo: boolean;
};

export type Invocation =
  | { do: "run"; arguments: Arguments }
  | { do: "help" }
  | { do: "version" }
  | { do: "refuse"; problems: readonly string[] };

export const USAGE = `bilbycast-edge [OPTIONS]

Moves live MPEG-TS between places.

Options:
  -c, --config <PATH>      Configuration file [default: ./config.json]
  -p, --port <PORT>        REST port instead of the configured one; 0 lets the system choose
  -b, --bind <ADDRESS>     REST address instead of the configured one
  -l, --log-level <LEVEL>  trace, debug, info, warn or error [default: info]; RUST_LOG goes before it
      --demo               Run a demonstration without a configuration
  -h, --help               Print this help
  -V, --version            Print the version

Media files are taken from BILBYCAST_MEDIA_DIR, else $XDG_DATA_HOME/bilbycast/media, $HOME/.bilbycast/media or ./media.
`;

/** Reads the command line without touching anything. `environment` brings RUST_LOG. */
export const readArguments = (words: readonly string[], environment: Readonly<Record<string, string | undefined>>): Invocation => {
  let values: Values;
  try {
    values = parseArgs({ args: [...words], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    return { do: "refuse", problems: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) {
    return { do: "help" };
  }
  if (values.version === true) {
    return { do: "version" };
  }
  const problems: string[] = [];
  const port = readPort(values.port, problems);
  const bind = readBind(values.bind, problems);
  const level = readLevel(environment["RUST_LOG"]) ?? readLevel(values["log-level"]);
  if (values["log-level"] !== undefined && readLevel(values["log-level"]) === undefined) {
    problems.push(`--log-level must be one of ${LOG_LEVELS.join(", ")}, not "${values["log-level"]}"`);
  }
  if (problems.length > 0) {
    return { do: "refuse", problems };
  }
  return {
    do: "run",
    arguments: {
      config: values.config ?? "./config.json",
      ...(port === undefined ? {} : { port }),
      ...(bind === undefined ? {} : { bind }),
      logLevel: level ?? "info",
      demo: values.demo === true,
    },
  };
};

const OPTIONS = {
  config: { type: "string", short: "c" },
  port: { type: "string", short: "p" },
  bind: { type: "string", short: "b" },
  "log-level": { type: "string", short: "l" },
  demo: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

const readPort = (text: string | undefined, problems: string[]): number | undefined => {
  if (text === undefined) {
    return undefined;
  }
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    problems.push(`--port must be a number from 0 to 65535, not "${text}"`);
    return undefined;
  }
  return port;
};

const readBind = (text: string | undefined, problems: string[]): string | undefined => {
  if (text === undefined) {
    return undefined;
  }
  const host = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(host) === 0) {
    problems.push(`--bind must be an IP address like 127.0.0.1 or ::1, without a port, not "${text}"`);
    return undefined;
  }
  return host;
};

/** A plain level, or the one that a list of directives gives to this program: `bilbycast_edge=debug,other=info`. */
const readLevel = (text: string | undefined): LogLevel | undefined => {
  const directives = (text ?? "").toLowerCase().split(",");
  const own = directives.find((directive) => directive.startsWith("bilbycast_edge="))?.split("=")[1];
  return LOG_LEVELS.find((level) => level === own) ?? LOG_LEVELS.find((level) => directives.includes(level));
};
