import { ipBytes, isMulticast, type SplitAddress } from "@bilbycast/foundation/address";
import type { Capabilities, Lack } from "./backends.ts";
import { interfaceIndex } from "./interfaces.ts";
import { Errno, SOCKET_BUFFER, type UdpOptions } from "./lane-socket.ts";
import * as linux from "./linux.ts";
import { SOCKADDR_SIZE, writeSocketAddress } from "./socket-address.ts";
import { steeringProgram, type PortShare } from "./steering.ts";

/** setsockopt and its neighbours on one socket, as the driver has them. The first two tell whether the system obeyed. */
export type OptionCalls = {
  word(level: number, name: number, value: number): boolean;
  bytes(level: number, name: number, value: Uint8Array): boolean;
  /** A filter as its words. */
  filter(level: number, name: number, program: Uint32Array): boolean;
  /** Error number of the call that was refused last. */
  errno(): number;
  /** Throws Errno. */
  bind(address: SplitAddress): void;
  connect(address: SplitAddress): void;
};

/** struct group_source_req on machines of 64 bits: an index, padding, and two struct sockaddr_storage of 128 bytes. */
const STORAGE_SIZE = 128;
export const GROUP_SOURCE_SIZE = 8 + 2 * STORAGE_SIZE;

/** Makes a fresh socket what was asked for, binds and connects it. Throws Errno; returns what was wished for and not had. */
export const configureSocket = (calls: OptionCalls, family: 4 | 6, options: UdpOptions, capabilities: Capabilities): Lack[] => {
  setBuffers(calls, options);
  if (family === 6) {
    calls.word(linux.SOL_IPV6, linux.IPV6_V6ONLY, 1);
  }
  if (options.dscp !== undefined) {
    const [level, name] = family === 4 ? [linux.SOL_IP, linux.IP_TOS] : [linux.SOL_IPV6, linux.IPV6_TCLASS];
    calls.word(level, name, options.dscp << 2);
  }
  // A train is given away by its first datagram, and its others may be for the neighbour.
  if (options.trains && options.deaf !== true && capabilities.trainsIn && options.share === undefined) {
    calls.word(linux.SOL_UDP, linux.UDP_GRO, 1);
  }
  const lacking = bindToDevice(calls, options);
  const { bind, to } = options;
  if (to !== undefined) {
    aimAtGroup(calls, to, options);
  }
  if (bind !== undefined) {
    if (isMulticast(bind.host)) {
      prepareForGroup(calls, family);
      calls.bind(bind);
      joinGroup(calls, bind, options);
    } else {
      bindShared(calls, bind, options.share);
    }
  }
  if (to !== undefined) {
    calls.connect(to);
  }
  return lacking;
};

/**
 * The first socket of a shared port is bound as if it were alone, so that a port that somebody else holds is refused, and lets others in
 * afterwards. Whoever comes then has the kernel ask the filter.
 */
const bindShared = (calls: OptionCalls, bind: SplitAddress, share: PortShare | undefined): void => {
  const must = (obeyed: boolean): void => {
    if (!obeyed) {
      throw refusal(calls, "sharing the port");
    }
  };
  if (share === undefined) {
    calls.bind(bind);
  } else if (share.index === 0) {
    calls.bind(bind);
    must(calls.word(linux.SOL_SOCKET, linux.SO_REUSEPORT, 1));
  } else {
    must(calls.word(linux.SOL_SOCKET, linux.SO_REUSEPORT, 1));
    calls.bind(bind);
    must(calls.filter(linux.SOL_SOCKET, linux.SO_ATTACH_REUSEPORT_CBPF, steeringProgram(share)));
  }
};

/** Forced beyond the system's limit where we may; else as much as it gives. */
const setBuffers = (calls: OptionCalls, options: UdpOptions): void => {
  for (const [force, ask, size] of [
    [linux.SO_RCVBUFFORCE, linux.SO_RCVBUF, options.deaf === true ? 0 : SOCKET_BUFFER],
    [linux.SO_SNDBUFFORCE, linux.SO_SNDBUF, SOCKET_BUFFER],
  ] as const) {
    if (!calls.word(linux.SOL_SOCKET, force, size)) {
      calls.word(linux.SOL_SOCKET, ask, size);
    }
  }
};

const bindToDevice = (calls: OptionCalls, { device }: UdpOptions): Lack[] => {
  if (device === undefined || calls.bytes(linux.SOL_SOCKET, linux.SO_BINDTODEVICE, new TextEncoder().encode(`${device.name}\0`))) {
    return [];
  }
  const errno = calls.errno();
  const reason = `binding to ${device.name}: ${linux.errnoText(errno)}`;
  if (device.strict) {
    throw new Errno(errno, reason);
  }
  return [{ capability: "deviceBinding", field: "interface_binding", reason }];
};

/** Several sockets may take one group, and each gets what it joined and nothing that others of this machine joined. */
const prepareForGroup = (calls: OptionCalls, family: 4 | 6): void => {
  calls.word(linux.SOL_SOCKET, linux.SO_REUSEADDR, 1);
  if (family === 4) {
    calls.word(linux.SOL_IP, linux.IP_MULTICAST_ALL, 0);
  } else {
    calls.word(linux.SOL_IPV6, linux.IPV6_MULTICAST_ALL, 0);
  }
};

/** The kernel leaves the group when the socket closes. */
const joinGroup = (calls: OptionCalls, group: SplitAddress, options: UdpOptions): void => {
  const joined = group.family === 4 ? joinGroup4(calls, group.host, options) : joinGroup6(calls, group, options);
  if (!joined) {
    throw refusal(calls, `joining ${group.host}`);
  }
};

const joinGroup4 = (calls: OptionCalls, group: string, options: UdpOptions): boolean => {
  const interfaceBytes = ipBytes(options.interface ?? "0.0.0.0");
  return options.source === undefined
    ? calls.bytes(linux.SOL_IP, linux.IP_ADD_MEMBERSHIP, Uint8Array.of(...ipBytes(group), ...interfaceBytes))
    : calls.bytes(
        linux.SOL_IP,
        linux.IP_ADD_SOURCE_MEMBERSHIP,
        Uint8Array.of(...ipBytes(group), ...interfaceBytes, ...ipBytes(options.source)),
      );
};

const joinGroup6 = (calls: OptionCalls, group: SplitAddress, options: UdpOptions): boolean => {
  const index = indexOf(options.interface, group.host);
  if (options.source === undefined) {
    return calls.bytes(linux.SOL_IPV6, linux.IPV6_ADD_MEMBERSHIP, Uint8Array.of(...ipBytes(group.host), ...word(index)));
  }
  const request = new Uint8Array(GROUP_SOURCE_SIZE);
  request.set(word(index));
  writeSocketAddress(request, 8, { ...group, port: 0 });
  writeSocketAddress(request, 8 + STORAGE_SIZE, { host: options.source, port: 0, family: 6 });
  return calls.bytes(linux.SOL_IPV6, linux.MCAST_JOIN_SOURCE_GROUP, request);
};

/** How far what is sent goes, and by which interface it leaves. */
const aimAtGroup = (calls: OptionCalls, to: SplitAddress, options: UdpOptions): void => {
  const isGroup = isMulticast(to.host);
  const { ttl } = options;
  if (to.family === 4) {
    if (ttl !== undefined) {
      calls.word(linux.SOL_IP, isGroup ? linux.IP_MULTICAST_TTL : linux.IP_TTL, ttl);
    }
    if (isGroup && options.interface !== undefined) {
      mustBytes(calls, linux.SOL_IP, linux.IP_MULTICAST_IF, Uint8Array.of(...ipBytes(options.interface)), options.interface);
    }
    return;
  }
  if (ttl !== undefined) {
    calls.word(linux.SOL_IPV6, isGroup ? linux.IPV6_MULTICAST_HOPS : linux.IPV6_UNICAST_HOPS, ttl);
  }
  if (isGroup && options.interface !== undefined) {
    mustBytes(calls, linux.SOL_IPV6, linux.IPV6_MULTICAST_IF, word(indexOf(options.interface, to.host)), options.interface);
  }
};

const mustBytes = (calls: OptionCalls, level: number, name: number, value: Uint8Array, what: string): void => {
  if (!calls.bytes(level, name, value)) {
    throw refusal(calls, `sending by ${what}`);
  }
};

/** Index of the interface for an IPv6 group; 0 lets the system choose. Throws Errno when the address is not ours. */
const indexOf = (address: string | undefined, group: string): number => {
  const asked = address ?? (group.includes("%") ? group : undefined);
  if (asked === undefined) {
    return 0;
  }
  const index = interfaceIndex(asked);
  if (index === undefined) {
    throw new Errno(linux.ENODEV, `${asked}: ${linux.errnoText(linux.ENODEV)}`);
  }
  return index;
};

const refusal = (calls: OptionCalls, what: string): Errno => {
  const errno = calls.errno();
  return new Errno(errno, `${what}: ${linux.errnoText(errno)}`);
};

/** An int in the machine's order, which is the same on every machine that we run on. */
const word = (value: number): Uint8Array => Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff);

/** Room for the longest option or address. */
export const OPTION_SIZE = Math.max(GROUP_SOURCE_SIZE, SOCKADDR_SIZE);
