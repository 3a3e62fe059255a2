import type { Connection, ConnectionEnd, SessionOutputContext } from "@bilbycast/engine/transport";
import { NEVER, seconds, type Instant } from "@bilbycast/foundation/time";
import {
  AAC_CONFIGURATION,
  AAC_FRAME,
  Publisher,
  videoFrameHeader,
  videoSequenceHeader,
  type AmfValue,
  type Refusal,
  type VideoCodec,
} from "@bilbycast/protocols/rtmp";
import type { declaration } from "./declaration.ts";
import type { Frame } from "./frame-queue.ts";

/** Where the stream goes. */
export type Target = { host: string; port: number; tls: boolean; app: string; tcUrl: string; streamKey: string };

/** Why a connection is over: the server said no, or there is none (any more). */
export type LinkEnd =
  | { how: "refused"; refusal: Refusal; wasPublishing: boolean }
  | { how: "closed"; reason: ConnectionEnd | "server_stalled"; message: string; wasPublishing: boolean };

export type LinkListener = {
  publishing(): void;
  /** There is room for more. */
  ready(): void;
  /** Told once, and nothing after it. */
  ended(end: LinkEnd): void;
};

/** Bytes that may wait in the connection: more waits in the queue, where it can be given up. */
const MOST_WAITING = 262_144;
/** More than any picture: a server that asks for answer after answer and takes none of them fills no memory of ours. */
const FLOODED = 16_777_216;
/** A server that takes nothing for so long is not there. */
const STALL = seconds(15);
const LOOK_EVERY = seconds(1);

type Context = SessionOutputContext<typeof declaration>;

/** One connection to a server, from its opening to its end, over which one stream is published. */
export class PublishingLink {
  isPublishing = false;
  readonly #context: Context;
  readonly #listener: LinkListener;
  readonly #publisher: Publisher;
  readonly #connection: Connection;
  readonly #timer: ReturnType<Context["timer"]>;
  #isOver = false;
  /** Time stamp of the first frame: what is sent begins at 0. */
  #base: number | undefined;
  #videoConfiguration: Uint8Array | undefined;
  #audioConfiguration: Uint8Array | undefined;
  #movedAt: Instant;

  constructor(target: Target, fourCcs: readonly string[], context: Context, listener: LinkListener) {
    const { host, port, tls, app, tcUrl, streamKey } = target;
    this.#context = context;
    this.#listener = listener;
    this.#movedAt = context.now();
    this.#publisher = new Publisher({ app, tcUrl, streamKey, fourCcs, random32: () => context.random32() });
    this.#timer = context.timer(() => this.#look());
    this.#connection = context.connect(
      { host, port, tls },
      {
        connected: () => {
          this.#publisher.start(context.now());
          this.#drain();
        },
        received: (bytes) => {
          this.#publisher.receive(bytes, context.now());
          this.#drain();
          if (this.#connection.waiting > FLOODED) {
            this.#stalled();
          }
        },
        drained: () => {
          this.#movedAt = context.now();
          if (this.isPublishing) {
            listener.ready();
          }
        },
        closed: (reason, message) => this.#end({ how: "closed", reason, message, wasPublishing: this.isPublishing }),
      },
    );
    this.#timer.set((context.now() + LOOK_EVERY) as Instant);
  }

  /** The server takes more. */
  get hasRoom(): boolean {
    return this.isPublishing && this.#connection.waiting < MOST_WAITING;
  }

  metadata(fields: ReadonlyMap<string, AmfValue>): void {
    this.#publisher.metadata(0, fields);
    this.#drain();
  }

  send(frame: Frame, codec: VideoCodec): void {
    this.#base ??= frame.dts;
    const at = Math.max(0, frame.dts - this.#base);
    if (frame.kind === "video") {
      if (frame.configuration !== this.#videoConfiguration) {
        this.#videoConfiguration = frame.configuration;
        this.#publisher.video(at, [videoSequenceHeader(codec), frame.configuration]);
      }
      this.#publisher.video(at, [videoFrameHeader(codec, frame.isKey, frame.compositionTime), frame.data]);
    } else {
      if (frame.configuration !== this.#audioConfiguration) {
        this.#audioConfiguration = frame.configuration;
        this.#publisher.audio(at, [AAC_CONFIGURATION, frame.configuration]);
      }
      this.#publisher.audio(at, [AAC_FRAME, frame.data]);
    }
    this.#drain();
  }

  /** Takes leave of the server. Nobody hears of it. */
  close(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.isPublishing = false;
      this.#timer.close();
      this.#publisher.close();
      this.#flush();
      this.#connection.close();
    }
  }

  #drain(): void {
    for (const output of this.#flush()) {
      if (output.event === "publishing") {
        this.isPublishing = true;
        this.#movedAt = this.#context.now();
        this.#listener.publishing();
      } else {
        this.#end({ how: "refused", refusal: output.refusal, wasPublishing: this.isPublishing });
      }
    }
  }

  /** Writes what is for the server; returns what is for us. */
  #flush(): Exclude<ReturnType<Publisher["poll"]>, undefined | { to: "peer" }>[] {
    const told: Exclude<ReturnType<Publisher["poll"]>, undefined | { to: "peer" }>[] = [];
    for (let output = this.#publisher.poll(); output !== undefined; output = this.#publisher.poll()) {
      if (output.to === "peer") {
        this.#context.stats.bytesSent.add(output.bytes.length);
        this.#connection.write(output.bytes);
      } else {
        told.push(output);
      }
    }
    return told;
  }

  /** Once a second: is an answer overdue, or does the server take nothing? */
  #look(): void {
    const now = this.#context.now();
    this.#publisher.expire(now);
    this.#drain();
    if (this.#connection.waiting === 0) {
      this.#movedAt = now;
    } else if (this.isPublishing && now - this.#movedAt >= STALL) {
      this.#stalled();
    }
    this.#timer.set(this.#isOver ? NEVER : ((now + LOOK_EVERY) as Instant));
  }

  #stalled(): void {
    const message = `The server has taken nothing for ${STALL / 1e6} s.`;
    this.#end({ how: "closed", reason: "server_stalled", message, wasPublishing: this.isPublishing });
  }

  #end(end: LinkEnd): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.isPublishing = false;
      this.#timer.close();
      this.#connection.abort();
      this.#listener.ended(end);
    }
  }
}
