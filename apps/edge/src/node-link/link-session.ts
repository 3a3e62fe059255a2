import type { RawData, WebSocket } from "ws";
import { readManagerMessage, type AuthErrorCode, type ManagerMessage } from "@bilbycast/contracts/node-link";
import { Fault, isFault, messageOf } from "@bilbycast/foundation/fault";
import { isDeeperThan, JSON_DEPTH } from "@bilbycast/service/http";
import type { BoundedNotice } from "./bounded-notice.ts";
import type { EventQueue } from "./event-queue.ts";
import { frame } from "./frames.ts";
import { LinkWriter } from "./link-writer.ts";
import type { LinkTiming } from "./link-timing.ts";

type Command = Extract<ManagerMessage, { type: "command" }>["payload"];

export type SessionListener = {
  /** The manager gave credentials for its token; the connection goes on when it resolves. */
  onRegistered(credentials: { node_id: string; node_secret: string }): Promise<void>;
  onOpen(session: LinkSession): void;
  /** Resolves when the command is done with, answered or not. */
  onCommand(command: Command, bytes: number): Promise<void>;
  onBinary(bytes: Uint8Array): Promise<void>;
};

export type SessionOptions = {
  socket: WebSocket;
  /** The payload of the first frame. It is a secret. */
  auth: Readonly<Record<string, unknown>>;
  events: EventQueue;
  timing: LinkTiming;
  /** Frames that are not what the contract has. */
  rubbish: BoundedNotice;
  onSkip: () => void;
  listener: SessionListener;
};

/** Why a connection is over. */
export type SessionEnd = { fault: Fault; refusal?: AuthErrorCode };

/** Commands in hand at a time; while there are more none is read. */
const COMMANDS = 64;
/** Frames that wait while a registration is kept. */
const EARLY_MAX = 64;
/** A manager that commands and reads no answers is borne for so many times as long as one that is silent. */
const STALLS = 4;
/** RFC 6455 §7.4.1. */
const NORMAL = 1000;

/** One connection to a manager, from its opening to its end: who we are, what is asked of us, whether anybody is there. */
export class LinkSession {
  readonly writer: LinkWriter;
  /** Resolves once, and never rejects. */
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #end: (end: SessionEnd) => void;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = false;
  #isOver = false;
  #commands = 0;
  #isPaused = false;
  #silence = 0;
  /** Frames that came behind the answer to a registration, before that was kept. */
  #early: { message: ManagerMessage; bytes: number }[] | undefined;
  /** Milliseconds for which nothing was read on purpose. */
  #stall = 0;

  constructor(options: SessionOptions) {
    const { socket, events, onSkip, timing } = options;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<SessionEnd>();
    this.ended = promise;
    this.#end = (end) => {
      clearTimeout(this.#timer);
      this.#isOver = true;
      this.writer.end();
      socket.terminate();
      resolve(end);
    };
    this.writer = new LinkWriter(
      wireOf(socket, () => this.#look()),
      events,
      onSkip,
    );
    socket.on("error", (error) => this.#break(error));
    socket.on("close", (code) => this.#fail("manager_connection_closed", `The connection to the manager was closed (${code})`));
    // Until then the handshake has its own deadline.
    socket.on("open", () => {
      socket.send(frame("auth", options.auth));
      this.#timer = setTimeout(() => this.#fail("manager_auth_timeout", "The manager did not answer in time"), timing.authDeadline);
    });
    socket.on("ping", () => (this.#silence = 0));
    socket.on("pong", (data) => this.#pong(data.toString()));
    socket.on("message", (data, isBinary) => this.#hear(data, isBinary));
  }

  /** True between the manager's consent and the end. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isOver;
  }

  /** Commands that are not answered yet. */
  get inHand(): number {
    return this.#commands;
  }

  /** Ends the connection from here, in order. */
  close(reason: Fault): void {
    if (!this.#isOver) {
      this.#options.socket.close(NORMAL);
      this.#end({ fault: reason });
    }
  }

  #fail(code: string, message: string): void {
    if (!this.#isOver) {
      this.#end({ fault: new Fault(code, message) });
    }
  }

  #break(error: Error): void {
    if (!this.#isOver) {
      const fault = isFault(error)
        ? error
        : new Fault("manager_connection_failed", `The connection to the manager failed: ${messageOf(error)}`, { details: errnoOf(error) });
      this.#end({ fault });
    }
  }

  #pong(data: string): void {
    this.#silence = 0;
    this.writer.confirm(data);
  }

  #hear(data: RawData, isBinary: boolean): void {
    this.#silence = 0;
    if (this.#isOver) {
      return;
    }
    if (isBinary) {
      if (this.#isOpen) {
        this.#take(this.#options.listener.onBinary(bytesOf(data)));
      }
      return;
    }
    const bytes = bytesOf(data);
    const read = readManagerMessage(parsed(bytes));
    if (read.kind !== "message") {
      this.#options.rubbish.note(read.kind === "unknown" ? { type: read.type.slice(0, 64) } : { type: read.type, reason: read.reason });
    } else if (this.#isOpen) {
      this.#obey(read.message, bytes.length);
    } else {
      this.#greet(read.message, bytes.length);
    }
  }

  /** Before the manager's consent: nothing but its answer counts. */
  #greet(message: ManagerMessage, bytes: number): void {
    const { listener } = this.#options;
    if (message.type === "auth_error") {
      const { error, error_code: refusal } = message.payload;
      const said = error === "" ? "" : `: ${error}`;
      this.#end({ fault: new Fault("manager_auth_failed", `The manager refuses this node${said}`, { details: { refusal } }), refusal });
    } else if (message.type === "auth_ok") {
      this.#open();
    } else if (message.type === "register_ack") {
      const { node_id, node_secret } = message.payload;
      this.#early = [];
      void listener.onRegistered({ node_id, node_secret }).then(() => this.#open());
    } else if (this.#early !== undefined && this.#early.length < EARLY_MAX) {
      // The manager has let us in; what it says meanwhile waits until the disk has our secret.
      this.#early.push({ message, bytes });
    } else {
      this.#options.rubbish.note({ type: message.type, reason: "before the answer to auth" });
    }
  }

  #open(): void {
    if (this.#isOver || this.#isOpen) {
      return;
    }
    clearTimeout(this.#timer);
    this.#isOpen = true;
    this.#timer = setInterval(() => this.#probe(), this.#options.timing.ping);
    this.#options.listener.onOpen(this);
    this.writer.begin();
    for (const { message, bytes } of this.#early ?? []) {
      this.#obey(message, bytes);
    }
    this.#early = undefined;
  }

  #obey(message: ManagerMessage, bytes: number): void {
    if (message.type === "ping") {
      this.writer.answer(frame("pong", null));
      this.#look();
    } else if (message.type === "command") {
      this.#take(this.#options.listener.onCommand(message.payload, bytes));
    }
  }

  #take(task: Promise<void>): void {
    this.#commands += 1;
    this.#look();
    void task.finally(() => {
      this.#commands -= 1;
      this.#look();
    });
  }

  /** Reads no more while too much is in hand, or too many answers wait: then the manager waits too. */
  #look(): void {
    const { socket } = this.#options;
    const isFull = this.#commands >= COMMANDS || this.writer.isCrowded;
    if (isFull !== this.#isPaused && !this.#isOver) {
      this.#isPaused = isFull;
      if (isFull) {
        socket.pause();
      } else {
        socket.resume();
      }
    }
  }

  #probe(): void {
    const { socket, timing } = this.#options;
    // While nothing is read on purpose nothing can be heard.
    this.#silence += this.#isPaused ? 0 : timing.ping;
    this.#stall = this.#isPaused ? this.#stall + timing.ping : 0;
    if (this.#silence > timing.silence) {
      this.#fail("manager_silent", "Nothing was heard of the manager any more");
    } else if (this.#stall > STALLS * timing.silence) {
      this.#fail("manager_silent", "The manager commands and takes no answers");
    } else {
      socket.ping("there?");
    }
  }
}

const wireOf = (socket: WebSocket, onWritten: () => void) => ({
  get bufferedAmount(): number {
    return socket.bufferedAmount;
  },
  send: (text: string, written: () => void): void =>
    socket.send(text, (error) => {
      if (!error) {
        written();
        onWritten();
      }
    }),
  ping: (data: string): void => socket.ping(data),
});

const bytesOf = (data: RawData): Buffer => (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data));

/** `undefined`, which is no message, for what is no JSON or as deep as nothing is on purpose. */
const parsed = (bytes: Buffer): unknown => {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isDeeperThan(value, JSON_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
};

const errnoOf = (error: Error): Record<string, unknown> => {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? {} : { errno: code };
};
