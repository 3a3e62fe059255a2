import { setU16, setU32, u16, u32 } from "@bilbycast/foundation/bytes";
import { after, NEVER, seconds, type Instant } from "@bilbycast/foundation/time";
import { readAmf, writeAmf, type AmfObject, type AmfValue } from "./amf0.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { clientEcho, clientHello, isServerVersion, SERVER_ECHO_SIZE, SERVER_HELLO_SIZE } from "./handshake.ts";
import {
  ACKNOWLEDGEMENT,
  AUDIO,
  COMMAND_AMF0,
  COMMAND_AMF3,
  DATA_AMF0,
  PING_REQUEST,
  PING_RESPONSE,
  SET_CHUNK_SIZE,
  SET_PEER_BANDWIDTH,
  USER_CONTROL,
  VIDEO,
  WINDOW_ACKNOWLEDGEMENT_SIZE,
  type RtmpMessage,
} from "./message.ts";
import { answerOf, refusalOfConnect, refusalOfStatus, type Refusal } from "./refusal.ts";

export type PublisherOptions = {
  app: string;
  tcUrl: string;
  /** Name of the stream, which is the secret that lets one publish. */
  streamKey: string;
  /** FourCCs that will come besides what FLV knows by itself. */
  fourCcs: readonly string[];
  random32: () => number;
};

/** What a publisher gives: bytes for the server, and what became of the attempt. Nothing comes after a refusal. */
export type PublisherOutput =
  | { to: "peer"; bytes: Uint8Array }
  | { to: "app"; event: "publishing" }
  | { to: "app"; event: "refused"; refusal: Refusal };

/** How far an attempt to publish has come. */
export type PublisherStage = "handshake" | "connect" | "create_stream" | "publish" | "publishing" | "over";

/** Stages in which an answer is waited for. */
const WAITING: ReadonlySet<PublisherStage> = new Set(["handshake", "connect", "create_stream", "publish"]);

const CHUNK_SIZE = 4_096;
const WINDOW = 2_500_000;
/** Longest that a server may take for one answer. */
const ANSWER_WITHIN = seconds(10);
/** Messages of a server to a publisher are some hundred bytes; some send themselves more. */
const ROOM = 262_144;

/** Chunk stream ids: 2 is for control by the standard, the others are free. */
const CONTROL = 2;
const COMMANDS = 3;
const DATA = 4;
const AUDIO_CHUNKS = 5;
const VIDEO_CHUNKS = 6;

const CONNECT = 1;
const RELEASE_STREAM = 2;
const FC_PUBLISH = 3;
const CREATE_STREAM = 4;
const PUBLISH = 5;

/**
 * The client's side of a connection that publishes one stream: handshake, connect, createStream, publish, then media until it is closed.
 * RTMP 1.0 §5.2, §7.2; releaseStream and FCPublish as all encoders send them. What a server says wrong ends it with a named refusal.
 */
export class Publisher {
  stage: PublisherStage = "handshake";
  deadline: Instant = NEVER;
  readonly #options: PublisherOptions;
  readonly #reader: ChunkReader;
  readonly #writer = new ChunkWriter();
  readonly #output: PublisherOutput[] = [];
  /** S0, S1 and S2, as far as they are there. */
  readonly #hello = new Uint8Array(SERVER_HELLO_SIZE + SERVER_ECHO_SIZE);
  #helloHeld = 0;
  #streamId = 0;
  /** Bytes after which the server wants to hear how many came; 0: it did not say. */
  #window = 0;
  #received = 0;
  #acknowledged = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#reader = new ChunkReader((message) => this.#take(message), ROOM);
  }

  /** The connection stands. */
  start(now: Instant): void {
    this.deadline = after(now, ANSWER_WITHIN);
    this.#send(clientHello(this.#options.random32));
  }

  receive(bytes: Uint8Array, now: Instant): void {
    if (this.stage === "over") {
      return;
    }
    const before = this.stage;
    this.#received += bytes.length;
    const rest = this.stage === "handshake" ? this.#greet(bytes) : bytes;
    if (rest.length > 0 && this.stage !== "handshake") {
      this.#reader.push(rest);
    }
    if (this.#reader.fault !== undefined) {
      this.#refuse({ code: "protocol_error", message: `The server's bytes are no chunk stream: ${this.#reader.fault}.` });
    }
    this.#acknowledge();
    if (this.stage !== before) {
      this.deadline = WAITING.has(this.stage) ? after(now, ANSWER_WITHIN) : NEVER;
    }
  }

  expire(now: Instant): void {
    if (now >= this.deadline) {
      this.#refuse({ code: "answer_timeout", message: `The server did not answer within 10 s; it was asked for: ${this.stage}.` });
    }
  }

  poll(): PublisherOutput | undefined {
    return this.#output.shift();
  }

  /** Only while publishing. `timestamp` in milliseconds; the pieces are copied. */
  video(timestamp: number, pieces: readonly Uint8Array[]): void {
    this.#media(VIDEO_CHUNKS, VIDEO, timestamp, pieces);
  }

  audio(timestamp: number, pieces: readonly Uint8Array[]): void {
    this.#media(AUDIO_CHUNKS, AUDIO, timestamp, pieces);
  }

  metadata(timestamp: number, fields: AmfObject): void {
    this.#media(DATA, DATA_AMF0, timestamp, [writeAmf(["@setDataFrame", "onMetaData", { ecmaArray: fields }])]);
  }

  /** Says good-bye to the server; its bytes are still to be polled and sent. */
  close(): void {
    if (this.stage === "publishing" || this.stage === "publish") {
      this.#command(["FCUnpublish", PUBLISH + 1, null, this.#options.streamKey]);
      this.#command(["deleteStream", PUBLISH + 2, null, this.#streamId]);
    }
    this.stage = "over";
    this.deadline = NEVER;
  }

  /** Takes bytes of the handshake; returns those behind it. */
  #greet(bytes: Uint8Array): Uint8Array {
    const before = this.#helloHeld;
    const taken = bytes.subarray(0, this.#hello.length - before);
    this.#hello.set(taken, before);
    this.#helloHeld = before + taken.length;
    if (this.#helloHeld > 0 && !isServerVersion(this.#hello[0] ?? 0)) {
      this.#refuse({ code: "handshake_failed", message: "What answers there does not speak RTMP." });
    } else {
      if (before < SERVER_HELLO_SIZE && this.#helloHeld >= SERVER_HELLO_SIZE) {
        this.#send(clientEcho(this.#hello));
      }
      if (this.#helloHeld === this.#hello.length) {
        this.#connect();
      }
    }
    return bytes.subarray(taken.length);
  }

  #connect(): void {
    const { app, tcUrl, fourCcs } = this.#options;
    this.stage = "connect";
    this.#control(SET_CHUNK_SIZE, CHUNK_SIZE);
    this.#writer.chunkSize = CHUNK_SIZE;
    this.#control(WINDOW_ACKNOWLEDGEMENT_SIZE, WINDOW);
    const fields = new Map<string, AmfValue>([
      ["app", app],
      ["type", "nonprivate"],
      ["flashVer", "FMLE/3.0 (compatible; bilbycast)"],
      ["tcUrl", tcUrl],
    ]);
    if (fourCcs.length > 0) {
      fields.set("fourCcList", fourCcs);
    }
    this.#command(["connect", CONNECT, fields]);
  }

  #take(message: RtmpMessage): void {
    const { type, payload } = message;
    if (this.stage === "over") {
      return;
    }
    switch (type) {
      case WINDOW_ACKNOWLEDGEMENT_SIZE:
        this.#window = u32(payload, 0);
        return;
      case SET_PEER_BANDWIDTH:
        this.#control(WINDOW_ACKNOWLEDGEMENT_SIZE, u32(payload, 0));
        return;
      case USER_CONTROL:
        if (u16(payload, 0) === PING_REQUEST) {
          this.#pong(u32(payload, 2));
        }
        return;
      case COMMAND_AMF0:
        this.#hear(readAmf(payload));
        return;
      case COMMAND_AMF3:
        this.#hear(payload[0] === 0 ? readAmf(payload.subarray(1)) : undefined);
        return;
      default:
    }
  }

  /** A command that cannot be read is passed over: if it was the answer that is waited for, the deadline tells. */
  #hear(values: AmfValue[] | undefined): void {
    const answer = values === undefined ? undefined : answerOf(values);
    if (answer === undefined) {
      return;
    }
    const { name, transaction, code, text } = answer;
    const said = { code, text, secret: this.#options.streamKey };
    if (name === "onStatus") {
      this.#status(said, answer.level);
    } else if (transaction === CONNECT && this.stage === "connect") {
      if (name === "_result") {
        this.#create();
      } else if (name === "_error") {
        this.#refuse(refusalOfConnect(said));
      }
    } else if (transaction === CREATE_STREAM && this.stage === "create_stream") {
      if (name === "_result" && answer.number !== undefined) {
        this.#publish(answer.number);
      } else if (name === "_error") {
        this.#refuse({ ...refusalOfStatus(said), code: "stream_rejected" });
      }
    } else if (name === "_error" && transaction === PUBLISH && this.stage === "publish") {
      this.#refuse(refusalOfStatus(said));
    }
  }

  #create(): void {
    const { streamKey } = this.#options;
    this.stage = "create_stream";
    this.#command(["releaseStream", RELEASE_STREAM, null, streamKey]);
    this.#command(["FCPublish", FC_PUBLISH, null, streamKey]);
    this.#command(["createStream", CREATE_STREAM, null]);
  }

  #publish(streamId: number): void {
    this.stage = "publish";
    this.#streamId = streamId >>> 0;
    this.#command(["publish", PUBLISH, null, this.#options.streamKey, "live"], this.#streamId);
  }

  #status(said: { code: string; text: string; secret: string }, level: string): void {
    if (this.stage === "publish" && said.code === "NetStream.Publish.Start") {
      this.stage = "publishing";
      this.#output.push({ to: "app", event: "publishing" });
    } else if (level === "error" || said.code === "NetStream.Publish.BadName") {
      this.#refuse(refusalOfStatus(said));
    }
  }

  #refuse(refusal: Refusal): void {
    if (this.stage !== "over") {
      this.stage = "over";
      this.deadline = NEVER;
      this.#output.push({ to: "app", event: "refused", refusal });
    }
  }

  /** §5.4.3: the window counts all bytes of the connection. */
  #acknowledge(): void {
    if (this.#window > 0 && this.stage !== "over" && this.#received - this.#acknowledged >= this.#window) {
      this.#acknowledged = this.#received;
      this.#control(ACKNOWLEDGEMENT, this.#received % 2 ** 32);
    }
  }

  #pong(stamp: number): void {
    const payload = new Uint8Array(6);
    setU16(payload, 0, PING_RESPONSE);
    setU32(payload, 2, stamp);
    this.#write(CONTROL, USER_CONTROL, 0, 0, [payload]);
  }

  #control(type: number, value: number): void {
    const payload = new Uint8Array(4);
    setU32(payload, 0, value);
    this.#write(CONTROL, type, 0, 0, [payload]);
  }

  #command(values: readonly AmfValue[], streamId = 0): void {
    this.#write(COMMANDS, COMMAND_AMF0, streamId, 0, [writeAmf(values)]);
  }

  #media(chunks: number, type: number, timestamp: number, pieces: readonly Uint8Array[]): void {
    if (this.stage === "publishing") {
      this.#write(chunks, type, this.#streamId, timestamp, pieces);
    }
  }

  #write(chunkStreamId: number, type: number, streamId: number, timestamp: number, pieces: readonly Uint8Array[]): void {
    this.#send(this.#writer.write({ chunkStreamId, type, streamId, timestamp, pieces }));
  }

  #send(bytes: Uint8Array): void {
    this.#output.push({ to: "peer", bytes });
  }
}
