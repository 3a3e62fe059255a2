import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { groupId, page, pageQuery, sought, time, uuid } from "./forms.ts";

/** One line of the record of what people and programs did. */
export const auditRowSchema = z
  .object({
    seq: z.int(),
    at: time,
    actor_id: uuid.nullable().describe("null: nobody was known, or the system did it."),
    actor_name: z.string(),
    via: z.enum(["session", "token", "system", "command_line"]),
    action: z.string(),
    group_id: groupId.nullable(),
    target_type: z.string(),
    target_id: z.string(),
    target_name: z.string().describe("As it was named then."),
    changes: z.array(z.object({ field: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
    details: z.record(z.string(), z.unknown()),
    ip_address: z.string(),
    hash: z.string(),
  })
  .meta({ id: "AuditRow" });
export type AuditRow = z.output<typeof auditRowSchema>;

const auditFilter = {
  group_id: groupId.optional(),
  actor: sought(64).optional(),
  action: sought(64).optional().describe("An action, or what it begins with: node."),
  target_id: sought(128).optional(),
  from: time.optional(),
  to: time.optional(),
};

export const SETTINGS = {
  events_retention_days: z.int().min(1).max(365).default(30),
  audit_retention_days: z.int().min(30).max(3_650).default(730),
  ws_keepalive_interval_secs: z.int().min(1).max(300).default(15),
  session_lifetime_hours: z.int().min(1).max(720).default(24),
  max_login_attempts: z.int().min(1).max(100).default(5),
  node_offline_threshold_secs: z.int().min(5).max(3_600).default(30),
  change_watch_secs: z.int().min(5).max(300).default(20),
} as const;
export const settingsSchema = z.object(SETTINGS).meta({ id: "Settings" });
export type Settings = z.output<typeof settingsSchema>;

/** Keys of what a person's console remembers. */
export const PREFERENCE_KEYS = ["theme", "density", "zone", "dashboard", "active_group", "columns", "saved_filters", "panes"] as const;
const preferenceParams = z.object({ key: z.enum(PREFERENCE_KEYS) });
const preferenceValue = z.object({ value: z.unknown() });

export const RECORD_ENDPOINTS = {
  audit: endpoint({
    method: "GET",
    path: "/audit-log",
    act: "audit.list",
    summary: "What was done in the groups that the caller administers, the newest first",
    query: pageQuery.extend(auditFilter),
    answer: page(auditRowSchema),
  }),
  exportAudit: endpoint({
    method: "GET",
    path: "/audit-log/export",
    act: "audit.list",
    summary: "The same as a table for spreadsheets, at most 100,000 rows",
    query: z.object(auditFilter),
    answer: z.unknown(),
    mediaType: "text/csv",
  }),
  verifyAudit: endpoint({
    method: "GET",
    path: "/audit-log/verify",
    act: "audit.verify",
    summary: "Walks the chain of hashes from its first row to its last",
    answer: z.object({ is_whole: z.boolean(), rows: z.int(), first_broken_seq: z.int().nullable() }),
  }),
  settings: endpoint({
    method: "GET",
    path: "/settings",
    act: "settings.read",
    summary: "Settings of the installation",
    answer: settingsSchema,
  }),
  updateSettings: endpoint({
    method: "PUT",
    path: "/settings",
    act: "settings.update",
    summary: "Changes settings; all or none",
    body: settingsSchema.partial(),
    answer: settingsSchema,
  }),
  preferences: endpoint({
    method: "GET",
    path: "/preferences",
    act: "preference.read",
    summary: "All that one's console remembers, by key",
    answer: z.object({ preferences: z.record(z.string(), z.unknown()) }),
  }),
  preference: endpoint({
    method: "GET",
    path: "/preferences/:key",
    act: "preference.read",
    params: preferenceParams,
    summary: "What one's console remembers",
    answer: preferenceValue,
  }),
  setPreference: endpoint({
    method: "PUT",
    path: "/preferences/:key",
    act: "preference.update",
    params: preferenceParams,
    bodyLimit: 51_200,
    summary: "Has it remember something",
    body: preferenceValue,
    answer: preferenceValue,
  }),
  deletePreference: endpoint({
    method: "DELETE",
    path: "/preferences/:key",
    act: "preference.update",
    params: preferenceParams,
    summary: "Has it forget",
  }),
  instances: endpoint({
    method: "GET",
    path: "/instances",
    act: "instance.list",
    summary: "Instances of the manager on this database",
    answer: z.object({
      instances: z.array(
        z.object({
          id: z.string(),
          region: z.string(),
          version: z.string(),
          started_at: time,
          last_heartbeat_at: time,
          nodes: z.int(),
          is_own: z.boolean(),
        }),
      ),
    }),
  }),
} as const;
