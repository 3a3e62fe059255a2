import { Caller } from "../caller.ts";
import { random32, type Endpoint, type EndpointOptions } from "../endpoint.ts";
import { Listener } from "../listener.ts";
import type { SrtMeters } from "../meters.ts";
import { SrtSender } from "../sender.ts";
import { GroupIdentity, type GroupMode } from "./identity.ts";
import { ReceiveGroup, type ReceiveGroupMeters } from "./receive-group.ts";
import { GroupReceiver, type GroupUnits } from "./receiver.ts";
import { SendGroup } from "./send-group.ts";

/** Links that one listening socket of a group takes: eight, and as many again that have come back while their old ones are not over yet. */
const MOST_LINKS = 16;

/** One socket of a group: a link that calls, or one that listens for links. */
export type GroupSocket = {
  meters: SrtMeters;
  report: EndpointOptions["report"];
  weight: number;
  /** What each link counts with that a listening socket takes. */
  linkMeters?: readonly SrtMeters[];
};

export type GroupOptions = Pick<EndpointOptions, "memory" | "crypto" | "settings"> & {
  mode: GroupMode;
  /** Whether the other side calls. */
  listens: boolean;
  sockets: readonly GroupSocket[];
  /** Links that a listening socket takes; 4 when absent. */
  most?: number;
};

/** The sockets of a group that takes media in, in the order that they were asked for. Throws the Fault `arena_exhausted`. */
export const createGroupReceivers = (
  options: GroupOptions,
  meters: ReceiveGroupMeters,
  units?: GroupUnits,
): { group: ReceiveGroup; machines: readonly GroupReceiver[] } => {
  const identity = identityOf(options);
  const group = new ReceiveGroup({ tooLateDrop: options.settings.tooLateDrop, meters });
  const machines = options.sockets.map((socket) => {
    const membership = { identity, weight: socket.weight, receive: group, ...linkMetersOf(socket) };
    return new GroupReceiver(endpointOf(options, { ...socket, direction: "receive", group: membership }), group, units);
  });
  return { group, machines };
};

/** The sockets of a group that gives media out, in the order that they were asked for. Throws the Fault `arena_exhausted`. */
export const createGroupSenders = (options: GroupOptions): { group: SendGroup; machines: readonly SrtSender[] } => {
  const identity = identityOf(options);
  const group = new SendGroup(identity, options.settings.idleTimeout);
  const machines = options.sockets.map((socket) => {
    const activated = (): void => socket.report({ event: "link_active", weight: socket.weight });
    const membership = { identity, weight: socket.weight, send: group, activated, ...linkMetersOf(socket) };
    return new SrtSender(endpointOf(options, { ...socket, direction: "send", group: membership }));
  });
  return { group, machines };
};

const linkMetersOf = ({ linkMeters }: GroupSocket): { meters?: readonly SrtMeters[] } =>
  linkMeters === undefined ? {} : { meters: linkMeters };

const identityOf = ({ mode, listens, crypto }: GroupOptions): GroupIdentity => new GroupIdentity(mode, listens, () => random32(crypto));

const endpointOf = (
  { memory, crypto, settings, listens, most = MOST_LINKS }: GroupOptions,
  socket: Pick<EndpointOptions, "meters" | "report" | "direction"> & { group: NonNullable<EndpointOptions["group"]> },
): Endpoint => {
  const options = { memory, crypto, settings, ...socket };
  return listens ? new Listener(options, most) : new Caller(options);
};
