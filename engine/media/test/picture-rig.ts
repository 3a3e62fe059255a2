import { HostPool, type PoolEvent, type PoolJob, type PoolOptions } from "../host-pool.ts";
import { decodePicture, encodeRequest, type Picture, type PictureSpec } from "../jobs.ts";
import { FROM_HOST, parseJson, TO_HOST } from "../wire.ts";

type Answer = Picture | { why: string };

/** A job of pictures in a pool, asked one thing at a time. */
export class PictureSource {
  readonly lost: string[] = [];
  readonly #job: PoolJob;
  readonly #opened = Promise.withResolvers<void>();
  #answers: ((answer: Answer) => void)[] = [];
  #number = 0;
  isOpen = false;

  constructor(pool: HostPool, name: string, spec: PictureSpec) {
    this.#job = pool.open(name, () => spec, false, {
      onOpened: () => {
        this.isOpen = true;
        this.#opened.resolve();
      },
      onMessage: (kind, body) => {
        const [first] = this.#answers.splice(0, 1);
        if (kind === FROM_HOST.picture) {
          const picture = decodePicture(body);
          first?.(picture ?? { why: "no picture" });
        } else {
          first?.({ why: (parseJson(body) as { message: string }).message });
        }
      },
      onLost: (why) => {
        this.isOpen = false;
        this.lost.push(why);
        for (const answer of this.#answers.splice(0)) {
          answer({ why });
        }
      },
    });
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get isSuspect(): boolean {
    return this.#job.isSuspect;
  }

  /** False when the host does not take it. */
  feed(units: readonly Uint8Array[]): boolean {
    return this.#job.send(TO_HOST.decode, false, ...encodeRequest({ number: ++this.#number, wanted: false, units }));
  }

  ask(units: readonly Uint8Array[]): Promise<Answer> {
    return new Promise((resolve) => {
      const number = ++this.#number;
      if (this.#job.send(TO_HOST.decode, true, ...encodeRequest({ number, wanted: true, units }))) {
        this.#answers.push(resolve);
      } else {
        resolve({ why: "not open" });
      }
    });
  }

  close(): void {
    this.#job.close();
  }
}

export const keySpec = (codec: PictureSpec["codec"]): PictureSpec => ({ kind: "pictures", codec, width: 320, height: 180, from: "key" });

/** A pool that keeps what it told. */
export const poolOf = (options: Partial<PoolOptions> = {}): { pool: HostPool; events: PoolEvent[] } => {
  const events: PoolEvent[] = [];
  const pool = new HostPool({
    backends: ["node-av"],
    jobsPerHost: 16,
    mostHosts: 32,
    ...options,
    onEvent: (event) => events.push(event),
  });
  return { pool, events };
};
