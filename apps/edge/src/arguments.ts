import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { LOG_LEVELS, readLogFilter, readLogLevel, type LogFilter } from "@bilbycast/service/log";

/** What the command line asks for. What it leaves out is left to the configuration. */
export type Arguments = {
  config: string;
  /** 0: the system chooses, and the log says which. */
  port?: number;
  bind?: string;
  /** Port of the monitor page; 0: the system chooses. */
  monitorPort?: number;
  log: LogFilter;
  demo: boolean;
};

export type Invocation =
  | { do: "run"; arguments: Arguments }
  | { do: "check"; config: string }
  | { do: "help" }
  | { do: "version" }
  | { do: "refuse"; problems: readonly string[] };

export const USAGE = `bilbycast-edge [OPTIONS]
bilbycast-edge check-config [--config <PATH>]

Moves live MPEG-TS between places. check-config tells everything that is wrong with a configuration, and changes nothing.

Options:
  -c, --config <PATH>      Configuration file [default: ./config.json]
  -p, --port <PORT>        REST port instead of the configured one; 0 lets the system choose
  -b, --bind <ADDRESS>     REST address instead of the configured one
      --monitor-port <PORT>  Port of the monitor page instead of the configured one
  -l, --log-level <LEVEL>  trace, debug, info, warn or error [default: info]
      --demo               Run a demonstration without a configuration
  -h, --help               Print this help
  -V, --version            Print the version

BILBYCAST_LOG, else RUST_LOG, goes before --log-level and knows modules: info,api=debug.
Media files are taken from BILBYCAST_MEDIA_DIR, else $XDG_DATA_HOME/bilbycast/media, $HOME/.bilbycast/media or ./media.
`;

/** Reads the command line without touching anything. `environment` brings BILBYCAST_LOG and RUST_LOG. */
export const readArguments = (words: readonly string[], environment: Readonly<Record<string, string | undefined>>): Invocation => {
  const isCheck = words[0] === "check-config";
  let values: Values;
  try {
    values = parseArgs({ args: words.slice(isCheck ? 1 : 0), options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    return { do: "refuse", problems: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) {
    return { do: "help" };
  }
  if (values.version === true) {
    return { do: "version" };
  }
  const config = values.config ?? "./config.json";
  if (isCheck) {
    const strays = Object.keys(values).filter((name) => name !== "config");
    const problems = strays.map((name) => `check-config takes --config alone, not --${name}`);
    return problems.length > 0 ? { do: "refuse", problems } : { do: "check", config };
  }
  const problems: string[] = [];
  const port = readPort("port", values.port, problems);
  const monitorPort = readPort("monitor-port", values["monitor-port"], problems);
  const bind = readBind(values.bind, problems);
  const level = readLogLevel(values["log-level"]);
  if (values["log-level"] !== undefined && level === undefined) {
    problems.push(`--log-level must be one of ${LOG_LEVELS.join(", ")}, not "${values["log-level"]}"`);
  }
  if (problems.length > 0) {
    return { do: "refuse", problems };
  }
  return {
    do: "run",
    arguments: {
      config,
      ...(port === undefined ? {} : { port }),
      ...(bind === undefined ? {} : { bind }),
      ...(monitorPort === undefined ? {} : { monitorPort }),
      log: readLogFilter("bilbycast_edge", environment, level),
      demo: values.demo === true,
    },
  };
};

const OPTIONS = {
  config: { type: "string", short: "c" },
  port: { type: "string", short: "p" },
  bind: { type: "string", short: "b" },
  "monitor-port": { type: "string" },
  "log-level": { type: "string", short: "l" },
  demo: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

const readPort = (name: string, text: string | undefined, problems: string[]): number | undefined => {
  if (text === undefined) {
    return undefined;
  }
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    problems.push(`--${name} must be a number from 0 to 65535, not "${text}"`);
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
