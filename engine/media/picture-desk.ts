import type { MessagePort } from "node:worker_threads";
import type { HostPool, PoolJob } from "./host-pool.ts";
import { decodePicture, encodeRequest, type PictureSpec } from "./jobs.ts";
import type { MediaMessage, PictureQuestion } from "./orders.ts";
import { FROM_HOST, parseJson, TO_HOST } from "./wire.ts";
import { workOf } from "./work.ts";

/** Requests of one source that a host may have at once: who is slower gets fewer pictures, not older ones. */
const MOST_PENDING = 3;

type Source = { job: PoolJob; spec: PictureSpec; next: number; takenAt: Map<number, number> };

/** Takes what is to become pictures from those who look at streams, and gives the pictures to main. */
export class PictureDesk {
  readonly #pool: HostPool;
  readonly #tell: (message: MediaMessage, transfer?: readonly ArrayBuffer[]) => void;
  readonly #sources = new Map<number, Source>();

  constructor(pool: HostPool, tell: (message: MediaMessage, transfer?: readonly ArrayBuffer[]) => void) {
    this.#pool = pool;
    this.#tell = tell;
  }

  get work(): number {
    return [...this.#sources.values()].reduce((sum, { spec }) => sum + workOf(spec), 0);
  }

  /** Whoever is at the other end asks by it. When it closes, its sources stay until they are ended: another will ask for them. */
  listen(port: MessagePort): void {
    port.on("message", (question: PictureQuestion) => (question.ask === "end" ? this.#end(question.source) : this.#ask(question)));
  }

  #ask({ source: number, name, spec, units, wanted, takenAtMs }: Extract<PictureQuestion, { ask: "picture" }>): void {
    const source = this.#sourceOf(number, name, spec);
    const request = source.next++;
    if (
      source.job.pending >= MOST_PENDING ||
      !source.job.send(TO_HOST.decode, wanted, ...encodeRequest({ number: request, wanted, units }))
    ) {
      return;
    }
    if (wanted) {
      source.takenAt.set(request, takenAtMs);
    }
  }

  #sourceOf(number: number, name: string, spec: PictureSpec): Source {
    const known = this.#sources.get(number);
    if (known !== undefined && isSame(known.spec, spec)) {
      return known;
    }
    this.#end(number);
    const source: Source = {
      spec,
      next: 0,
      takenAt: new Map(),
      job: this.#pool.open(name, () => spec, false, {
        onOpened: () => source.takenAt.clear(),
        onMessage: (kind, body) => this.#hear(number, source, kind, body),
        onLost: (why) => this.#tell({ report: "noPicture", source: number, message: why }),
      }),
    };
    this.#sources.set(number, source);
    return source;
  }

  #end(number: number): void {
    this.#sources.get(number)?.job.close();
    this.#sources.delete(number);
  }

  #hear(number: number, source: Source, kind: number, body: Uint8Array): void {
    if (kind === FROM_HOST.picture) {
      const made = decodePicture(body);
      const takenAtMs = made === undefined ? undefined : source.takenAt.get(made.request);
      if (made !== undefined && takenAtMs !== undefined) {
        const { request, ...picture } = made;
        source.takenAt.delete(request);
        this.#tell({ report: "picture", source: number, picture, takenAtMs }, [picture.jpeg.buffer as ArrayBuffer]);
      }
    } else if (kind === FROM_HOST.noPicture) {
      const { request, message } = parseJson(body) as { request: number; message: string };
      source.takenAt.delete(request);
      this.#tell({ report: "noPicture", source: number, message });
    }
  }
}

const isSame = (left: PictureSpec, right: PictureSpec): boolean =>
  left.codec === right.codec && left.width === right.width && left.height === right.height && left.from === right.from;
