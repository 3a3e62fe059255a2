import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { instant } from "@bilbycast/foundation/time";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded } from "@bilbycast/testkit/random";

const BUFFER_SIZE = 4 * 2 ** 20;
const now = () => instant(Math.floor(performance.now() * 1_000));

/** A path with seeded loss and delay in real time: what comes to `port` goes to a port of 127.0.0.1, and the answers go back. */
export class LossyProxy {
  readonly there: Link;
  readonly back: Link;
  readonly port: number;
  readonly #front: Socket;
  readonly #rear: Socket;
  readonly #target: number;
  /** Hears of every datagram that comes, before anything becomes of it. */
  tap: (datagram: Uint8Array) => void = () => {};
  /** Datagrams that `lose` took. */
  chosen = 0;
  #chosen: { ratio: number; seed: number; numbers: [number, number] } = { ratio: 0, seed: 0, numbers: [0, 0] };
  #client = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(front: Socket, rear: Socket, target: number, seed: number, properties: Partial<LinkProperties>) {
    this.#front = front;
    this.#rear = rear;
    this.#target = target;
    this.port = front.address().port;
    this.there = new Link(seeded(seed), properties);
    this.back = new Link(seeded(seed + 1), properties);
    front.on("message", (datagram, { port }) => {
      this.#client = port;
      this.#take(this.there, datagram);
    });
    rear.on("message", (datagram) => this.#take(this.back, datagram));
    rear.on("error", () => {});
  }

  static async open(target: number, seed: number, properties: Partial<LinkProperties>): Promise<LossyProxy> {
    const sockets = [0, 1].map(() => createSocket({ type: "udp4", recvBufferSize: BUFFER_SIZE }));
    const [front, rear] = sockets as [Socket, Socket];
    for (const socket of sockets) {
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
    }
    return new LossyProxy(front, rear, target, seed, properties);
  }

  /** From now on the seed and its number alone decide whether a datagram is lost, each way by itself. */
  lose(ratio: number, seed: number): void {
    this.#chosen = { ratio, seed, numbers: [0, 0] };
    this.chosen = 0;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#front.close();
    this.#rear.close();
  }

  #take(link: Link, datagram: Uint8Array): void {
    this.tap(datagram);
    if (this.#isChosen(link === this.there ? 0 : 1)) {
      this.chosen++;
    } else {
      link.send(datagram, now());
    }
    this.#pass();
  }

  #isChosen(way: 0 | 1): boolean {
    const { ratio, seed, numbers } = this.#chosen;
    return seeded((seed * 2 + way) * 1_000_003 + numbers[way]++)() < ratio;
  }

  #pass(): void {
    const time = now();
    for (let next = this.there.poll(time); next !== undefined; next = this.there.poll(time)) {
      this.#rear.send(next, this.#target, "127.0.0.1");
    }
    for (let next = this.back.poll(time); next !== undefined; next = this.back.poll(time)) {
      this.#front.send(next, this.#client, "127.0.0.1");
    }
    clearTimeout(this.#timer);
    const deadline = Math.min(this.there.deadline, this.back.deadline);
    if (deadline < Infinity) {
      this.#timer = setTimeout(() => this.#pass(), Math.max(0, (deadline - time) / 1_000));
    }
  }
}
