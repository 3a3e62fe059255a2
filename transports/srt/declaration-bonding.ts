import { claimUdp, counter, gauge, unicastAddress, type Claim, type Problem, type Stat } from "@bilbycast/engine/transport/declare";
import { z } from "zod";

/** Links of a group, each with a row in the statistics. */
export const LINKS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
export type LinkNumber = (typeof LINKS)[number];
/** Links that a listener takes at its one local address. */
export const LINKS_OF_A_LISTENER = 4;

const FEWEST_ENDPOINTS = 2;

/** Several links as one connection: the socket groups of libsrt. */
export const bonding = () =>
  z
    .strictObject({
      mode: z.enum(["broadcast", "backup"]).meta({
        title: "Mode",
        description:
          "broadcast: every packet goes by every link. backup: by one, and the others wait until it shows weakness. Both sides must have the same.",
      }),
      endpoints: z
        .array(
          z.strictObject({
            addr: unicastAddress().meta({
              title: "Address",
              description: "Whom the link calls; of a listener, where it listens for links.",
            }),
            local_addr: unicastAddress({ anyPort: true })
              .meta({ title: "Local address", description: "Call from; port 0 lets the system choose." })
              .optional(),
            weight: z.int().min(0).max(65_535).default(0).meta({
              title: "Weight",
              description: "Of links that wait in a backup the one with the highest weight takes over; it sends when it can.",
            }),
          }),
        )
        .min(FEWEST_ENDPOINTS)
        .max(LINKS.length)
        .meta({
          title: "Endpoints",
          description: `The links: 2 to 8. A caller must have them; a listener without takes up to ${LINKS_OF_A_LISTENER} links at its local address.`,
        })
        .optional(),
    })
    .meta({ title: "Bonding", description: "Several links to the other side are one connection (SRT socket groups)." })
    .optional();

export type Bonding = NonNullable<z.output<ReturnType<typeof bonding>>>;
type Bonded = {
  mode: string;
  local_addr?: string | undefined;
  remote_addr?: string | undefined;
  packet_filter: string;
  bonding?: Bonding | undefined;
};

/** The same configuration as the rules of a single socket have to see it: the endpoints stand for the two addresses. */
export const asSingle = <C extends Bonded>(config: C): C => {
  const [first] = config.bonding?.endpoints ?? [];
  if (first === undefined) {
    return config;
  }
  return config.mode === "listener" ? { ...config, local_addr: config.local_addr ?? first.addr } : { ...config, remote_addr: first.addr };
};

/** Rules of a group. */
export const checkBonding = (config: Bonded & { redundancy?: unknown }): Problem[] => {
  const { mode, bonding: group, local_addr, remote_addr, packet_filter, redundancy } = config;
  if (group === undefined) {
    return [];
  }
  const problems: Problem[] = [];
  const rule = (holds: boolean, path: Problem["path"], message: string, code?: string): void => {
    if (!holds) {
      problems.push({ path, message, ...(code === undefined ? {} : { code }) });
    }
  };
  rule(mode !== "rendezvous", ["bonding"], "is for a caller or a listener, not for a rendezvous");
  rule(redundancy === undefined, ["redundancy"], "must be left out with bonding: the links of the group are the paths");
  rule(packet_filter === "", ["packet_filter"], "must be left out with bonding");
  if (mode === "caller") {
    rule(group.endpoints !== undefined, ["bonding", "endpoints"], "is required of a caller: whom its links call", "field_required");
    rule(remote_addr === undefined, ["remote_addr"], "must be left out with bonding: its endpoints are called");
    rule(local_addr === undefined, ["local_addr"], "must be left out with bonding: each endpoint has its own");
  } else {
    rule(
      group.endpoints === undefined || local_addr === undefined,
      ["local_addr"],
      "must be left out where bonding has endpoints: each is listened at",
    );
  }
  return [...problems, ...checkEndpoints(mode, group)];
};

const checkEndpoints = (mode: string, { endpoints = [] }: Bonding): Problem[] =>
  endpoints.flatMap(({ addr, local_addr, weight }, i) => {
    const problem = (field: string, message: string): Problem => ({ path: ["bonding", "endpoints", i, field], message });
    const first = endpoints.findIndex((each) => each.addr === addr && each.local_addr === local_addr);
    return [
      ...(first < i ? [problem("addr", `must differ from endpoints[${first}] in its addr or its local_addr`)] : []),
      ...(local_addr !== undefined && mode === "listener" ? [problem("local_addr", "is a caller's: a listener listens at addr")] : []),
      ...(weight !== 0 && mode === "listener" ? [problem("weight", "is a caller's: who calls says what its links weigh")] : []),
      ...(local_addr !== undefined && local_addr.startsWith("[") !== addr.startsWith("[")
        ? [problem("local_addr", "must be of the same family as addr")]
        : []),
    ];
  });

type BondedOutput = Bonded & {
  max_connections: number;
  program_number?: unknown;
  pid_overrides?: unknown;
  pid_map?: unknown;
  cbr_pad_to_kbps?: unknown;
};

/** Rules of a group that an output sends to. */
export const checkBondedOutput = (config: BondedOutput): Problem[] => {
  if (config.bonding === undefined) {
    return [];
  }
  const fields = ["program_number", "pid_overrides", "pid_map", "cbr_pad_to_kbps"] as const;
  const many = { path: ["max_connections"], message: "must be 1 with bonding: the links of one group are one connection" };
  return [
    ...(config.max_connections === 1 ? [] : [many]),
    ...fields
      .filter((field) => config[field] !== undefined)
      .map((field) => ({ path: [field], message: "must be left out with bonding: all links send the flow as it is" })),
  ];
};

/** Local ports that a group takes. */
export const claimBonding = ({ mode, bonding: group }: Pick<Bonded, "mode" | "bonding">): Claim[] =>
  (group?.endpoints ?? []).flatMap(({ addr, local_addr }, i) => {
    const field = mode === "listener" ? "addr" : "local_addr";
    return claimUdp({ bind_addr: mode === "listener" ? addr : local_addr }).map((claim) => ({
      ...claim,
      field: `bonding.endpoints[${i}].${field}`,
    }));
  });

/** Counted for each link; 0 where there is none. */
const LINK_STATS = {
  State: gauge("state", "0 not connected yet, 1 standby, 2 fresh, 3 stable, 4 unstable, 5 wary, 6 broken."),
  Packets: counter("packets", "Data packets that the link brought, or sent; those sent again included."),
  Lost: counter("packets", "Missing on this link, whether or not another one had them."),
  Retransmits: counter("packets", "Sent again by this link."),
  RttUs: gauge("microseconds", "Smoothed round trip time of the link."),
} as const;
export type LinkStat = keyof typeof LINK_STATS;
type LinkStatName = `link${LinkNumber}${LinkStat}`;

export const bondingStats = (): Record<LinkStatName, Stat> =>
  Object.fromEntries(
    LINKS.flatMap((link) =>
      Object.entries(LINK_STATS).map(([name, stat]) => [`link${link}${name}`, { ...stat, help: `Link ${link} of a group: ${stat.help}` }]),
    ),
  ) as Record<LinkStatName, Stat>;
