import type { MessagePort } from "node:worker_threads";
import type { HostPool, PoolJob } from "./host-pool.ts";
import { decodePicture, encodeRequest, type PictureSpec } from "./jobs.ts";
import type { MediaMessage, PictureHeard, PictureQuestion } from "./orders.ts";
import { FROM_HOST, parseJson, TO_HOST } from "./wire.ts";
import { workOf } from "./work.ts";

/** Requests of one source that a host may have at once: who is slower gets fewer pictures, not older ones. */
const MOST_PENDING = 3;

type Asked = Extract<PictureQuestion, { ask: "picture" }>;

type Source = {
  job: PoolJob;
  spec: PictureSpec;
  next: number;
  takenAt: Map<number, number>;
  /** The newest that came while no host was there, when it needs none before it. */
  held: Asked | undefined;
  /** What came behind the one that is held was left out. */
  isHeldAlone: boolean;
  /** Something is missing in between: nothing before the next beginning is of use. */
  isBroken: boolean;
};

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
    port.on("message", (question: PictureQuestion) => {
      if (question.ask === "end") {
        this.#end(question.source);
      } else {
        this.#ask(question);
        port.postMessage({ heard: question.units.reduce((sum, unit) => sum + unit.length, 0) } satisfies PictureHeard);
      }
    });
  }

  endAll(): void {
    for (const number of [...this.#sources.keys()]) {
      this.#end(number);
    }
  }

  #ask(asked: Asked): void {
    const source = this.#sourceOf(asked);
    if (source.isBroken && !asked.starts) {
      source.isHeldAlone = true;
      return;
    }
    source.isBroken = !this.#send(source, asked);
    source.isHeldAlone = false;
    source.held = source.isBroken && asked.starts && !source.job.isOpen ? asked : undefined;
  }

  /** False when the host has enough to do, or there is none. */
  #send(source: Source, { units, wanted, takenAtMs }: Asked): boolean {
    const { job } = source;
    const number = source.next++;
    const isSent = job.pending < MOST_PENDING && job.send(TO_HOST.decode, wanted, ...encodeRequest({ number, wanted, units }));
    if (isSent && wanted) {
      source.takenAt.set(number, takenAtMs);
    }
    return isSent;
  }

  #sourceOf({ source: number, name, spec }: Asked): Source {
    const known = this.#sources.get(number);
    if (known !== undefined && isSame(known.spec, spec)) {
      return known;
    }
    this.#end(number);
    const source: Source = {
      spec,
      next: 0,
      takenAt: new Map(),
      held: undefined,
      isHeldAlone: false,
      isBroken: true,
      job: this.#pool.open(name, () => spec, false, {
        onOpened: () => this.#opened(source),
        onMessage: (kind, body) => this.#hear(number, source, kind, body),
        onLost: (why) => {
          source.isBroken = true;
          this.#tell({ report: "noPicture", source: number, message: why, isLost: true });
        },
      }),
    };
    this.#sources.set(number, source);
    return source;
  }

  #opened(source: Source): void {
    source.takenAt.clear();
    const { held } = source;
    source.held = undefined;
    source.isBroken = held === undefined || !this.#send(source, held) || source.isHeldAlone;
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
      this.#tell({ report: "noPicture", source: number, message, isLost: false });
    }
  }
}

const isSame = (left: PictureSpec, right: PictureSpec): boolean =>
  left.codec === right.codec && left.width === right.width && left.height === right.height && left.from === right.from;
