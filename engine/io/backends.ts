import type { UdpOptions } from "./lane-socket.ts";

/** Ways to the network, best first: each is tried on the machine, and the first that works serves. */
export const BACKENDS = {
  koffi: "Batched system calls of Linux through koffi.",
  ffi: "The same calls through the runtime's own `node:ffi`, where koffi does not load.",
  dgram: "The runtime's own sockets: any system, some five times the CPU.",
} as const satisfies Record<string, string>;

export type BackendName = keyof typeof BACKENDS;

/** always: on every machine on which the backend serves; probed: where the self-test finds that the kernel does it. */
export type Ability = "always" | "probed" | "never";

type Capability = {
  /** What is possible with it, for people. */
  help: string;
  /** Field of an input or output that asks for it; without one, it only makes things cheaper or more exact. */
  field?: string;
  native: Ability;
  dgram: Ability;
};

/** Everything that one backend can do and another perhaps cannot: the one place that health, warnings, documents and tests read. */
export const CAPABILITIES = {
  batches: { help: "Many datagrams in one system call.", native: "always", dgram: "never" },
  trainsOut: { help: "Trains that the kernel cuts into datagrams on the way out.", native: "probed", dgram: "never" },
  trainsIn: { help: "Datagrams that the kernel joins on the way in.", native: "probed", dgram: "never" },
  microsecondTimers: { help: "Waking at a given microsecond rather than millisecond.", native: "always", dgram: "never" },
  dscp: { help: "Marking what is sent with a code point.", field: "dscp", native: "always", dgram: "never" },
  multicast: { help: "Joining a multicast group, and sending to one.", native: "always", dgram: "always" },
  sourceSpecificMulticast: { help: "Hearing one sender of a group alone.", field: "source_addr", native: "always", dgram: "always" },
  deviceBinding: { help: "Binding a socket to one network interface.", field: "interface_binding", native: "always", dgram: "never" },
  portSharing: { help: "Several lanes on one port, each given its own callers.", field: "lanes", native: "probed", dgram: "never" },
} as const satisfies Record<string, Capability>;

export type CapabilityName = keyof typeof CAPABILITIES;

/** What a backend can do on this machine; shown in health. */
export type Capabilities = Record<CapabilityName, boolean>;

/** Something that a configuration asks for and does not get. `field`: where the configuration asks. `reason`: why, where not the backend is. */
export type Lack = { capability: CapabilityName; field: string; reason?: string };

/** What a backend can do here, with what its self-test found. */
export const capabilitiesOf = (backend: BackendName, found: Readonly<Record<string, boolean>>): Capabilities => {
  const side = backend === "dgram" ? "dgram" : "native";
  return Object.fromEntries(
    Object.entries(CAPABILITIES).map(([name, capability]) => [
      name,
      capability[side] === "always" || (capability[side] === "probed" && found[name] === true),
    ]),
  ) as Capabilities;
};

/** What a socket is asked for and the backend cannot do; the socket opens without it. */
export const lacksOf = (options: UdpOptions, capabilities: Capabilities): Lack[] =>
  NEEDS.filter(([capability, needs]) => !capabilities[capability] && needs(options)).map(([capability]) => ({
    capability,
    field: CAPABILITIES[capability].field,
  }));

const NEEDS: readonly (readonly [capability: "dscp" | "deviceBinding" | "portSharing", needs: (options: UdpOptions) => boolean])[] = [
  ["dscp", ({ dscp }) => dscp !== undefined && dscp > 0],
  ["deviceBinding", ({ device }) => device !== undefined],
  ["portSharing", ({ lanes = 1 }) => lanes > 1],
];
