import { isFault } from "@bilbycast/foundation/fault";
import { Engine } from "../engine.ts";
import { registry } from "./transports.ts";

/** An engine whose lanes throw as soon as they begin: says how it was refused, and should end by itself. */
try {
  await Engine.start({
    lanes: 2,
    tick: 0,
    backend: "dgram",
    laneEntry: new URL("broken-lane-entry.ts", import.meta.url),
    sessionEntry: new URL("session-entry.ts", import.meta.url),
    registry,
    mediaFolder: "",
    onEvent: () => {},
  });
} catch (error) {
  process.stdout.write(isFault(error) ? error.code : String(error));
}
