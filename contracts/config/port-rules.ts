import { splitAddress } from "@bilbycast/foundation/address";
import type { Claim, Declaration } from "@bilbycast/engine/transport/declare";
import { transportFields, type Part, type Side } from "./parts.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Monitor, Server } from "./server-shape.ts";
import type { Tunnel } from "./tunnel-shape.ts";

type Taken = { protocol: Claim["protocol"]; host: string; port: number; path: string; owner: string };

/** Everything of a configuration that may open a local port; what did not pass its own check is absent. */
export type PortOwners = {
  server: Server | undefined;
  monitor: Monitor | undefined;
  inputs: readonly (Part | undefined)[];
  outputs: readonly (Part | undefined)[];
  tunnels: readonly (Tunnel | undefined)[];
};

/** Two owners may not want one local port: same protocol, same port, and addresses of which one covers the other. */
export const portProblems = (owners: PortOwners, declarations: readonly Declaration[]): ConfigProblem[] => {
  const declarationByKind = new Map(declarations.map((declaration) => [declaration.kind, declaration]));
  const wanted = [
    ...pagePort(owners.server, "server", "the REST API"),
    ...pagePort(owners.monitor, "monitor", "the monitor page"),
    ...owners.inputs.flatMap((part, index) => partPorts(part, "input", index, declarationByKind)),
    ...owners.outputs.flatMap((part, index) => partPorts(part, "output", index, declarationByKind)),
    ...owners.tunnels.flatMap(tunnelPorts),
  ];
  const takenByPort = new Map<string, Taken[]>();
  return wanted.flatMap((claim): ConfigProblem[] => {
    const key = `${claim.protocol} ${claim.port}`;
    const others = takenByPort.get(key) ?? [];
    takenByPort.set(key, [...others, claim]);
    const other = others.find((candidate) => overlap(candidate.host, claim.host));
    if (other === undefined) {
      return [];
    }
    const message = `Port conflict: ${claim.protocol} port ${claim.port} on ${claim.host} is taken by ${other.owner} (${other.path}); choose another port`;
    return [{ path: claim.path, code: "port_conflict", message }];
  });
};

const pagePort = (page: Server | Monitor | undefined, key: string, owner: string): Taken[] =>
  page === undefined
    ? []
    : [{ protocol: "tcp", host: canonical(page.listen_addr), port: page.listen_port, path: `${key}.listen_port`, owner }];

const tunnelPorts = (tunnel: Tunnel | undefined, index: number): Taken[] => {
  if (tunnel === undefined) {
    return [];
  }
  const taken = (field: "local_addr" | "direct_listen_addr", protocol: Claim["protocol"]): Taken[] => {
    const address = splitAddress(tunnel[field] ?? "");
    const path = `tunnels[${index}].${field}`;
    return address === undefined
      ? []
      : [{ protocol, host: canonical(address.host), port: address.port, path, owner: `the tunnel "${tunnel.name}"` }];
  };
  return [
    ...(tunnel.direction === "egress" ? taken("local_addr", tunnel.protocol) : []),
    ...(tunnel.mode === "direct" && tunnel.direction === "ingress" ? taken("direct_listen_addr", "udp") : []),
  ];
};

const partPorts = (part: Part | undefined, side: Side, index: number, declarationByKind: ReadonlyMap<string, Declaration>): Taken[] => {
  const declaration = declarationByKind.get(part?.type ?? "");
  if (part === undefined || declaration === undefined) {
    return [];
  }
  const claims = side === "input" ? declaration.claimsInput : declaration.claimsOutput;
  const fields = transportFields(declaration, side, part);
  return (claims?.(fields as never) ?? []).flatMap((claim) => {
    const address = splitAddress(claim.address);
    if (address === undefined || address.port === 0) {
      return [];
    }
    const field = claim.field ?? Object.keys(fields).find((key) => fields[key] === claim.address);
    const path = field === undefined ? `${side}s[${index}]` : `${side}s[${index}].${field}`;
    return [{ protocol: claim.protocol, host: canonical(address.host), port: address.port, path, owner: `the ${side} "${part.id}"` }];
  });
};

/** An address for all of a machine's own covers every other, of both families: IPv6 sockets take IPv4 too unless told otherwise. */
const overlap = (a: string, b: string): boolean => a === b || isWildcard(a) || isWildcard(b);

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** One spelling per address; `0:0:0:0:0:0:0:1` and `::1` are the same. */
const canonical = (host: string): string => {
  const url = host.includes(":") ? URL.parse(`http://[${host}]/`) : null;
  return url === null ? host.toLowerCase() : url.hostname.slice(1, -1);
};
