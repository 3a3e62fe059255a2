import { failureSchema, previewWish, type ThumbnailMessage } from "@bilbycast/contracts/edge-api";
import type { FlowPicture } from "@bilbycast/engine/flow";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { ageOf, THUMBNAIL_SIZE } from "../thumbnail-stats.ts";
import type { Api, ApiContext } from "./context.ts";
import { ReaderSocket, type Reader } from "./reader-socket.ts";

/** Where pictures come as a stream. */
export const THUMBNAIL_SOCKET_PATH = "/api/v1/ws/thumbnails";

export const thumbnailSocketRoutes = (api: Api): void => {
  api.get(
    THUMBNAIL_SOCKET_PATH,
    {
      schema: {
        tags: ["thumbnails"],
        summary: "Each new picture of every input, over WebSocket",
        description:
          'Each message is {"type":"thumbnail","payload":{flow_id,input_id,active,data,width,height,taken_unix_ms,age_ms}}, data being the ' +
          'JPEG in base64. A reader may say {"live":[{"flow_id":"…","input_id":"…"}]}: these are shown five times a second while it stays; what ' +
          'is refused is told by {"type":"refused",…}. The token goes into the header Authorization or, from a browser, into the subprotocols ' +
          "thumbnails and bearer.<token>.",
        response: { "4xx": failureSchema },
      },
    },
    () => {
      throw new Fault("websocket_expected", "This path speaks WebSocket: send Upgrade: websocket");
    },
  );
};

export type ThumbnailSocketOptions = {
  context: Pick<ApiContext, "engine" | "sample" | "store">;
  /** Milliseconds between two looks at the readers. */
  interval?: number;
  /** Bytes that wait for a reader; while there are more it gets no pictures. */
  queueBytes?: number;
};

type Wish = { flow_id: string; input_id?: string | undefined };
/** What a reader wants live, and what of it was refused and told. */
type Wishes = { live: readonly Wish[]; told: Set<string> };

const INTERVAL = 1_000;
const QUEUE_BYTES = 1_048_576;
const READERS = 32;
/** Bytes of the largest message that a reader may send: eight wishes. */
const MESSAGE_BYTES = 4_096;
const PING_EVERY = 15;

/** Pictures to whoever may see them, as they are made. A reader that is slow gets fewer; nothing waits for it. */
export class ThumbnailSocket {
  readonly socket: ReaderSocket;
  readonly #options: Required<ThumbnailSocketOptions>;
  readonly #wishes = new Map<Reader, Wishes>();
  readonly #timer: NodeJS.Timeout;
  #round = 0;
  /** Pictures that a reader did not get because it was slow. */
  skipped = 0;

  constructor(options: ThumbnailSocketOptions) {
    this.#options = { interval: INTERVAL, queueBytes: QUEUE_BYTES, ...options };
    this.socket = new ReaderSocket({
      context: options.context,
      path: THUMBNAIL_SOCKET_PATH,
      word: "thumbnails",
      readers: READERS,
      messageBytes: MESSAGE_BYTES,
      onAdd: (reader) => this.#greet(reader),
      onMessage: (reader, text) => this.#hear(reader, text),
      onRemove: (reader) => this.#wishes.delete(reader),
    });
    this.#timer = setInterval(() => this.#look(), this.#options.interval);
    this.#timer.unref();
  }

  /** A new picture of an input. */
  show(flowId: string, inputId: string, picture: FlowPicture, isActive: boolean): void {
    if (this.socket.readers.size === 0) {
      return;
    }
    const text = messageOf(flowId, inputId, picture, isActive);
    for (const reader of this.socket.readers) {
      this.#send(reader, text);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.socket.close();
  }

  /** A reader that comes sees at once what there is. */
  #greet(reader: Reader): void {
    const { engine, sample } = this.#options.context;
    for (const flow of sample().snapshot.flows) {
      for (const { id } of flow.inputs) {
        const picture = engine.picture(flow.id, id);
        if (picture !== undefined) {
          this.#send(reader, messageOf(flow.id, id, picture, id === flow.activeInputId));
        }
      }
    }
  }

  #send({ socket }: Reader, text: string): void {
    if (socket.bufferedAmount > this.#options.queueBytes) {
      this.skipped += 1;
    } else {
      socket.send(text);
    }
  }

  #hear(reader: Reader, text: string): void {
    const wish = wishIn(text);
    if (wish === undefined) {
      reader.socket.close(1008, "request_malformed");
      return;
    }
    const wishes: Wishes = { live: wish.live, told: new Set() };
    this.#wishes.set(reader, wishes);
    this.#wish(reader, wishes);
  }

  /** Once a second: who is still there, who may still read, and what each of them wants live. */
  #look(): void {
    this.#round += 1;
    for (const reader of this.socket.readers) {
      reader.said = 0;
      if (this.socket.mayRead(reader) && (this.#round % PING_EVERY !== 0 || this.socket.ask(reader))) {
        const wishes = this.#wishes.get(reader);
        if (wishes !== undefined) {
          this.#wish(reader, wishes);
        }
      }
    }
  }

  #wish(reader: Reader, { live, told }: Wishes): void {
    for (const { flow_id: flowId, input_id: inputId } of live) {
      const key = JSON.stringify([flowId, inputId]);
      try {
        this.#options.context.engine.look(flowId, inputId);
        told.delete(key);
      } catch (error) {
        // Once, however often it is tried.
        if (!told.has(key)) {
          told.add(key);
          const [code, message] = isFault(error) ? [error.code, error.message] : ["internal", "The edge failed to answer"];
          const payload = { flow_id: flowId, ...(inputId === undefined ? {} : { input_id: inputId }), error_code: code, error: message };
          this.#send(reader, JSON.stringify({ type: "refused", payload } satisfies ThumbnailMessage));
        }
      }
    }
  }
}

const wishIn = (text: string): ReturnType<typeof previewWish.parse> | undefined => {
  try {
    return previewWish.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const messageOf = (flowId: string, inputId: string, picture: FlowPicture, isActive: boolean): string =>
  JSON.stringify({
    type: "thumbnail",
    payload: {
      flow_id: flowId,
      input_id: inputId,
      active: isActive,
      data: Buffer.from(picture.jpeg).toString("base64"),
      ...THUMBNAIL_SIZE,
      taken_unix_ms: Math.round(picture.takenAtMs),
      age_ms: ageOf(picture.takenAtMs, Date.now()),
    },
  } satisfies ThumbnailMessage);
