import type { Arguments } from "./arguments.ts";
import { isFault } from "@bilbycast/foundation/fault";
import type { ApiProblem } from "@bilbycast/contracts/edge-api";
import { Demonstration, DEMO_PORTS } from "./demo.ts";
import { startEdge, type RunningEdge } from "./edge.ts";
import { engineSettings } from "./engine-settings.ts";
import { EXIT_CONFIG, EXIT_CRASH, EXIT_OK } from "./exit-codes.ts";
import { openLog, type Log } from "./log.ts";
import { oneLine } from "@bilbycast/service/log";
import { mediaFolder } from "./media-folder.ts";
import { edgeVersion } from "./version.ts";

/** Milliseconds after which a stop that hangs is cut short. */
const STOP_PATIENCE = 5_000;

/** Runs the edge until a signal, or until the launcher that started it is gone. Never returns while it runs. */
export const run = async (words: Arguments): Promise<void> => {
  const log = openLog(words.demo && words.log.base === "info" ? { ...words.log, base: "warn" } : words.log, words.demo ? 2 : 1);
  dieLoudly(log);
  const demonstration = words.demo ? await Demonstration.prepare() : undefined;
  const restart = { count: Number(process.env["BILBYCAST_RESTARTS"] ?? 0), reason: process.env["BILBYCAST_RESTART_REASON"] ?? "" };
  const stopping = stopRequest();
  let edge: RunningEdge;
  try {
    const starting = startEdge({
      configPath: demonstration?.configPath ?? words.config,
      ...(words.bind === undefined ? {} : { bind: words.bind }),
      ...(words.port === undefined ? (demonstration === undefined ? {} : { ports: DEMO_PORTS }) : { ports: [words.port] }),
      ...(words.monitorPort === undefined ? {} : { monitorPort: words.monitorPort }),
      engine: engineSettings(process.env),
      mediaFolder: demonstration?.mediaFolder ?? mediaFolder(process.env),
      version: edgeVersion(),
      restart,
      log,
    });
    edge = await starting;
  } catch (error) {
    await demonstration?.remove();
    process.exit(refuse(error, log, restart.count));
  }
  demonstration?.show(edge);
  log.info({ reason: await stopping }, "stopping");
  setTimeout(() => {
    log.fatal("the stop took too long");
    process.exit(EXIT_CRASH);
  }, STOP_PATIENCE);
  demonstration?.hide();
  await edge.stop();
  await demonstration?.remove();
  log.info("stopped");
  process.exit(EXIT_OK);
};

/** What ends the edge in an orderly way. The launcher's end shows as the end of the channel to it. */
const stopRequest = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve(signal));
    }
    process.stdout.once("error", () => resolve("nobody reads the output"));
    if (process.connected) {
      process.once("disconnect", () => resolve("the launcher ended"));
    }
  });

const dieLoudly = (log: Log): void => {
  process.on("uncaughtException", (err) => {
    log.fatal({ err }, "an error of ours");
    process.exit(EXIT_CRASH);
  });
  process.on("unhandledRejection", (err) => {
    log.fatal({ err }, "an error of ours");
    process.exit(EXIT_CRASH);
  });
};

/** Faults that trying again cannot mend. */
const CONFIG_FAULTS: ReadonlySet<string> = new Set([
  "config_invalid",
  "config_unreadable",
  "enrolment_invalid",
  "secrets_unreadable",
  "secrets_key_unusable",
  "secrets_mismatch",
  "engine_setting_invalid",
  "backend_unavailable",
  "api_bind_failed",
  "tls_unusable",
]);

/** Faults of the machine, which may mend while an edge that ran already is started again. */
const PASSING_FAULTS: ReadonlySet<string> = new Set(["api_bind_failed", "tls_unusable"]);

/** Tells why the edge does not start, and how the process ends. After a crash even a busy port or a certificate is worth another try. */
const refuse = (error: unknown, log: Log, restarts: number): number => {
  if (!isFault(error) || !CONFIG_FAULTS.has(error.code)) {
    log.fatal({ err: error }, "the edge does not start");
    return EXIT_CRASH;
  }
  const { message, details } = error.toJSON();
  const problems = Array.isArray(details["problems"]) ? (details["problems"] as ApiProblem[]) : [];
  process.stderr.write(problems.length === 0 ? `bilbycast-edge: ${oneLine(message)}\n` : "bilbycast-edge: the configuration is wrong\n");
  for (const problem of problems) {
    process.stderr.write(`  ${oneLine(`${problem.field ?? problem.path}: ${problem.message}`)}\n`);
  }
  return restarts > 0 && PASSING_FAULTS.has(error.code) ? EXIT_CRASH : EXIT_CONFIG;
};
