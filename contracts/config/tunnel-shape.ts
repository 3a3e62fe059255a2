import { z } from "zod";
import { secret, socketAddress } from "@bilbycast/engine/transport/declare";
import { displayName } from "./parts.ts";

const uuid = () => z.uuid({ error: "must be a UUID like 6f1c2c1e-6f0b-4f0c-9b51-0d4f3c6f6b6a" });

const hexKey = () => secret(z.string().regex(/^[0-9a-f]{64}$/i, { error: "must be exactly 64 hexadecimal digits (32 bytes)" }));

const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?):(\d{1,5})$/i;

const isHostAndPort = (text: string): boolean => {
  const port = Number(HOST_AND_PORT.exec(text)?.[3] ?? 0);
  return port >= 1 && port <= 65_535;
};

const relayAddress = () =>
  z.string().min(1).max(256).refine(isHostAndPort, { error: "must be a host and port like relay.example.com:4433" });

export const tunnelSchema = z.looseObject({
  id: uuid().describe("The same on both edges; unique among the tunnels."),
  name: displayName().describe("Shown to people."),
  enabled: z.boolean().default(true),
  protocol: z.enum(["tcp", "udp"]).describe("tcp: reliable and in order. udp: datagrams, for media."),
  mode: z.enum(["relay", "direct"]).describe("Through a relay, or from edge to edge."),
  direction: z.enum(["ingress", "egress"]).describe("egress takes local traffic into the tunnel; ingress hands it to local_addr."),
  local_addr: socketAddress().describe("egress: where to listen. ingress: where to send."),
  relay_addrs: z.array(relayAddress()).max(2).default([]).describe("The relay and its backup; required for relay mode."),
  max_rtt_failback_increase_ms: z.int().min(0).max(5_000).default(50),
  tunnel_encryption_key: hexKey().optional().describe("Both edges have the same; required for relay mode."),
  tunnel_bind_secret: hexKey().optional().describe("Proves to the relay that this edge may bind."),
  peer_addr: socketAddress().optional().describe("The other edge; required for direct egress."),
  direct_listen_addr: socketAddress().optional().describe("Where to wait for the other edge; required for direct ingress."),
  tunnel_psk: hexKey().optional().describe("Both edges have the same, in direct mode."),
  tls_cert_pem: secret(z.string().min(1).max(65_536)).optional(),
  tls_key_pem: secret(z.string().min(1).max(65_536)).optional(),
});

export type Tunnel = z.output<typeof tunnelSchema>;
