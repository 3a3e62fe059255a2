import { isMulticast, splitAddress } from "@bilbycast/foundation/address";
import { milliseconds, type Microseconds } from "@bilbycast/foundation/time";
import { DelayPacer } from "@bilbycast/protocols/pacing";
import type { z } from "zod";
import type { receiverFields, senderFields } from "./datagram-fields.ts";
import type { DeviceBinding, Pacer } from "./lane-contract.ts";

type ReceiverConfig = z.output<z.ZodObject<ReturnType<typeof receiverFields>>>;
type SenderConfig = z.output<z.ZodObject<ReturnType<typeof senderFields>>>;

/** Enough for a contribution network, and too little to leave one by mistake. */
const GROUP_TTL = 16;

/** Length of a frame while nobody knows the stream's own: 25 frames per second. */
const FRAME_MS = 40;

/** What a checked configuration of `receiverFields` asks of its socket. */
export const receiveOptionsOf = (config: ReceiverConfig): { bind: string; interface?: string; source?: string; device?: DeviceBinding } => {
  const { interface_addr, source_addr, interface_binding } = config;
  const isGroup = isMulticast(splitAddress(config.bind_addr)?.host ?? "");
  return {
    bind: isGroup || interface_addr === undefined ? config.bind_addr : joined(interface_addr, config.bind_addr),
    ...(isGroup && interface_addr !== undefined ? { interface: interface_addr } : {}),
    ...(source_addr === undefined ? {} : { source: source_addr }),
    ...(interface_binding === undefined ? {} : { device: interface_binding }),
  };
};

type SendSettings = {
  to: string;
  bind?: string;
  interface?: string;
  ttl?: number;
  device?: DeviceBinding;
  dscp: number;
  trains: boolean;
  pacer?: Pacer;
};

/** What a checked configuration of `senderFields` asks of its socket, and when its packets leave. */
export const sendOptionsOf = (config: SenderConfig): SendSettings => {
  const { dest_addr, bind_addr, interface_addr, interface_binding, delay } = config;
  const isGroup = isMulticast(splitAddress(dest_addr)?.host ?? "");
  const bind = isGroup || interface_addr === undefined ? bind_addr : joined(interface_addr, bind_addr);
  const ttl = config.ttl ?? (isGroup ? GROUP_TTL : undefined);
  return {
    to: dest_addr,
    ...(bind === undefined ? {} : { bind }),
    ...(isGroup && interface_addr !== undefined ? { interface: interface_addr } : {}),
    ...(ttl === undefined ? {} : { ttl }),
    ...(interface_binding === undefined ? {} : { device: interface_binding }),
    dscp: config.dscp,
    trains: config.trains && delay === undefined,
    ...(delay === undefined ? {} : { pacer: new DelayPacer(delayOf(delay)) }),
  };
};

/** The address of an interface with the port of another address; port 0 without one. */
const joined = (host: string, portOf: string | undefined): string => {
  const port = portOf === undefined ? 0 : (splitAddress(portOf)?.port ?? 0);
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
};

/** An output adds no time of its own, so a delay and a target come to the same. No frame rate is known on the bus. */
const delayOf = (delay: NonNullable<SenderConfig["delay"]>): Microseconds =>
  milliseconds(delay.mode === "target_frames" ? (delay.fallback_ms ?? delay.frames * FRAME_MS) : delay.ms);
