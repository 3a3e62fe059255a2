import { once } from "node:events";
import { connect, type Socket } from "node:net";

export type Answer = { status: number; body: Record<string, unknown> };

type Waiting = { resolve: (answer: Answer) => void; reject: (error: Error) => void };

/** Requests on one connection, each sent without waiting for the answers before it (RFC 9112 §9.3.2): they reach the server in order, however close. */
export class PipelinedRequests {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #waiting: Waiting[] = [];
  #text = "";

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    socket.on("close", () => this.#waiting.splice(0).forEach(({ reject }) => reject(new Error("the server closed the connection"))));
    socket.on("error", () => {});
  }

  /** `address`: `http://host:port`. */
  static async open(address: string): Promise<PipelinedRequests> {
    const { hostname, port, host } = new URL(address);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new PipelinedRequests(socket, host);
  }

  post(path: string, body: unknown): Promise<Answer> {
    const text = JSON.stringify(body);
    const head = [`POST ${path} HTTP/1.1`, `Host: ${this.#host}`, "Content-Type: application/json", `Content-Length: ${text.length}`];
    this.#socket.write(`${head.join("\r\n")}\r\n\r\n${text}`);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #hear(text: string): void {
    this.#text += text;
    for (;;) {
      const headEnd = this.#text.indexOf("\r\n\r\n");
      const head = this.#text.slice(0, Math.max(headEnd, 0));
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
      const end = headEnd + 4 + length;
      if (headEnd < 0 || !(this.#text.length >= end)) {
        return;
      }
      const body = JSON.parse(this.#text.slice(headEnd + 4, end)) as Record<string, unknown>;
      this.#text = this.#text.slice(end);
      this.#waiting.shift()?.resolve({ status: Number(head.split(" ")[1]), body });
    }
  }
}
