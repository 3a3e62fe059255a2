import type { TestEvent } from "node:test/reporters";

/** One line of a test file's report. */
export type TestLine = { outcome: "passed" | "failed" | "skipped"; name: string; error?: string };

/** A node:test reporter that writes one JSON object per finished test; suites are not tests. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type === "test:diagnostic" && !STATISTICS.test(event.data.message)) {
      // What went wrong outside of any test: it belongs to the file's output.
      process.stderr.write(`${event.data.message}\n`);
    }
    if ((event.type !== "test:pass" && event.type !== "test:fail") || event.data.details.type === "suite") {
      continue;
    }
    const line: TestLine = { outcome: event.type === "test:pass" ? "passed" : "failed", name: event.data.name };
    if (event.data.skip !== undefined || event.data.todo !== undefined) {
      line.outcome = "skipped";
    } else if (event.type === "test:fail") {
      line.error = inspectError(event.data.details.error);
    }
    yield `${JSON.stringify(line)}\n`;
  }
}

const STATISTICS = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

const inspectError = (error: Error): string => {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
};
