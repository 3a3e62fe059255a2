import { z } from "zod";
import { counter, declare, secret, socketAddress, type Claim } from "@bilbycast/engine/transport/declare";

const claim = (address: string | undefined): Claim[] => (address === undefined ? [] : [{ protocol: "udp", address }]);

/** Transports that exist for the tests alone: what the rules do must not hang on the real ones. */
export const declarations = [
  declare({
    kind: "wire",
    title: "Datagrams",
    runsOn: "lane",
    input: z.object({ bind_addr: socketAddress(), key: secret(z.string().min(10)).optional() }),
    output: z.object({
      dest_addr: socketAddress(),
      bind_addr: socketAddress({ anyPort: true }).optional(),
      dscp: z.int().min(0).max(63).default(46),
      second: z.object({ dest_addr: socketAddress(), token: secret(z.string()).optional() }).optional(),
    }),
    gives: "ts",
    takes: ["ts"],
    checkOutput: ({ dest_addr }: { dest_addr: string }) =>
      dest_addr.startsWith("0.0.0.0") ? [{ path: ["dest_addr"], message: "must be the address of a receiver" }] : [],
    claimsInput: ({ bind_addr }: { bind_addr: string }) => claim(bind_addr),
    claimsOutput: ({ bind_addr }: { bind_addr?: string }) => claim(bind_addr),
    stats: { packetsLost: counter("packets", "Lost.", "input") },
    faults: { wire_bind_failed: "The port is taken." },
  }),
  declare({
    kind: "tone",
    title: "A tone",
    runsOn: "session",
    input: z.object({ hz: z.number().min(50).max(8_000).default(1_000), shape: z.enum(["sine", "square"]).default("sine") }),
    gives: "pcm",
    stats: {},
    faults: {},
  }),
];
