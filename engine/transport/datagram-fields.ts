import { isIpv4, isMulticast, splitAddress } from "@bilbycast/foundation/address";
import { z } from "zod";
import { ipAddress, socketAddress, unicastAddress } from "./address-fields.ts";
import type { Claim, Problem } from "./declare.ts";

/** Longest delay of an output: a bus of the largest size holds that much of a stream of 200 Mbit/s. */
const LONGEST_DELAY_MS = 10_000;
/** As many frames as the longest delay has at 25 frames per second. */
const MOST_FRAMES = 250;

export const interfaceAddress = (what: string) =>
  ipAddress()
    .refine((text) => !isMulticast(text) && !isUnspecified(text), { error: "must be the address of one of this machine's interfaces" })
    .meta({ title: "Interface", basic: true, description: what })
    .optional();

const interfaceBinding = () =>
  z
    .strictObject({
      name: z
        .string()
        .regex(/^[^\s/:]{1,15}$/, { error: "must be the name of an interface, 1 to 15 characters without spaces, / and :" })
        .describe("Name of the interface, like eth0."),
      strict: z.boolean().default(false).describe("Refuse to open when the interface cannot be had; otherwise go on without it and warn."),
    })
    .meta({ title: "Bind to interface", description: "The only network interface that the socket uses, whatever the routes say." })
    .optional();

const delayMs = (what: string) => z.int().min(0).max(LONGEST_DELAY_MS).meta({ unit: "ms", description: what });

const delay = () =>
  z
    .discriminatedUnion("mode", [
      z.strictObject({ mode: z.literal("fixed"), ms: delayMs("Added to every packet.") }),
      z.strictObject({ mode: z.literal("target_ms"), ms: delayMs("From a packet's arrival on the flow to its leaving.") }),
      z.strictObject({
        mode: z.literal("target_frames"),
        frames: z.int().min(0).max(MOST_FRAMES).meta({ unit: "frames", description: "From a packet's arrival to its leaving." }),
        fallback_ms: delayMs("Used while the frame rate is not known; frames of 40 ms when absent.").optional(),
      }),
    ])
    .meta({
      title: "Delay",
      description: "How long packets wait on the flow's bus, which must hold them. Delayed packets leave one by one, never in trains.",
    })
    .optional();

export const sourceAddress = () =>
  ipAddress()
    .refine((text) => !isMulticast(text) && !isUnspecified(text), { error: "must be the address of one sender" })
    .meta({
      title: "Source",
      basic: true,
      description: "The only sender whose packets are asked for (source-specific multicast); groups only.",
    })
    .optional();

/** The fields of every input that takes datagrams. */
export const receiverFields = () => ({
  bind_addr: socketAddress({ anyPort: true }).meta({
    title: "Listen on",
    description:
      "Local address and port to receive on, like 0.0.0.0:5000 or [::]:5000, or a multicast group, which is joined. With port 0 the system chooses one.",
  }),
  interface_addr: interfaceAddress(
    "IP address of the interface by which a group is joined; without a group, the only local address that is listened on.",
  ),
  source_addr: sourceAddress(),
  interface_binding: interfaceBinding(),
  allowed_sources: z
    .array(ipAddress())
    .min(1)
    .max(256)
    .meta({ title: "Allowed sources", description: "IP addresses whose packets are let in (RP 2129 C5); all when absent." })
    .optional(),
  max_bitrate_mbps: z
    .number()
    .positive()
    .meta({ title: "Maximum bit rate", unit: "Mbit/s", description: "What comes in beyond it is dropped (RP 2129 C7)." })
    .optional(),
  ingress_delay_ms: z
    .int()
    .min(0)
    .max(1_000)
    .default(0)
    .meta({ title: "Ingress delay", unit: "ms", description: "How long everything waits before it goes onto the flow's bus." }),
});

/** The fields of every output that sends datagrams. */
export const senderFields = (options: { trains: boolean }) => ({
  dest_addr: socketAddress().meta({ title: "Send to", description: "Address and port of the receiver, or a multicast group." }),
  bind_addr: unicastAddress({ anyPort: true })
    .meta({ title: "Send from", description: "Local address and port to send from. The system chooses when it is absent." })
    .optional(),
  interface_addr: interfaceAddress("IP address of the interface by which a group is sent to; without a group, the address to send from."),
  interface_binding: interfaceBinding(),
  ttl: z
    .int()
    .min(1)
    .max(255)
    .meta({ title: "TTL", description: "Routers that a datagram may pass (hop limit). 16 for groups, the system's own otherwise." })
    .optional(),
  dscp: z.int().min(0).max(63).default(46).meta({
    title: "DSCP",
    description: "Differentiated services code point of every datagram; 46 is expedited forwarding.",
  }),
  trains: z.boolean().default(options.trains).meta({
    title: "Trains",
    description: "Let the kernel cut bursts into datagrams; off for receivers with small buffers.",
  }),
  delay: delay(),
});

type ReceiverFields = {
  bind_addr: string;
  interface_addr?: string | undefined;
  source_addr?: string | undefined;
  allowed_sources?: readonly string[] | undefined;
};

/** Rules between the fields of an input that takes datagrams. */
export const checkReceiver = (config: ReceiverFields): Problem[] => {
  const bind = splitAddress(config.bind_addr);
  if (bind === undefined) {
    return [];
  }
  const { interface_addr, source_addr, allowed_sources = [] } = config;
  const problems = [
    ...familyProblems(bind.family, "bind_addr", { interface_addr, source_addr }),
    ...allowed_sources.flatMap((source, i) =>
      familyOf(source) === bind.family
        ? []
        : [{ path: ["allowed_sources", i], message: `must be an IPv${bind.family} address like bind_addr` }],
    ),
    ...interfaceProblems(bind.host, bind.host, interface_addr),
  ];
  if (isMulticast(bind.host) && bind.port === 0) {
    problems.push({ path: ["bind_addr"], message: "must have the port that the group is sent to" });
  }
  if (source_addr !== undefined && !isMulticast(bind.host)) {
    problems.push({ path: ["source_addr"], message: "is for multicast groups; use allowed_sources for other addresses" });
  }
  return problems;
};

type SenderFields = { dest_addr: string; bind_addr?: string | undefined; interface_addr?: string | undefined };

/** Rules between the fields of an output that sends datagrams: one family, and the receiver is somebody. */
export const checkSender = ({ dest_addr, bind_addr, interface_addr }: SenderFields): Problem[] => {
  const target = splitAddress(dest_addr);
  if (target === undefined) {
    return [];
  }
  const local = bind_addr === undefined ? undefined : splitAddress(bind_addr);
  const problems = familyProblems(target.family, "dest_addr", { bind_addr: local?.host, interface_addr });
  if (isUnspecified(target.host)) {
    problems.push({ path: ["dest_addr"], message: "must be the address of a receiver, not the unspecified address" });
  }
  return [...problems, ...interfaceProblems(target.host, local?.host, interface_addr)];
};

/** The local UDP port that a configuration takes; port 0 takes none that anybody else could want, and a group is for all who join it. */
export const claimUdp = <Config extends { bind_addr?: string | undefined }>({ bind_addr }: Config): Claim[] => {
  const parts = bind_addr === undefined ? undefined : splitAddress(bind_addr);
  return bind_addr === undefined || parts === undefined || parts.port === 0 || isMulticast(parts.host)
    ? []
    : [{ protocol: "udp", address: bind_addr }];
};

const familyOf = (address: string): 4 | 6 => (isIpv4(address) ? 4 : 6);

export const isUnspecified = (host: string): boolean => host === "0.0.0.0" || host === "::";

const familyProblems = (family: 4 | 6, like: string, addresses: Readonly<Record<string, string | undefined>>): Problem[] =>
  Object.entries(addresses).flatMap(([field, address]) =>
    address === undefined || familyOf(address) === family
      ? []
      : [{ path: [field], message: `must be an IPv${family} address like ${like}` }],
  );

/** Without a group the interface is the local address, so that both cannot say different things. */
const interfaceProblems = (peer: string, local: string | undefined, interfaceAddr: string | undefined): Problem[] =>
  interfaceAddr === undefined || isMulticast(peer) || local === undefined || isUnspecified(local) || local === interfaceAddr
    ? []
    : [{ path: ["interface_addr"], message: `must be ${local} like bind_addr, or be left out` }];
