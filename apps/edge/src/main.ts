import { readArguments, USAGE } from "./arguments.ts";
import { EXIT_CONFIG, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { oneLine } from "@bilbycast/service/log";
import { edgeVersion } from "./version.ts";

const invocation = readArguments(process.argv.slice(2), process.env);
switch (invocation.do) {
  case "help":
    process.stdout.write(USAGE);
    process.exitCode = EXIT_OK;
    break;
  case "version":
    process.stdout.write(`bilbycast-edge ${edgeVersion()}\n`);
    process.exitCode = EXIT_OK;
    break;
  case "refuse":
    for (const problem of invocation.problems) {
      process.stderr.write(`bilbycast-edge: ${problem}\n`);
    }
    process.stderr.write("bilbycast-edge: --help shows the options\n");
    process.exitCode = EXIT_USAGE;
    break;
  case "check": {
    const { reportConfig } = await import("./config-report.ts");
    const { lines, isRight } = await reportConfig(invocation.config, process.env);
    process.stdout.write(`${lines.map(oneLine).join("\n")}\n`);
    process.exitCode = isRight ? EXIT_OK : EXIT_CONFIG;
    break;
  }
  case "run": {
    // Loaded here, so that the answers above do not wait for the engine.
    const { run } = await import("./run.ts");
    await run(invocation.arguments);
  }
}
