import { createWriteStream } from "node:fs";
import { Socket } from "node:net";
import type { Codecs } from "./codecs.ts";
import { openFfmpeg } from "./ffmpeg-codecs.ts";
import { Host } from "./host.ts";
import { openJob } from "./open-job.ts";

/** A host of codecs: the program of a child process. It speaks over descriptor 3 and ends when that ends. */
const main = async (backend: string | undefined): Promise<void> => {
  const codecs = await openCodecs(backend);
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

const openCodecs = async (backend: string | undefined): Promise<Codecs> => {
  switch (backend) {
    case "ffmpeg":
      return openFfmpeg();
    case "node-av":
      return (await import("./node-av-codecs.ts")).openNodeAv();
    default:
      throw new Error(`there is no library ${backend}`);
  }
};

main(process.argv[2]).catch((error: unknown) => {
  createWriteStream("", { fd: 2 }).end(error instanceof Error ? error.message : String(error), () => process.exit(2));
});
