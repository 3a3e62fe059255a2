import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { peer } from "./peer.ts";

/** Ends TLS in front of a server on this machine, with a certificate for `localhost` of an authority that the test alone knows. */
export class TlsFront {
  /** The authority's certificate, as a file. */
  readonly authority: string;
  readonly #server: Server;

  private constructor(authority: string, server: Server) {
    this.authority = authority;
    this.#server = server;
  }

  static async open(folder: string, target: number): Promise<TlsFront> {
    const file = (name: string): string => join(folder, name);
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    await certify(...key, "-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=Test authority");
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const signed = ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
    await certify(...key, "-keyout", file("tls.key"), "-out", file("tls.pem"), ...names, ...signed);
    const server = createServer({ key: readFileSync(file("tls.key")), cert: readFileSync(file("tls.pem")) }, (socket) => {
      const behind = connect(target, "127.0.0.1");
      socket.on("error", () => behind.destroy()).pipe(behind);
      behind.on("error", () => socket.destroy()).pipe(socket);
    });
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TlsFront(file("ca.pem"), server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }
}

const certify = async (...args: string[]): Promise<void> => {
  const making = peer("openssl", ["req", "-x509", ...args]);
  if ((await making.exited) !== 0) {
    throw new Error(`openssl could not make a certificate:\n${making.output()}`);
  }
};
