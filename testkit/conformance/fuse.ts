import { declare } from "@bilbycast/engine/transport/declare";
import type { LaneTransport, Registry } from "@bilbycast/engine/transport";
import { NEVER } from "@bilbycast/foundation/time";
import { registry } from "@bilbycast/transports/registry";

const declaration = declare({
  kind: "fuse",
  title: "Ends the thread of its lane",
  runsOn: "lane",
  gives: "ts",
  stats: {},
  faults: { fuse_failed: "Its port is not to be had." },
});

const fuse: LaneTransport = {
  runsOn: "lane",
  declaration,
  openInput: (config, context) =>
    context.receive(
      { bind: (config as { bind_addr: string }).bind_addr, fault: "fuse_failed" },
      { deadline: NEVER, receive: () => process.exit(7), expire: () => {}, close: () => {} },
    ),
};

/** The product's transports, and one input with which a lane's thread ends when anything comes to it. */
export const withFuse: Registry = new Map([...registry, [declaration.kind, fuse]]);

/** A stage on which flows may have that input, `fuse`. */
export const FUSED = { registry: withFuse, laneEntry: new URL("./lane-with-fuse.ts", import.meta.url) };
