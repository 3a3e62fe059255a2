import { PromisedStreamWatch } from "./promised-stream-watch.ts";

/** Watches inputs that are said to carry JPEG XS (VSF TR-07). */
export class Tr07Watch extends PromisedStreamWatch {
  constructor() {
    super({
      look: ({ analysis }) => {
        const checks = analysis?.tr101290;
        if (checks?.signal !== "in_sync") {
          return undefined;
        }
        return checks.tr07_compliant ? { pid: checks.jpeg_xs_pid } : "absent";
      },
      found: { code: "tr07_stream_found", message: (id) => `Input ${id} carries JPEG XS` },
      missing: { code: "tr07_stream_missing", message: (id) => `Input ${id} is to carry JPEG XS, and no program of its stream has any` },
    });
  }
}
