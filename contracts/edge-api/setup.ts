import { z } from "zod";

/** GET setup/status; bare, without the envelope. */
export const setupStatusSchema = z
  .object({
    listen_addr: z.string(),
    listen_port: z.int(),
    manager_url: z.string().nullable(),
    accept_self_signed_cert: z.boolean(),
    registration_token: z.null().describe("Never told."),
    device_name: z.string().nullable(),
    setup_enabled: z.boolean(),
  })
  .meta({ id: "SetupStatus" });

/** POST setup. Fields that are left out stay as they are. */
export const setupBody = z.looseObject({
  manager_url: z
    .string()
    .max(2048)
    .regex(/^wss:\/\/[^\s/]+/, { error: "must be a URL that begins with wss://" }),
  registration_token: z.string().max(4096).nullish().describe("From the manager, for the first connection."),
  accept_self_signed_cert: z.boolean().nullish(),
  device_name: z.string().max(256).nullish(),
  listen_addr: z.union([z.ipv4(), z.ipv6()], { error: "must be an IP address" }).nullish(),
  listen_port: z.int().min(1).max(65_535).nullish(),
});

export const setupAnswer = z.object({ success: z.literal(true), message: z.string() });

/** Callers of other machines say the token that the edge printed. */
export const setupHeaders = z.looseObject({ "x-setup-token": z.string().optional() });

export type SetupBody = z.output<typeof setupBody>;
