import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import type { Fault } from "@bilbycast/foundation/fault";
import { JSON_DEPTH, outgrows } from "@bilbycast/service/http";
import { CLOSE_CODES, readNodeMessage, type NodeMessage } from "@bilbycast/contracts/node-link";
import { refusal } from "../http/faults.ts";
import type { Admitted } from "./admission.ts";
import type { FrameBudget } from "./frame-budget.ts";
import type { Turns } from "./turns.ts";

/** Commands that may wait for one node's acknowledgement. */
const MOST_WAITING = 64;
/** Frames that are none, after which somebody else is speaking. */
const MOST_MALFORMED = 100;
/** Objects and lists of a frame: what has more of them, however short each is, would be looked at for seconds. An edge with 200 flows has 10,000. */
const MOST_OBJECTS = 100_000;
/** Bytes that may wait for a node that does not read. */
const MOST_BUFFERED = 8 * 1024 * 1024;
const NORMAL = 1_000;
/** Why the connection of a node ends that sends more than a node may. */
export const OVER_BUDGET = "node_over_budget";
/** Pings without a word in between, after which it is gone. */
const MOST_SILENT_PINGS = 3;

/** One of the configurations that a node reports: the how many of which of its connections. */
export type ReportNumber = { epoch: string; number: number };

/** `report`: the next that the node makes, which of a `get_config` is its answer: a node sends it right behind the acknowledgement. */
export type Acknowledgement = { data: unknown; report: ReportNumber };

export type ConnectionHooks = {
  /** Everything but acks and pongs. */
  onMessage(connection: NodeConnection, message: NodeMessage): void;
  onClose(connection: NodeConnection, reason: string): void;
};

/** What of us the node may have: how much it sends, and the turns in which its statistics are read. */
export type Share = { readonly budget: FrameBudget; readonly turns: Turns };

type Waiting = { resolve: (ack: Acknowledgement) => void; reject: (fault: Fault) => void; timer: NodeJS.Timeout };

/** How every node begins its statistics; one that writes them in another order is read all the same, each of them. */
const STATS = Buffer.from('{"type":"stats"');

/** One node that is here: what it says, and the commands that it has to acknowledge. */
export class NodeConnection {
  readonly node: Admitted;
  readonly remoteAddress: string;
  readonly connectedAt = Date.now();
  /** When it last said anything. Milliseconds since 1970. */
  heardAt = Date.now();
  malformed = 0;
  unknown = 0;
  /** Statistics that newer ones took the place of before they were read. */
  shed = 0;
  readonly #socket: WebSocket;
  readonly #hooks: ConnectionHooks;
  readonly #share: Share;
  readonly #waiting = new Map<string, Waiting>();
  /** The newest statistics, as long as nobody has had the time to read them. */
  #unread: Buffer | undefined;
  #silentPings = 0;
  #reports = 0;
  #isClosed = false;

  constructor(socket: WebSocket, node: Admitted, remoteAddress: string, share: Share, hooks: ConnectionHooks) {
    this.#socket = socket;
    this.node = node;
    this.remoteAddress = remoteAddress;
    this.#share = share;
    this.#hooks = hooks;
    socket.on("message", (data: Buffer, isBinary) => this.#hear(data, isBinary));
    socket.on("pong", () => this.#alive());
    socket.once("close", () => this.#closed("the connection ended"));
    socket.on("error", () => socket.terminate());
    if (socket.readyState !== socket.OPEN) {
      // It ended while it was let in; whoever takes it in is told so afterwards.
      queueMicrotask(() => this.#closed("the connection ended"));
    }
  }

  /** Of the report of its configuration that came last. */
  get report(): ReportNumber {
    return { epoch: String(this.node.epoch), number: this.#reports };
  }

  get waitingCommands(): number {
    return this.#waiting.size;
  }

  /** Sends a command and waits for its acknowledgement; throws what the node answered, or that it did not. */
  command(action: { type: string; [field: string]: unknown }, waitMs: number): Promise<Acknowledgement> {
    return this.#send(waitMs, (commandId) => this.#write("command", { command_id: commandId, action }));
  }

  /** The same with a binary frame, whose header names the command. */
  frame(waitMs: number, frameOf: (commandId: string) => Uint8Array): Promise<Acknowledgement> {
    return this.#send(waitMs, (commandId) => this.#socket.send(frameOf(commandId), { binary: true }));
  }

  #send(waitMs: number, send: (commandId: string) => void): Promise<Acknowledgement> {
    if (this.#isClosed) {
      return Promise.reject(refusal("node_not_connected", "The node is not here"));
    }
    if (this.#waiting.size >= MOST_WAITING || this.#socket.bufferedAmount > MOST_BUFFERED) {
      return Promise.reject(refusal("node_busy", `${this.#waiting.size} commands wait for this node already`));
    }
    const commandId = randomUUID();
    return new Promise<Acknowledgement>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(commandId);
        reject(
          refusal(
            "node_timeout",
            `The node did not acknowledge within ${Math.round(waitMs / 1_000)} s; whether it took effect is not known`,
          ),
        );
      }, waitMs);
      this.#waiting.set(commandId, { resolve, reject, timer });
      send(commandId);
    });
  }

  /** Asks whether it is there; ends the connection when it has not said a word since some such questions. */
  ping(): void {
    if (this.#silentPings >= MOST_SILENT_PINGS) {
      this.end("it did not answer");
      return;
    }
    this.#silentPings += 1;
    this.#socket.ping();
    // Nodes of older versions answer this one alone.
    this.#write("ping", null);
  }

  /** Ends the connection at once, and tells why. */
  end(reason: string, code = NORMAL): void {
    this.#socket.close(code, reason.slice(0, 100));
    this.#closed(reason);
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  #write(type: string, payload: unknown): void {
    this.#socket.send(JSON.stringify({ type, timestamp: new Date().toISOString(), payload }));
  }

  #alive(): void {
    this.heardAt = Date.now();
    this.#silentPings = 0;
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) {
      return;
    }
    this.#alive();
    if (!this.#share.budget.take(data.length, performance.now())) {
      this.end(OVER_BUDGET, CLOSE_CODES.node_over_budget.code);
    } else if (!isBinary && data.subarray(0, STATS.length).equals(STATS)) {
      this.#hearStats(data);
    } else {
      this.#understand(isBinary ? undefined : read(data));
    }
  }

  /** Statistics are read when there is time: of those that came meanwhile only the newest count, however far behind we are. */
  #hearStats(data: Buffer): void {
    if (this.#unread !== undefined) {
      this.shed += 1;
    } else {
      this.#share.turns.add(() => {
        const newest = this.#unread;
        this.#unread = undefined;
        if (newest !== undefined && !this.#isClosed) {
          this.#understand(read(newest));
        }
      });
    }
    this.#unread = data;
  }

  #understand(message: NodeMessage | "unknown" | undefined): void {
    if (message === "unknown") {
      // Of a newer node: it has something to say that this version does not know.
      this.unknown += 1;
      return;
    }
    if (message === undefined) {
      this.malformed += 1;
      if (this.malformed > MOST_MALFORMED) {
        this.end("too many frames that are none");
      }
      return;
    }
    switch (message.type) {
      case "command_ack":
        this.#acknowledged(message.payload);
        break;
      case "ping":
        this.#write("pong", null);
        break;
      case "pong":
      case "auth":
        break;
      default:
        this.#reports += message.type === "config_response" ? 1 : 0;
        this.#hooks.onMessage(this, message);
    }
  }

  #acknowledged(ack: (NodeMessage & { type: "command_ack" })["payload"]): void {
    const waiting = this.#waiting.get(ack.command_id);
    if (waiting === undefined) {
      return;
    }
    this.#waiting.delete(ack.command_id);
    clearTimeout(waiting.timer);
    if (ack.success) {
      waiting.resolve({ data: ack.data, report: { epoch: String(this.node.epoch), number: this.#reports + 1 } });
      return;
    }
    const details = typeof ack.details === "object" && ack.details !== null ? (ack.details as Record<string, unknown>) : {};
    const { problems } = details;
    waiting.reject(
      refusal("node_refused", (ack.error ?? "The node refused and did not say why").slice(0, 1_000), {
        node_error_code: ack.error_code ?? null,
        ...(typeof details["field"] === "string" ? { node_field: details["field"] } : {}),
        ...(Array.isArray(problems) ? { problems: problems.slice(0, 50) } : {}),
      }),
    );
  }

  #closed(reason: string): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(refusal("node_not_connected", "The node went away before it acknowledged; whether it took effect is not known"));
    }
    this.#waiting.clear();
    this.#hooks.onClose(this, reason);
  }
}

const read = (data: Buffer): NodeMessage | "unknown" | undefined => {
  try {
    const frame: unknown = JSON.parse(data.toString("utf8"));
    if (outgrows(frame, { depth: JSON_DEPTH, holders: MOST_OBJECTS })) {
      return undefined;
    }
    const outcome = readNodeMessage(frame);
    return outcome.kind === "message" ? outcome.message : outcome.kind === "unknown" ? "unknown" : undefined;
  } catch {
    return undefined;
  }
};
