import { isIpAddress, isMulticast, splitAddress } from "@bilbycast/foundation/address";
import { z } from "zod";

/** Where the runtime half of a transport lives: on a lane (batched UDP), in a session worker (files, TCP, HTTP), in a host process (native libraries). */
export type RunsOn = "lane" | "session" | "host";

/** What one packet of a flow's bus is. `ts`: 1 to 7 whole MPEG-TS packets of 188 bytes. A flow carries one kind. */
export type Unit = "ts" | "rtp-ts" | "pcm" | "anc" | "video";

/** `direction`: which half counts it. Without one, both do. */
export type Stat = { type: "counter" | "gauge"; unit: string; help: string; direction?: "input" | "output" };

/** Something wrong with a configuration: the field's path from the object that was checked, and a sentence that says what would be right. */
export type Problem = { path: (string | number)[]; message: string; code?: string };

/** A local port that a configuration takes, for the port-conflict check. */
export type Claim = { protocol: "udp" | "tcp"; address: string };

/** What a transport says of itself; everything else about it is derived. */
export type Declaration = {
  /** The `type` discriminator in the configuration; snake case. The folder is named the same, in kebab case. */
  kind: string;
  title: string;
  runsOn: RunsOn;
  /** The fields besides type, id, name, active and group. */
  input?: z.ZodObject;
  output?: z.ZodObject;
  /** Unit kind that the input gives to the bus, and those that the output takes. */
  gives?: Unit;
  takes?: readonly Unit[];
  /** Rules between fields; run after the fields themselves are right. */
  checkInput?: (config: never) => Problem[];
  checkOutput?: (config: never) => Problem[];
  claimsInput?: (config: never) => Claim[];
  claimsOutput?: (config: never) => Claim[];
  stats: Readonly<Record<string, Stat>>;
  /** Fault code -> a sentence for people. */
  faults: Readonly<Record<string, string>>;
  /** Event code -> a sentence for people. */
  events?: Readonly<Record<string, string>>;
  /** Strings advertised in health while the transport exists. */
  capabilities?: readonly string[];
};

/** Fixes the literal types of a declaration, so that its stats and fault codes can be checked by name. */
export const declare = <const D extends Declaration>(declaration: D): D => declaration;

export const counter = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("counter", unit, help, direction);
export const gauge = (unit: string, help: string, direction?: "input" | "output"): Stat => stat("gauge", unit, help, direction);

const stat = (type: Stat["type"], unit: string, help: string, direction?: "input" | "output"): Stat =>
  direction === undefined ? { type, unit, help } : { type, unit, help, direction };

/** Marks a field that is shown to administrators alone and never logged. */
export const secret = <T extends z.ZodType>(schema: T): T => schema.meta({ ...schema.meta(), secret: true });

/** `ip:port`, IPv6 in brackets: `10.0.0.1:5000`, `[::1]:5000`. Port 0 where the system may choose. */
export const socketAddress = (options: { anyPort?: boolean } = {}): z.ZodString =>
  z.string().refine((text) => isSocketAddress(text, options.anyPort ?? false), {
    error: options.anyPort
      ? "must be an address and port like 0.0.0.0:0 or [::]:0"
      : "must be an address and port like 10.0.0.1:5000 or [::1]:5000, port 1 to 65535",
  });

/** `ip:port` of one host: groups are refused. */
export const unicastAddress = (options: { anyPort?: boolean } = {}): z.ZodString =>
  socketAddress(options).refine((text) => !isMulticast(splitAddress(text)?.host ?? ""), {
    error: "must be a unicast address: multicast groups are not supported by this version",
  });

/** The fields of every output that sends datagrams from a socket of its own. */
type SenderAddresses = { dest_addr: string; bind_addr?: string | undefined };

/** Both addresses of a sender are of one family, and the receiver is somebody. */
export const checkSenderAddresses = ({ dest_addr, bind_addr }: SenderAddresses): Problem[] => {
  const target = splitAddress(dest_addr);
  const local = bind_addr === undefined ? undefined : splitAddress(bind_addr);
  const problems: Problem[] = [];
  if (target?.host === "0.0.0.0" || target?.host === "::") {
    problems.push({ path: ["dest_addr"], message: "must be the address of a receiver, not the unspecified address" });
  }
  if (target !== undefined && local !== undefined && target.family !== local.family) {
    problems.push({ path: ["bind_addr"], message: `must be an IPv${target.family} address like dest_addr` });
  }
  return problems;
};

/** The local UDP port that a configuration takes; port 0 takes none that anybody else could want. */
export const claimUdp = <Config extends { bind_addr?: string | undefined }>({ bind_addr }: Config): Claim[] =>
  bind_addr === undefined || splitAddress(bind_addr)?.port === 0 ? [] : [{ protocol: "udp", address: bind_addr }];

/** An IP address without a port. */
export const ipAddress = (): z.ZodString =>
  z.string().refine(isIpAddress, { error: "must be an IP address like 10.0.0.1 or ::1, without a port" });

const isSocketAddress = (text: string, anyPort: boolean): boolean => {
  const parts = splitAddress(text);
  return parts !== undefined && (anyPort || parts.port > 0);
};
