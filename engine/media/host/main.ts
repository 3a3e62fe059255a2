import { createWriteStream } from "node:fs";
import { Socket } from "node:net";
import type { BackendName } from "../jobs.ts";
import { openFfmpeg } from "./ffmpeg-codecs.ts";
import { Host } from "./host.ts";
import { openJob } from "./open-job.ts";

/** A host of codecs: the program of a child process. It speaks over descriptor 3 and ends when that ends. */
const main = async (backend: BackendName): Promise<void> => {
  const codecs = backend === "ffmpeg" ? await openFfmpeg() : await (await import("./node-av-codecs.ts")).openNodeAv();
  const pipe = new Socket({ fd: 3, readable: true, writable: true });
  const host = new Host(codecs, openJob, (bytes) => void pipe.write(bytes));
  pipe.on("data", (bytes: Buffer) => {
    if (!host.push(bytes)) {
      process.exit(3);
    }
  });
  // Whoever we serve is gone.
  pipe.on("close", () => process.exit(0));
  pipe.on("error", () => process.exit(0));
};

main(process.argv[2] === "ffmpeg" ? "ffmpeg" : "node-av").catch((error: unknown) => {
  createWriteStream("", { fd: 2 }).end(error instanceof Error ? error.message : String(error), () => process.exit(2));
});
