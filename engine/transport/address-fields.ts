import { isIpAddress, isMulticast, readServerUrl, splitAddress } from "@bilbycast/foundation/address";
import { z } from "zod";

// `format` is for those who draw forms of the JSON Schema: it names what the check behind it, which is code, looks for.

/** `ip:port`, IPv6 in brackets: `10.0.0.1:5000`, `[::1]:5000`. Port 0 where the system may choose. */
export const socketAddress = (options: { anyPort?: boolean } = {}): z.ZodString =>
  z
    .string()
    .refine((text) => isSocketAddress(text, options.anyPort ?? false), {
      error: options.anyPort
        ? "must be an address and port like 0.0.0.0:0 or [::]:0"
        : "must be an address and port like 10.0.0.1:5000 or [::1]:5000, port 1 to 65535",
    })
    .meta({ format: "socket-address" });

/** `ip:port` of one host: groups are refused. */
export const unicastAddress = (options: { anyPort?: boolean } = {}): z.ZodString =>
  socketAddress(options).refine((text) => !isMulticast(splitAddress(text)?.host ?? ""), {
    error: "must be a unicast address, not a multicast group",
  });

/** An IP address without a port. */
export const ipAddress = (): z.ZodString =>
  z.string().refine(isIpAddress, { error: "must be an IP address like 10.0.0.1 or ::1, without a port" }).meta({ format: "ip-address" });

const isSocketAddress = (text: string, anyPort: boolean): boolean => {
  const parts = splitAddress(text);
  return parts !== undefined && (anyPort || parts.port > 0);
};

/** `scheme://host[:port]/path` of a server, with one of the schemes of `ports`. Its path says what is wanted there; a user has no place in it. */
export const serverUrl = (ports: Readonly<Record<string, number>>, example: string): z.ZodString =>
  z
    .string()
    .max(LONGEST_URL)
    .refine((text) => (readServerUrl(text, ports)?.path.length ?? 0) > 1, {
      error: `must be a URL like ${example}`,
    })
    .refine((text) => readServerUrl(text, ports)?.hasUser !== true, {
      error: "must have no user or password in it: it is shown to everybody who may see the configuration",
    });

const LONGEST_URL = 2_048;
