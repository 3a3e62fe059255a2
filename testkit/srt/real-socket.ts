import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { SrtReceiver, SrtSender } from "@bilbycast/protocols/srt";
import { bytesOf } from "@bilbycast/testkit/memory";
import { HeapRing } from "@bilbycast/testkit/ring";
import { Side, type SideOptions } from "./pair.ts";

/** Room for what a busy machine leaves lying. */
const BUFFER_SIZE = 4 * 2 ** 20;
const LONGEST_SLEEP_MS = 50;

/** What a real socket is opened with: `call` a port of 127.0.0.1 (0: told later), or `listen` on one, 0 for any. */
export type RealOptions = SideOptions & { call?: number; listen?: number; seed?: number };

/** An SRT machine on a UDP socket of 127.0.0.1 and the machine's own clock: what a lane does, for tests beside real peers. */
class RealSocket {
  readonly side: Side;
  readonly port: number;
  readonly #socket: Socket;
  #call: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  protected constructor(socket: Socket, options: RealOptions, direction: "send" | "receive") {
    this.side = new Side(options.call === undefined, direction, options.seed ?? Math.floor(performance.now()), options);
    this.#socket = socket;
    this.#call = options.call;
    this.port = socket.address().port;
    socket.on("message", (datagram, { port }) => {
      if (!this.#isClosed) {
        this.side.arrive(datagram, 1, port);
        this.receive();
        this.side.intake.clear();
        this.pass();
      }
    });
  }

  protected static async bound(options: RealOptions): Promise<Socket> {
    const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_SIZE });
    // A listener that is not there yet is told by ICMP; the machine calls again.
    socket.on("error", () => {});
    socket.bind(options.listen ?? 0, "127.0.0.1");
    await once(socket, "listening");
    return socket;
  }

  /** Whom to call, where that is known later than the socket is opened. */
  call(port: number): void {
    this.#call = this.#call === undefined ? undefined : port;
  }

  protected get now() {
    return instant(Math.floor(performance.now() * 1_000));
  }

  protected receive(): void {}
  protected expire(): void {}
  protected get deadline(): number {
    return Infinity;
  }

  /** Lets the machine do what is due, sends what it says, and wakes for the next deadline. */
  protected pass(): void {
    if (this.#isClosed) {
      return;
    }
    for (let round = 0; round < 100 && this.deadline <= this.now; round++) {
      this.expire();
    }
    this.flush();
    clearTimeout(this.#timer);
    const wait = (this.deadline - this.now) / 1_000;
    this.#timer = setTimeout(() => this.pass(), Math.min(LONGEST_SLEEP_MS, Math.max(0, wait)));
  }

  protected flush(): void {
    const { memory, wire } = this.side;
    for (const { datagrams, peer } of wire.take()) {
      const port = this.#call ?? (memory.bytes[peer + 2] ?? 0) * 256 + (memory.bytes[peer + 3] ?? 0);
      for (const datagram of port === 0 ? [] : datagrams) {
        this.#socket.send(datagram, port, "127.0.0.1");
      }
    }
  }

  protected stop(): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) {
      this.#isClosed = true;
      // What was said last leaves before that.
      setImmediate(() => this.#socket.close());
    }
  }
}

/** Takes in what a real peer sends. */
export class RealReceiver extends RealSocket {
  readonly units: Uint8Array[] = [];
  readonly #machine = new SrtReceiver(this.side.endpoint);
  readonly #out = new PacketBatch(1_024);

  static async open(options: RealOptions): Promise<RealReceiver> {
    const receiver = new RealReceiver(await RealSocket.bound(options), options, "receive");
    receiver.pass();
    return receiver;
  }

  /** All payloads, one after the other. */
  bytes(): Buffer {
    return Buffer.concat(this.units);
  }

  close(): void {
    this.#machine.farewell(this.now, this.side.wire);
    this.flush();
    this.stop();
  }

  protected override get deadline(): number {
    return this.#machine.deadline;
  }

  protected override receive(): void {
    this.#collect(() => this.#machine.receive(this.side.intake.batch, this.now, this.#out, this.side.wire));
  }

  protected override expire(): void {
    this.#collect(() => this.#machine.expire(this.now, this.#out, this.side.wire));
  }

  #collect(call: () => void): void {
    this.#out.clear();
    call();
    this.units.push(...bytesOf(this.side.memory, this.#out));
  }
}

/** Gives a real peer what it is told to send. */
export class RealSender extends RealSocket {
  readonly #machine = new SrtSender(this.side.endpoint);
  readonly #ring = new HeapRing(this.side.memory, 256 * 1_024, 64);
  #published = 0;

  static async open(options: RealOptions): Promise<RealSender> {
    const sender = new RealSender(await RealSocket.bound(options), options, "send");
    sender.pass();
    return sender;
  }

  send(unit: Uint8Array): void {
    const n = this.#published++;
    this.#ring.publish(unit, this.now);
    this.#machine.emit(this.#ring, n, n + 1, this.side.wire, this.now);
    this.pass();
  }

  close(): void {
    this.#machine.farewell(this.now, this.side.wire);
    this.flush();
    this.stop();
  }

  protected override get deadline(): number {
    return this.#machine.deadline;
  }

  protected override receive(): void {
    this.#machine.receive(this.side.intake.batch, this.now, this.side.wire);
  }

  protected override expire(): void {
    this.#machine.expire(this.now, this.side.wire);
  }
}
