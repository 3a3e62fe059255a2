import type { ConfigProblem } from "./problem.ts";
import type { Tunnel } from "./tunnel-shape.ts";

/** What one mode and direction of a tunnel need. */
export const tunnelProblems = (tunnel: Tunnel, at: string): ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const need = (field: string, when: string, what: string): void => {
    const value = tunnel[field];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) {
      problems.push({ path: `${at}.${field}`, code: "field_required", message: `is required ${when}: ${what}` });
    }
  };
  if (tunnel.mode === "relay") {
    need("relay_addrs", "in relay mode", "one or two addresses like relay.example.com:4433");
    need("tunnel_encryption_key", "in relay mode", "64 hexadecimal digits");
  } else if (tunnel.direction === "egress") {
    need("peer_addr", "for direct egress", "the address and port of the other edge");
  } else {
    need("direct_listen_addr", "for direct ingress", "an address and port like 0.0.0.0:4433");
  }
  const [first, second] = tunnel.relay_addrs;
  if (first !== undefined && first === second) {
    problems.push({ path: `${at}.relay_addrs[1]`, code: "url_taken", message: "must be another relay than relay_addrs[0]" });
  }
  return problems;
};
