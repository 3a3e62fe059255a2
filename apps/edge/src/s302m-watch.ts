import { PromisedStreamWatch } from "./promised-stream-watch.ts";

/** Watches inputs that are said to carry uncompressed audio by SMPTE ST 302: what their program maps say. */
export class S302mWatch extends PromisedStreamWatch {
  constructor() {
    super({
      look: ({ analysis }, rate) => {
        const programs = analysis?.catalog?.programs ?? [];
        if (programs.length === 0 || (rate?.packets ?? 0) === 0) {
          return undefined;
        }
        const pids = programs.flatMap(({ streams }) => streams.filter(({ codec }) => codec === CODEC).map(({ pid }) => pid));
        return pids.length > 0 ? { pids } : "absent";
      },
      found: { code: "audio_302m_found", message: (id) => `Input ${id} carries audio by SMPTE ST 302` },
      missing: {
        code: "audio_302m_missing",
        message: (id) => `Input ${id} is to carry audio by SMPTE ST 302, and no program of its stream has any`,
      },
    });
  }
}

/** As the catalogue calls it. */
const CODEC = "SMPTE 302M";
