import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";

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
    const openssl = (...args: string[]): void => void execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    openssl("req", "-x509", ...key, "-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=Test authority");
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const signed = ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
    openssl("req", "-x509", ...key, "-keyout", file("tls.key"), "-out", file("tls.pem"), ...names, ...signed);
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
