import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { seconds } from "@bilbycast/foundation/time";
import { LoopTimer } from "./clocks.ts";

export type TcpOptions = { host: string; port: number; tls: boolean };

export type TcpEnd =
  | "name_not_found"
  | "connection_refused"
  | "unreachable"
  | "connect_timeout"
  | "certificate_refused"
  | "tls_failed"
  | "connection_reset"
  | "ended";

export type TcpListener = {
  connected(): void;
  received(bytes: Uint8Array): void;
  drained(): void;
  closed(end: TcpEnd, message: string): void;
};

/** From the look-up of the name to the end of the TLS handshake. */
const CONNECT_WITHIN = seconds(10);
/** What waits when a connection is closed is sent within this time or not at all. */
const LINGER = seconds(0.5);

const ENDS: Readonly<Record<string, TcpEnd>> = {
  ENOTFOUND: "name_not_found",
  EAI_AGAIN: "name_not_found",
  ECONNREFUSED: "connection_refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "connect_timeout",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
};

/** A TCP connection that this side opens, on the event loop of its thread. Names are looked up by the system, on threads of the runtime's own. */
export class TcpConnection {
  readonly #socket: Socket;
  readonly #listener: TcpListener;
  readonly #deadline: LoopTimer;
  #error: NodeJS.ErrnoException | undefined;
  #isOpen = false;
  /** The session wants to hear nothing more. */
  #isLeft = false;

  constructor(options: TcpOptions, listener: TcpListener) {
    const { host, port, tls } = options;
    this.#listener = listener;
    this.#socket = tls ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) }) : connectTcp({ host, port });
    this.#deadline = new LoopTimer(() => {
      this.#error ??= Object.assign(new Error("the server does not answer"), { code: "ETIMEDOUT" });
      this.#socket.destroy();
    });
    this.#deadline.in(CONNECT_WITHIN);
    this.#socket.setNoDelay(true);
    this.#socket.once(tls ? "secureConnect" : "connect", () => this.#opened());
    this.#socket.on("data", (bytes: Uint8Array) => this.#tell(() => listener.received(bytes)));
    this.#socket.on("drain", () => this.#tell(() => listener.drained()));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => (this.#error ??= error));
    this.#socket.on("close", () => this.#ended());
  }

  get waiting(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && !this.#isLeft) {
      this.#socket.write(bytes);
    }
  }

  close(): void {
    this.#isLeft = true;
    if (!this.#isOpen) {
      this.#socket.destroy();
      return;
    }
    this.#socket.end(() => this.#socket.destroy());
    this.#deadline.in(LINGER);
  }

  abort(): void {
    this.#isLeft = true;
    this.#socket.destroy();
  }

  #opened(): void {
    this.#deadline.close();
    this.#isOpen = true;
    this.#tell(() => this.#listener.connected());
  }

  #ended(): void {
    this.#deadline.close();
    const error = this.#error;
    this.#tell(() => this.#listener.closed(...endOf(error, this.#isOpen)));
    this.#isLeft = true;
  }

  #tell(what: () => void): void {
    if (!this.#isLeft) {
      what();
    }
  }
}

const endOf = (error: NodeJS.ErrnoException | undefined, wasOpen: boolean): [TcpEnd, string] => {
  if (error === undefined) {
    return ["ended", "The server closed the connection."];
  }
  const known = ENDS[error.code ?? ""];
  // Whatever else goes wrong before a TLS connection stands is about its protocol, or else about the certificate.
  const early = /^(EPROTO|ERR_SSL)/.test(error.code ?? "") ? "tls_failed" : "certificate_refused";
  return [known ?? (wasOpen ? "connection_reset" : early), error.message];
};
