import { check } from "@bilbycast/foundation/check";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import type { Arena, Capabilities, Driver, LaneSocket, SendList, UdpOptions } from "@bilbycast/engine/io";

type LanePass = Parameters<Driver["run"]>[0];

const SLOT = 2_048;
const SLOTS = 64;

/** A backend whose time and network are the test's: a lane over it does nothing by itself. */
export class ScriptedDriver implements Driver {
  readonly name = "dgram";
  readonly capabilities: Capabilities = {
    batches: false,
    trainsOut: true,
    trainsIn: false,
    microsecondTimers: true,
    dscp: true,
    multicast: true,
    sourceSpecificMulticast: true,
    deviceBinding: true,
    portSharing: false,
  };
  readonly wake = undefined;
  readonly rows = SLOTS;
  readonly base = 0;
  readonly sockets: ScriptedSocket[] = [];
  /** In the order in which they were closed. */
  readonly closings: ScriptedSocket[] = [];
  readonly slots: number;
  readonly arena: Arena;
  time = instant(1_000_000);
  nudges = 0;
  #lane: LanePass | undefined;

  constructor(arena: Arena) {
    this.arena = arena;
    this.slots = arena.reserve(SLOTS * SLOT);
  }

  now(): Instant {
    return this.time;
  }

  open(options: UdpOptions, onReadable: () => void): LaneSocket {
    const socket = new ScriptedSocket(this, options, onReadable);
    this.sockets.push(socket);
    return socket;
  }

  run(lane: LanePass): void {
    this.#lane = lane;
  }

  stop(): void {}

  close(): void {}

  nudge(): void {
    this.nudges++;
  }

  /** One pass, `later` microseconds after the last one, in which the socket gets these datagrams. */
  pass(later = 0, socket?: ScriptedSocket, ...datagrams: Uint8Array[]): void {
    check(this.#lane !== undefined, "the lane runs");
    this.time = instant(this.time + later);
    this.#lane.begin(this.time);
    socket?.deliver(datagrams);
    this.#lane.pass();
    this.#lane.end(this.time);
  }
}

/** A socket that keeps what it is given; `results` answers the next sends, as many as there are. */
export class ScriptedSocket implements LaneSocket {
  readonly opened = undefined;
  readonly localAddress: string;
  trains: boolean;
  closed = false;
  receivedBytes = 0;
  readonly lacking = [];
  /** For each send: how many messages to take, or a negated error number. Then it takes all. */
  readonly results: number[] = [];
  readonly sent: string[] = [];
  /** The same, as bytes. */
  readonly datagrams: Uint8Array[] = [];
  readonly #driver: ScriptedDriver;
  readonly #onReadable: () => void;
  #waiting: Uint8Array[] = [];

  constructor(driver: ScriptedDriver, options: UdpOptions, onReadable: () => void) {
    this.#driver = driver;
    this.#onReadable = onReadable;
    this.trains = options.trains;
    this.localAddress = options.bind === undefined ? "127.0.0.1:9" : `${options.bind.host}:${options.bind.port}`;
  }

  deliver(datagrams: readonly Uint8Array[]): void {
    this.#waiting.push(...datagrams);
    this.#onReadable();
  }

  receive(batch: PacketBatch): boolean {
    const { arena, slots } = this.#driver;
    const now = this.#waiting.splice(0, SLOTS);
    this.receivedBytes = now.reduce((sum, datagram) => sum + datagram.length, 0);
    for (const [i, datagram] of now.entries()) {
      arena.bytes.set(datagram, slots + i * SLOT);
      batch.push(slots + i * SLOT, datagram.length, 0);
    }
    return this.#waiting.length > 0;
  }

  takeOversize(): number {
    return 0;
  }

  takeUnreachable(): number {
    return 0;
  }

  send(list: SendList, from: number, count: number): number {
    check(!this.closed, "nothing is sent by a socket that is closed");
    const result = Math.min(this.results.shift() ?? count, count);
    for (let i = from; i < from + result; i++) {
      const datagram = list.gather(i);
      this.datagrams.push(datagram);
      this.sent.push(Buffer.from(datagram).toString());
    }
    return result;
  }

  close(): void {
    check(!this.closed, "a socket is closed once");
    this.closed = true;
    this.#driver.closings.push(this);
  }
}
