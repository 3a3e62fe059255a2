/** Levels from the most to the least talkative; `silent` says nothing. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Which lines the log has: those of a module by its own level, all others by `base`. */
export type LogFilter = { base: LogLevel | "silent"; modules: ReadonlyMap<string, LogLevel | "silent"> };

type Environment = Readonly<Record<string, string | undefined>>;

/** The level of one word; `off` is silence. */
export const readLogLevel = (text: string | undefined): LogLevel | "silent" | undefined => {
  const word = text?.trim().toLowerCase();
  return word === "off" ? "silent" : LOG_LEVELS.find((level) => level === word);
};

/**
 * The filter of the environment, before that of the command line: BILBYCAST_LOG, else RUST_LOG, as a list of directives like
 * `info,api=debug,bilbycast_edge::config=trace`. `bilbycast_edge=debug` is a level for all, where that is `program`, as filters of the
 * usual form name it; what stands behind `::` is a module of it. What is no directive is passed over.
 */
export const readLogFilter = (program: string, environment: Environment, word?: LogLevel | "silent"): LogFilter => {
  const own = environment["BILBYCAST_LOG"];
  const text = own === undefined || own.trim() === "" ? (environment["RUST_LOG"] ?? "") : own;
  const modules = new Map<string, LogLevel | "silent">();
  let plain: LogLevel | "silent" | undefined;
  let whole: LogLevel | "silent" | undefined;
  for (const directive of text.split(",")) {
    const [target = "", name] = directive.split("=").map((side) => side.trim().toLowerCase());
    const level = readLogLevel(name ?? target);
    if (level === undefined) {
      continue;
    }
    if (name === undefined) {
      plain = level;
    } else if (target === program) {
      whole = level;
    } else {
      modules.set(target.replace(`${program}::`, ""), level);
    }
  }
  return { base: whole ?? plain ?? word ?? "info", modules };
};
