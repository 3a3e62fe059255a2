import { messageOf as textOf } from "@bilbycast/foundation/fault";
import type { JobSpec } from "../jobs.ts";
import { FROM_HOST, jsonOf, MessageReader, messageOf, parseJson, TO_HOST } from "../wire.ts";
import type { Codecs } from "./codecs.ts";
import type { HostJob, Say } from "./host-job.ts";

/** Opens what an order names. Throws when it cannot be. */
export type OpenJob = (codecs: Codecs, spec: JobSpec, say: Say) => Promise<HostJob>;

type Line = { job: HostJob | undefined; last: Promise<void>; isClosed: boolean };

/** The jobs of one host process, each with a line of its own in which its messages are done one after the other. */
export class Host {
  readonly #codecs: Codecs;
  readonly #openJob: OpenJob;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #lines = new Map<number, Line>();
  readonly #reader = new MessageReader((kind, job, body) => this.#hear(kind, job, body));

  constructor(codecs: Codecs, openJob: OpenJob, write: (bytes: Uint8Array) => void) {
    this.#codecs = codecs;
    this.#openJob = openJob;
    this.#write = write;
    write(messageOf(FROM_HOST.ready, 0, jsonOf(codecs.facts)));
  }

  /** Bytes of the pipe. False when they are not ours: the process has nothing more to do. */
  push(bytes: Uint8Array): boolean {
    return this.#reader.push(bytes);
  }

  #hear(kind: number, number: number, body: Uint8Array): void {
    if (kind === TO_HOST.ping) {
      this.#write(messageOf(FROM_HOST.pong, 0, body));
    } else if (kind === TO_HOST.open) {
      const line: Line = { job: undefined, last: Promise.resolve(), isClosed: false };
      this.#lines.set(number, line);
      this.#then(number, line, () => this.#open(number, line, parseJson(body) as JobSpec));
    } else {
      const line = this.#lines.get(number);
      if (line !== undefined && kind === TO_HOST.close) {
        this.#end(number, line);
      } else if (line !== undefined) {
        this.#then(number, line, async () => {
          if (!line.isClosed) {
            await line.job?.take(kind, body);
          }
        });
      }
    }
  }

  async #open(number: number, line: Line, spec: JobSpec): Promise<void> {
    const say: Say = (kind, ...parts) => {
      if (!line.isClosed) {
        this.#write(messageOf(kind, number, ...parts));
      }
    };
    const job = await this.#openJob(this.#codecs, spec, say);
    line.job = job;
    say(FROM_HOST.opened);
  }

  #then(number: number, line: Line, work: () => Promise<void>): void {
    line.last = line.last.then(work).catch((error: unknown) => {
      if (!line.isClosed) {
        this.#write(messageOf(FROM_HOST.failed, number, jsonOf({ message: textOf(error) })));
        this.#end(number, line);
      }
    });
  }

  /** What is under way is finished before anything is freed. */
  #end(number: number, line: Line): void {
    line.isClosed = true;
    this.#lines.delete(number);
    line.last = line.last.then(() => line.job?.close());
  }
}
