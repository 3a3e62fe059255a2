import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** Milliseconds; a machine that is busy with something else is slow, not broken. */
const PATIENCE = 45_000;

/** Bytes of a numbered datagram: 7 TS packets' worth. */
const SIZE = 1_316;

/** Datagram n of a stream: its number, and bytes that nobody else's datagram n has. */
const numbered = (stream: number, n: number): Buffer => {
  const datagram = Buffer.alloc(SIZE, (n * 31 + stream * 7) & 0xff);
  datagram.writeUInt32BE(n);
  datagram.writeUInt32BE(stream, 4);
  return datagram;
};

/** Looks at a condition until it holds; patient enough for a machine that is busy with something else. */
export const until = async (holds: () => boolean, what: string | (() => string)): Promise<void> => {
  const end = Date.now() + PATIENCE;
  while (!holds()) {
    assert.ok(Date.now() < end, typeof what === "string" ? what : what());
    await pause(5);
  }
};

/** How often something has happened, once it has not happened for a while any more; fails when it goes on and on. */
export const settled = async (count: () => number, what: string): Promise<number> => {
  const end = Date.now() + PATIENCE;
  for (let before = -1; before !== count(); await pause(200)) {
    assert.ok(Date.now() < end, what);
    before = count();
  }
  return count();
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A receiver of numbered datagrams of one stream. */
export class Sink {
  /** Numbers in the order of their arrival. */
  readonly numbers: number[] = [];
  /** Everything that is not a whole numbered datagram of the streams that were asked for. */
  readonly others: Buffer[] = [];
  /** Called with each datagram as it comes. */
  onDatagram: (datagram: Buffer) => void = () => {};
  readonly #socket: Socket;
  readonly #streams: readonly number[];

  private constructor(socket: Socket, streams: readonly number[]) {
    this.#socket = socket;
    this.#streams = streams;
    socket.on("message", (datagram: Buffer) => {
      this.onDatagram(datagram);
      const n = datagram.length >= 8 ? datagram.readUInt32BE() : 0;
      if (this.#streams.some((stream) => datagram.equals(numbered(stream, n)))) {
        this.numbers.push(n);
      } else {
        this.others.push(datagram);
      }
    });
  }

  static async open(...streams: number[]): Promise<Sink> {
    const socket = createSocket("udp4").unref();
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.setRecvBufferSize(4 * 2 ** 20);
    return new Sink(socket, streams);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  get last(): number {
    return this.numbers.at(-1) ?? -1;
  }

  /** Fails unless what came is an unbroken row up to `last`, from the first that came or from `first`. */
  expectUnbroken(first = this.numbers[0] ?? 0, last = this.last): void {
    assert.equal(this.others.length, 0, "nothing foreign or broken arrived");
    assert.deepEqual(gaps(this.numbers), [], "no datagram is lost, repeated or out of order");
    assert.deepEqual([this.numbers[0], this.last], [first, last]);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Places at which a row of numbers does not go on with the next one. */
const gaps = (numbers: readonly number[]): string[] =>
  numbers.flatMap((n, i) => (i > 0 && n !== (numbers[i - 1] ?? 0) + 1 ? [`${n} behind ${numbers[i - 1] ?? 0}`] : []));

/** A sender of numbered datagrams at a moderate rate. */
export class Source {
  /** Number of the next datagram. */
  next = 0;
  readonly #socket: Socket;
  readonly #port: number;
  readonly #stream: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: number, to: string) {
    this.#stream = stream;
    this.#port = Number(to.split(":")[1]);
    this.#socket = createSocket("udp4").unref();
    this.#socket.on("error", () => {});
  }

  /** 2 000 datagrams a second, in small bursts. */
  start(): this {
    this.#timer = setInterval(() => this.burst(10), 5);
    return this;
  }

  burst(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#socket.send(numbered(this.#stream, this.next), this.#port, "127.0.0.1");
      this.next++;
    }
  }

  say(text: string): void {
    this.#socket.send(text, this.#port, "127.0.0.1");
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  close(): void {
    this.stop();
    this.#socket.close();
  }
}

/** A port of the loopback that nobody has, or that is held until it is let go. */
export const holdPort = async (): Promise<{ address: string; release: () => Promise<void> }> => {
  const socket = createSocket("udp4").unref();
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const address = `127.0.0.1:${socket.address().port}`;
  return {
    address,
    release: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
};
