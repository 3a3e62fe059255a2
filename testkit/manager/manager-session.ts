import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";

/** A frame as it came, parsed. */
export type Frame = { type: string; timestamp?: string; payload: Record<string, unknown>; message?: string };

/** One node's connection to a scripted manager. It keeps what it hears until a test asks for it, and says what a test wants. */
export class ManagerSession {
  /** Everything that was heard, in order. */
  readonly heard: Frame[] = [];
  readonly path: string;
  /** Resolves when the connection is over. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #wire: Socket;
  readonly #waiting = new Set<() => void>();
  readonly #taken = new Map<string, number>();
  readonly #acks = new Map<unknown, Record<string, unknown>>();
  #commands = 0;
  #isOver = false;

  constructor(socket: WebSocket, wire: Socket, path: string) {
    this.#socket = socket;
    this.#wire = wire;
    this.path = path;
    this.closed = new Promise((resolve) =>
      socket.once("close", (code) => {
        this.#isOver = true;
        this.#wake();
        resolve(code);
      }),
    );
    socket.on("error", () => undefined);
    socket.on("message", (data, isBinary) => this.#hear(data, isBinary));
  }

  /** The next frame of a type that was not asked for yet. Rejects when the connection ends first. */
  async next(type: string): Promise<Frame> {
    const from = this.#taken.get(type) ?? 0;
    this.#taken.set(type, from + 1);
    return this.until(() => this.all(type)[from], `a frame ${type}`);
  }

  /** Waits for what a look at the frames finds. */
  async until<T>(look: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) {
        return found;
      }
      if (this.#isOver) {
        throw new Error(`the connection ended before ${what}; heard: ${this.heard.map(({ type }) => type).join(" ")}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Every frame of a type so far. */
  all(type: string): Frame[] {
    return this.heard.filter((frame) => frame.type === type);
  }

  send(type: string, payload: unknown = null): void {
    this.raw(JSON.stringify({ type, timestamp: new Date().toISOString(), payload }));
  }

  raw(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** Waits for `auth`, and lets the node in. Returns what it showed. */
  async accept(): Promise<Record<string, unknown>> {
    const { payload } = await this.next("auth");
    this.send("auth_ok");
    return payload;
  }

  /** Waits for `auth`, and gives the node an identity. */
  async register(nodeId: string, nodeSecret: string): Promise<Record<string, unknown>> {
    const { payload } = await this.next("auth");
    this.send("register_ack", { node_id: nodeId, node_secret: nodeSecret });
    return payload;
  }

  /** Waits for `auth`, and refuses in the way of our manager. */
  async refuse(error: string): Promise<Record<string, unknown>> {
    const { payload } = await this.next("auth");
    this.raw(JSON.stringify({ type: "auth_error", timestamp: new Date().toISOString(), message: error, payload: { error } }));
    this.#socket.close();
    return payload;
  }

  /** Sends a command without waiting. Returns its id. */
  order(action: Record<string, unknown>, id = `c-${(this.#commands += 1)}`): string {
    this.send("command", { command_id: id, action });
    return id;
  }

  /** The ack of a command. */
  ack(id: string): Promise<Record<string, unknown>> {
    return this.until(() => this.#acks.get(id), `the ack of ${id}`);
  }

  command(action: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.ack(this.order(action));
  }

  /** Reads nothing until `resume`, as one who is slow. */
  pause(): void {
    this.#wire.pause();
  }

  resume(): void {
    this.#wire.resume();
  }

  /** Ends as a cut cable would: nothing more is read or said. */
  kill(): void {
    this.#wire.destroy();
  }

  close(): void {
    this.#socket.close();
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (!isBinary) {
      const frame = JSON.parse((data as Buffer).toString()) as Frame;
      this.heard.push(frame);
      if (frame.type === "command_ack") {
        this.#acks.set(frame.payload["command_id"], frame.payload);
      }
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) {
      resolve();
    }
    this.#waiting.clear();
  }
}
