import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** Room for 4 MiB or as much as the kernel allows: a busy machine does not lose what a test compares. */
const BUFFER_SIZE = 4 * 2 ** 20;
/** Milliseconds without a datagram after which nothing more is expected. */
const QUIET = 3_000;
const STEP = 20;

/** Keeps every datagram that comes to a port of 127.0.0.1, whole and in order. Open it before anybody sends. */
export class ByteSink {
  readonly port: number;
  readonly datagrams: Buffer[] = [];
  /** Milliseconds of a monotonic clock at which each datagram was taken from the socket. */
  readonly arrivals: number[] = [];
  readonly #socket: Socket;
  #size = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on("message", (datagram) => {
      this.datagrams.push(datagram);
      this.arrivals.push(performance.now());
      this.#size += datagram.length;
    });
  }

  /** Port 0: the system chooses. */
  static async open(port = 0): Promise<ByteSink> {
    const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_SIZE });
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    return new ByteSink(socket);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** All payloads in the order of arrival, without the first `header` bytes of each. */
  bytes(header = 0): Buffer {
    return Buffer.concat(this.datagrams.map((datagram) => datagram.subarray(header)));
  }

  /** Resolves when `wanted` bytes are there, or when nothing has come for three seconds: then what came tells what is missing. */
  async settle(wanted: number): Promise<void> {
    let seen = -1;
    for (let since = performance.now(); this.#size < wanted && performance.now() - since < QUIET;) {
      if (this.#size !== seen) {
        seen = this.#size;
        since = performance.now();
      }
      await sleep(STEP);
    }
  }

  /** Forgets what came. */
  clear(): void {
    this.datagrams.length = 0;
    this.arrivals.length = 0;
    this.#size = 0;
  }

  close(): void {
    this.#socket.close();
  }
}
