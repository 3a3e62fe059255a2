import { Fault } from "@bilbycast/foundation/fault";
import type { Tally } from "@bilbycast/foundation/packets";
import { instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import type {
  ConnectionListener,
  ConnectOptions,
  EventReport,
  OutputConfig,
  PeerState,
  Running,
  SessionOutputContext,
  SessionTimer,
  Stats,
} from "@bilbycast/engine/transport";
import { ChunkReader, ChunkWriter, readAmf, writeAmf, type AmfValue, type RtmpMessage } from "@bilbycast/protocols/rtmp";
import { declaration } from "../declaration.ts";

type D = typeof declaration;

const HANDSHAKE = 1 + 2 * 1_536;
const OUR_HANDSHAKE = HANDSHAKE;

/** A connection of which a test is the other end. */
export class HandConnection {
  readonly options: ConnectOptions;
  readonly listener: ConnectionListener;
  /** What the server got. */
  readonly messages: RtmpMessage[] = [];
  waiting = 0;
  isClosed = false;
  readonly #reader = new ChunkReader((message) => this.messages.push(message), 64_000_000);
  readonly #writer = new ChunkWriter();
  #greeted = 0;

  constructor(options: ConnectOptions, listener: ConnectionListener) {
    this.options = options;
    this.listener = listener;
  }

  write(bytes: Uint8Array): void {
    const skipped = Math.min(bytes.length, OUR_HANDSHAKE - this.#greeted);
    this.#greeted += skipped;
    this.#reader.push(bytes.subarray(skipped));
  }

  close(): void {
    this.isClosed = true;
  }

  abort(): void {
    this.isClosed = true;
  }

  /** Connects and takes the stream. */
  accept(): void {
    this.connect();
    this.answer("onStatus", 0, null, new Map([["code", "NetStream.Publish.Start"]]));
  }

  /** Connects and answers everything but the last. */
  connect(): void {
    this.listener.connected();
    this.listener.received(Uint8Array.from({ length: HANDSHAKE }, (_, i) => (i === 0 ? 3 : 7)));
    this.answer("_result", 1, null, new Map([["code", "NetConnection.Connect.Success"]]));
    this.answer("_result", 4, null, 1);
  }

  answer(...values: AmfValue[]): void {
    this.listener.received(this.#writer.write({ chunkStreamId: 3, type: 20, streamId: 0, timestamp: 0, pieces: [writeAmf(values)] }));
  }

  commands(): AmfValue[][] {
    return this.messages.filter(({ type }) => type === 20).map(({ payload }) => readAmf(payload) ?? []);
  }

  metadata(): ReadonlyMap<string, AmfValue>[] {
    return this.messages
      .filter(({ type }) => type === 18)
      .flatMap(({ payload }) => (readAmf(payload) ?? []).filter((value) => value instanceof Map));
  }

  /** Time stamp and first two bytes of each message of a kind. */
  media(type: 8 | 9): [timestamp: number, tag: string][] {
    return this.messages
      .filter((message) => message.type === type)
      .map(({ timestamp, payload }) => [timestamp, Buffer.from(payload.subarray(0, 2)).toString("hex")]);
  }
}

/** A session whose clock only a test moves, and whose server a test is. */
export class HandDriven implements SessionOutputContext<D> {
  readonly connections: HandConnection[] = [];
  readonly events: EventReport[] = [];
  readonly failures: unknown[] = [];
  readonly peers: PeerState[] = [];
  readonly counts: Record<string, number> = {};
  readonly stats: Stats<D>;
  readonly #timers = new Set<{ at: Instant; onDue: () => void }>();
  #onUnit: (unit: Uint8Array) => void = () => undefined;
  #now = instant(1_000_000);

  constructor() {
    const tally = (name: string): Tally => {
      this.counts[name] = 0;
      return { add: (amount) => (this.counts[name] = (this.counts[name] ?? 0) + amount), set: (value) => (this.counts[name] = value) };
    };
    this.stats = Object.fromEntries(Object.keys(declaration.stats).map((name) => [name, tally(name)])) as Stats<D>;
  }

  get state(): PeerState | undefined {
    return this.peers.at(-1);
  }

  get connection(): HandConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) {
      throw new Error("nothing was connected");
    }
    return connection;
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  readonly id = "publisher";

  timeOfDayMs(): number {
    return 0;
  }

  now(): Instant {
    return this.#now;
  }

  random32(): number {
    return 0x1234_5678;
  }

  timer(onDue: () => void): SessionTimer {
    const timer = { at: NEVER, onDue };
    this.#timers.add(timer);
    return { set: (at) => (timer.at = at), close: () => void this.#timers.delete(timer) };
  }

  receive(onUnit: (unit: Uint8Array) => void): Running {
    this.#onUnit = onUnit;
    return { close: () => (this.#onUnit = () => undefined) };
  }

  connect(options: ConnectOptions, listener: ConnectionListener): HandConnection {
    const connection = new HandConnection(options, listener);
    this.connections.push(connection);
    return connection;
  }

  peer(state: PeerState): void {
    this.peers.push(state);
  }

  fault(code: never, cause?: unknown): Fault {
    return new Fault(code, "refused", { cause });
  }

  report(event: EventReport): void {
    this.events.push(event);
  }

  fail(cause: unknown): void {
    this.failures.push(cause);
  }

  /** Units of the flow. */
  give(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 1_316) {
      this.#onUnit(bytes.subarray(at, at + 1_316));
    }
  }

  /** Lets everything happen that happens until so many microseconds from now. */
  pass(span: number): void {
    const end = instant(this.#now + span);
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) {
        break;
      }
      this.#now = instant(Math.max(this.#now, next.at));
      next.at = NEVER;
      next.onDue();
    }
    this.#now = end;
  }
}

/** A configuration as a person writes it, with the defaults filled in. */
export const configured = (fields: Record<string, unknown> = {}): OutputConfig<D> =>
  declaration.output.parse({ dest_url: "rtmp://host/app", stream_key: "the-key", ...fields });
