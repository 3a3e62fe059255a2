import { z } from "zod";
import { declare, secret, socketAddress, warnAbove } from "@bilbycast/engine/transport/declare";

/** Transports that exist for the tests alone. */
export const declarations = [
  declare({
    kind: "wire",
    title: "Datagrams",
    runsOn: "lane",
    input: z.object({ bind_addr: socketAddress({ anyPort: true }), limit: z.number().positive().optional() }),
    output: z.object({ dest_addr: socketAddress(), dscp: z.int().min(0).max(63).default(46), key: secret(z.string()).optional() }),
    gives: "ts",
    takes: ["ts"],
    warnInput: warnAbove("limit", 100, "is above 100, which limits nothing"),
    warnOutput: warnAbove("dscp", 48, "is above 48, which is for the network's own traffic"),
    claimsInput: ({ bind_addr }: { bind_addr: string }) => [{ protocol: "udp" as const, address: bind_addr }],
    stats: {},
    faults: { wire_bind_failed: "The port is taken." },
    capabilities: ["wire"],
  }),
];

export const wireInput = (id: string, port: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: "wire",
  id,
  name: id,
  bind_addr: `127.0.0.1:${port}`,
  ...more,
});

export const wireOutput = (id: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: "wire",
  id,
  name: id,
  dest_addr: "127.0.0.1:6000",
  ...more,
});
