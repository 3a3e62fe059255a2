import assert from "node:assert/strict";
import { test } from "node:test";
import { readLogFilter } from "@bilbycast/service/log";
import { logEvent, moduleLog, openLog } from "../src/log.ts";

test("a module speaks by its own level and the others by that of all", () => {
  const lines: string[] = [];
  const filter = readLogFilter("bilbycast_edge", { BILBYCAST_LOG: "warn,api=debug,config=off" });
  const log = openLog(filter, 1, { destination: { write: (line: string) => void lines.push(line) } });
  const event = { sequence: 1, time: "", code: "x", message: "told", severity: "critical" as const };

  log.info("base info");
  log.warn("base warn");
  moduleLog(log, "api").debug("api debug");
  moduleLog(log, "flow").info("flow info");
  moduleLog(log, "config").error("config error");
  logEvent(log, { ...event, category: "config" } as never);
  logEvent(log, { ...event, category: "flow" } as never);

  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as { msg: string; module?: string }).map(({ msg, module }) => [msg, module]),
    [
      ["base warn", undefined],
      ["api debug", "api"],
      ["told", undefined],
    ],
  );
});
