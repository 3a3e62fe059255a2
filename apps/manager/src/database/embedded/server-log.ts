import { closeSync, existsSync, openSync, readSync, renameSync, fstatSync, statSync } from "node:fs";
import { Fault } from "@bilbycast/foundation/fault";
import { unnamed } from "./account.ts";

/** The size at which a start keeps the log as `.1` and begins a new one. */
const LOG_BYTES_MAX = 1 << 20;

/** How much of its end goes into a fault. */
const TAIL_BYTES = 2048;

/** The log that the server writes by itself, since it may outlive whoever started it. */
export class ServerLog {
  readonly path: string;
  #start = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Opens it for a new server; what that server wrote can be told apart from then on. */
  open(): number {
    if ((statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) {
      renameSync(this.path, `${this.path}.1`);
    }
    const file = openSync(this.path, "a", 0o640);
    this.#start = fstatSync(file).size;
    return file;
  }

  /** The last of what the newest server wrote. */
  tail(): string {
    if (!existsSync(this.path)) {
      return "";
    }
    const file = openSync(this.path, "r");
    try {
      const from = Math.max(this.#start, fstatSync(file).size - TAIL_BYTES);
      const bytes = Buffer.alloc(TAIL_BYTES);
      return bytes.toString("utf8", 0, readSync(file, bytes, 0, TAIL_BYTES, from)).trim();
    } finally {
      closeSync(file);
    }
  }
}

/** What the last words of `initdb` or of a server that did not start mean; `code` when they mean nothing known. */
export const faultOfOutput = (code: string, sentence: string, output: string): Fault => {
  if (/No space left on device|Disk quota exceeded/.test(output)) {
    return new Fault("database_disk_full", `There is no room left on the disk of the database. ${lastLines(output)}`);
  }
  if (/could not look up effective user ID/.test(output)) {
    return unnamed(process.getuid?.());
  }
  return new Fault(code, `${sentence} ${lastLines(output)}`);
};

const lastLines = (output: string): string => output.trim().split("\n").slice(-4).join(" | ");
