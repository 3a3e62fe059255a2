import { once } from "node:events";
import { createServer as createPlainServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { FastifyInstance } from "fastify";
import { Fault } from "@bilbycast/foundation/fault";
import type { Identity } from "@bilbycast/service/tls";
import type { ManagerSettings } from "../settings/settings.ts";

/** Where it listens. `close` ends what the server's own end does not; `servers`: all of them, for a new certificate. */
export type Listening = { port: number; servers: readonly Server[]; close(): void };

/** Opens every address that is wanted, on one port. Throws the Fault `listen_failed`, with nothing left open. */
export const listen = async (
  server: FastifyInstance,
  { listenAddresses, listenPort }: ManagerSettings,
  identity: Identity | undefined,
): Promise<Listening> => {
  const [first = "::", ...others] = withoutDoubles(listenAddresses);
  const more: Server[] = [];
  try {
    await server.listen({ port: listenPort, host: first });
    const address = server.server.address();
    const port = typeof address === "object" && address !== null ? address.port : listenPort;
    for (const host of others) {
      more.push(await besides(server.server, identity, host, port));
    }
    return { port, servers: [server.server, ...more], close: () => more.forEach((each) => each.close()) };
  } catch (cause) {
    more.forEach((each) => each.close());
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new Fault("listen_failed", `${listenAddresses.join(", ")} port ${listenPort} cannot be opened (${code})`, {
      cause,
      details: { reason: code },
    });
  }
};

/** "::" takes IPv4 as well where the system lets it, so both wildcards are one socket; and a wildcard takes every other address. */
const withoutDoubles = (addresses: readonly string[]): string[] =>
  addresses.includes("::")
    ? ["::"]
    : addresses.includes("0.0.0.0")
      ? ["0.0.0.0", ...addresses.filter((address) => address.includes(":"))]
      : [...new Set(addresses)];

/** One more door to the same rooms: what comes in by it is the first server's. */
const besides = async (first: Server, identity: Identity | undefined, host: string, port: number): Promise<Server> => {
  const door = identity === undefined ? createPlainServer() : createTlsServer({ ...identity, minVersion: "TLSv1.2" });
  for (const event of ["request", "upgrade", "clientError", "checkContinue"] as const) {
    door.on(event, (...args: unknown[]) => first.emit(event, ...args));
  }
  door.listen(port, host);
  await once(door, "listening");
  return door;
};
