import { parseArgs } from "node:util";

export type Invocation =
  | { do: "serve"; config: string | undefined; port: number | undefined; demo: boolean }
  | { do: "setup"; config: string | undefined }
  | { do: "reset-password"; config: string | undefined; username: string }
  | { do: "help" }
  | { do: "version" }
  | { do: "refuse"; problem: string };

export const USAGE = `bilbycast-manager serve [--config <PATH>] [--port <PORT>]
bilbycast-manager setup [--config <PATH>]
bilbycast-manager reset-password --username <NAME> [--config <PATH>]

Shows and steers nodes of many groups from a browser.

  serve            Run the manager
  setup            Prepare the database and ask for the first administrator; does nothing when there are people already
  reset-password   Give a person a new password

Options:
  -c, --config <PATH>      Settings (TOML) [default: config/default.toml of the program]
  -p, --port <PORT>        Port instead of the one of the settings
  -u, --username <NAME>    Whose password
  -h, --help               Print this help
  -V, --version            Print the version

BILBYCAST_JWT_SECRET and BILBYCAST_MASTER_KEY must be set: 64 hex digits each ("openssl rand -hex 32" makes one).
The first administrator may come from BILBYCAST_ADMIN_USERNAME, BILBYCAST_ADMIN_PASSWORD and BILBYCAST_ADMIN_EMAIL instead of the terminal.
`;

/** Reads the command line without touching anything. */
export const readArguments = (words: readonly string[]): Invocation => {
  let parsed: Parsed;
  try {
    parsed = parseArgs({ args: [...words], options: OPTIONS, strict: true, allowPositionals: true });
  } catch (error) {
    return { do: "refuse", problem: error instanceof Error ? error.message : String(error) };
  }
  const { positionals, values } = parsed;
  if (values.help === true) {
    return { do: "help" };
  }
  if (values.version === true) {
    return { do: "version" };
  }
  const [command, ...more] = positionals;
  if (more.length > 0) {
    return { do: "refuse", problem: `One command at a time, not also "${more.join(" ")}"` };
  }
  const stray = strayOf(command, values);
  return stray === undefined ? invocationOf(command, values) : { do: "refuse", problem: stray };
};

const OPTIONS = {
  config: { type: "string", short: "c" },
  port: { type: "string", short: "p" },
  username: { type: "string", short: "u" },
  demo: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

type Parsed = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;
type Values = Parsed["values"];

const TAKEN: Readonly<Record<string, readonly string[]>> = {
  serve: ["config", "port", "demo"],
  setup: ["config"],
  "reset-password": ["config", "username"],
};

const strayOf = (command: string | undefined, values: Values): string | undefined => {
  const taken = TAKEN[command ?? ""];
  const stray = Object.keys(values).find((name) => taken !== undefined && !taken.includes(name));
  return stray === undefined ? undefined : `${command} takes no --${stray}`;
};

const invocationOf = (command: string | undefined, { config, demo, port, username }: Values): Invocation => {
  switch (command) {
    case "serve": {
      if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)) {
        return { do: "refuse", problem: `--port must be a number from 0 to 65535, not "${port}"` };
      }
      return { do: "serve", config, port: port === undefined ? undefined : Number(port), demo: demo === true };
    }
    case "setup":
      return { do: "setup", config };
    case "reset-password":
      return username === undefined
        ? { do: "refuse", problem: "reset-password needs --username" }
        : { do: "reset-password", config, username };
    default:
      return {
        do: "refuse",
        problem: command === undefined ? "It must be said what to do: serve, setup or reset-password" : `There is no command "${command}"`,
      };
  }
};
