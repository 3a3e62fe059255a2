import type { z } from "zod";
import type { Stat } from "./stat.ts";

export { ipAddress, serverUrl, socketAddress, unicastAddress } from "./address-fields.ts";
export { checkReceiver, checkSender, claimUdp, receiverFields, senderFields } from "./datagram-fields.ts";
export {
  checkRedundantReceiver,
  checkRedundantSender,
  claimRedundant,
  redundantReceiver,
  redundantSender,
  redundantReceiverStats,
  redundantSenderStats,
  sharePort,
} from "./redundancy-fields.ts";
export { addsOverLanes, counter, gauge, prefixed, type Stat } from "./stat.ts";
export { checkTsOutput, tsOutputFields, tsOutputStats } from "./ts-output-fields.ts";

/** Where the runtime half of a transport lives: on a lane (batched UDP), in a session worker (files, TCP, HTTP), in a host process (native libraries). */
export type RunsOn = "lane" | "session" | "host";

/** What one packet of a flow's bus is. `ts`: 1 to 7 whole MPEG-TS packets of 188 bytes. A flow carries one kind. */
export type Unit = "ts" | "rtp-ts" | "pcm" | "anc" | "video";

/** Something wrong with a configuration: the field's path from the object that was checked, and a sentence that says what would be right. */
export type Problem = { path: (string | number)[]; message: string; code?: string };

/** A local port that a configuration takes, for the port-conflict check. */
export type Claim = {
  protocol: "udp" | "tcp";
  address: string;
  /** Path of the field that says so; the first field of that value when absent. */
  field?: string;
};

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
  /** What is allowed and most likely a mistake; run after all checks have passed, and kept from nobody. Code `field_unusual` where it says none. */
  warnInput?: (config: never) => Problem[];
  warnOutput?: (config: never) => Problem[];
  /** Lanes that an output is to be spread over, as far as there are so many; 1 when absent. Each opens it once. */
  lanesOutput?: (config: never) => number;
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

/** Marks a field that is shown to administrators alone and never logged. */
export const secret = <T extends z.ZodType>(schema: T): T => schema.meta({ ...schema.meta(), secret: true });

/** Warns of a number beyond `bound`; `message` says what it would mean. */
export const warnAbove =
  (field: string, bound: number, message: string) =>
  (config: Readonly<Record<string, unknown>>): Problem[] => {
    const value = config[field];
    return typeof value === "number" && value > bound ? [{ path: [field], message }] : [];
  };
