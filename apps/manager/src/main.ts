import { isFault } from "@bilbycast/foundation/fault";
import { oneLine, readLogFilter } from "@bilbycast/service/log";
import { readArguments, USAGE } from "./arguments.ts";
import { EXIT_CONFIG, EXIT_CRASH, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { openLog, type Log } from "./log.ts";
import { managerVersion } from "./version.ts";

/** Faults that trying again does not mend. */
const FINAL =
  /^(keys_unusable|settings_(invalid|unreadable)|setup_invalid|tls_unusable|listen_failed|driver_unusable|database_(url_invalid|refused|too_old|newer_than_program|migration_changed|programs_(missing|unusable)|folder_(unusable|unreachable|in_use)|account_(unknown|refused)|version_mismatch))$/;

const main = async (): Promise<number> => {
  const invocation = readArguments(process.argv.slice(2));
  switch (invocation.do) {
    case "help":
      process.stdout.write(USAGE);
      return EXIT_OK;
    case "version":
      process.stdout.write(`bilbycast-manager ${managerVersion()}\n`);
      return EXIT_OK;
    case "refuse":
      process.stderr.write(`bilbycast-manager: ${invocation.problem}\nbilbycast-manager: --help shows what there is\n`);
      return EXIT_USAGE;
    case "serve": {
      const log = openLog(readLogFilter("bilbycast_manager", process.env, invocation.demo ? "warn" : "info").base);
      dieLoudly(log);
      // Loaded here, so that the answers above do not wait for the server.
      const { serve } = await import("./commands/serve.ts");
      await serve(invocation, process.env, log);
      return EXIT_OK;
    }
    case "setup": {
      const { setUp } = await import("./commands/setup.ts");
      await setUp(invocation.config, process.env, openLog("silent"));
      return EXIT_OK;
    }
    case "reset-password": {
      const { resetPassword } = await import("./commands/reset-password.ts");
      await resetPassword(invocation.config, invocation.username, process.env, openLog("silent"));
      return EXIT_OK;
    }
  }
};

const dieLoudly = (log: Log): void => {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (err) => {
      log.fatal({ err }, "an error of ours");
      process.exit(EXIT_CRASH);
    });
  }
};

try {
  process.exit(await main());
} catch (error) {
  const text = isFault(error) ? error.toJSON().message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`bilbycast-manager: ${isFault(error) ? oneLine(text) : text}\n`);
  process.exit(isFault(error) && FINAL.test(error.code) ? EXIT_CONFIG : EXIT_CRASH);
}
