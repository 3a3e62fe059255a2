import type { Json } from "../../live/merge-patch.ts";
import { asWhole, tosAsDscp } from "./option-readers.ts";
import { isGroup, socketOf, type Address, type Reading, type Side } from "./reading.ts";

/** What programs set for themselves: here the node sees to it. */
const NEEDLESS = new Set(["pkt_size", "reuse", "reuse_socket", "overrun_nonfatal", "connect", "broadcast", "udplite_coverage"]);

/** `udp://@239.1.1.1:5000`, `rtp://source@group:port?localaddr=10.0.0.5&ttl=16`, as ffmpeg and VLC write it. */
export const readDatagram = (address: Address, side: Side): Reading => {
  const kind = address.scheme === "rtp" ? "rtp" : "udp";
  const given = new Map(address.options);
  const fields: Record<string, Json> = side === "input" ? receiving(address, given) : sending(address, given);
  const used =
    side === "input" ? ["localaddr", "sources", "miface"] : ["localaddr", "localport", "localrtpport", "ttl", "dscp", "tos", "miface"];
  const unused = address.options.filter(([name]) => !used.includes(name) && !NEEDLESS.has(name)).map(([name, text]) => `${name}=${text}`);
  const group = isGroup(address.host);
  const where =
    side === "input"
      ? group
        ? `from group ${address.host}`
        : `listening on port ${address.port ?? 0}`
      : `to ${group ? "group " : ""}${address.host}`;
  const source = fields["source_addr"];
  return {
    kind,
    fields,
    said: [`${kind.toUpperCase()} ${where}`, ...(typeof source === "string" ? [`from ${source} alone`] : [])],
    unused,
    notes: [],
  };
};

const receiving = ({ host, port, user }: Address, given: ReadonlyMap<string, string>): Record<string, Json> => {
  const local = given.get("localaddr");
  const sources = (given.get("sources") ?? user ?? "").split(",").filter((source) => source !== "");
  const [first] = sources;
  if (!isGroup(host)) {
    return {
      bind_addr: socketOf(host === "" ? (local ?? "") : host, port),
      ...(sources.length === 0 ? {} : { allowed_sources: sources }),
    };
  }
  return {
    bind_addr: socketOf(host, port),
    ...(local === undefined ? {} : { interface_addr: local }),
    ...(given.get("miface") === undefined ? {} : { interface_binding: { name: given.get("miface") ?? "" } }),
    // One sender is asked for by the network; of several the node lets in what comes from them.
    ...(first === undefined ? {} : sources.length === 1 ? { source_addr: first } : { allowed_sources: sources }),
  };
};

const sending = ({ host, port }: Address, given: ReadonlyMap<string, string>): Record<string, Json> => {
  const local = given.get("localaddr");
  const localPort = Number(given.get("localport") ?? given.get("localrtpport") ?? 0);
  const ttl = asWhole(given.get("ttl") ?? "");
  const dscp = asWhole(given.get("dscp") ?? "") ?? tosAsDscp(given.get("tos") ?? "");
  return {
    dest_addr: socketOf(host, port),
    ...(localPort > 0 ? { bind_addr: socketOf(local ?? "", localPort, host.includes(":") ? "::" : "0.0.0.0") } : {}),
    ...(local !== undefined && localPort === 0 ? { interface_addr: local } : {}),
    ...(given.get("miface") === undefined ? {} : { interface_binding: { name: given.get("miface") ?? "" } }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(dscp === undefined ? {} : { dscp }),
  };
};
