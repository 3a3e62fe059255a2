import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { problemSchema, time, uuid, words } from "./forms.ts";

const params = z.object({ node_id: uuid });
const onNode = { params, target: { node: "params" } } as const;
/** SHA-256 of the canonical JSON, 64 hex digits: which configuration an edit began from. */
const revision = z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits");
const config = z.record(z.string(), z.unknown());

/** One field that differs. */
export const differenceSchema = z
  .object({
    path: z.string().describe("/inputs/cam-1/port: lists of parts are keyed by their ids."),
    kind: z.enum(["added", "removed", "changed"]),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  })
  .meta({ id: "Difference" });
export type Difference = z.output<typeof differenceSchema>;

/** A field that both sides changed since the edit began. */
export const conflictSchema = z
  .object({ path: z.string(), base: z.unknown().optional(), mine: z.unknown().optional(), theirs: z.unknown().optional() })
  .meta({ id: "Conflict" });

export const CHANGE_STATES = ["applying", "watching", "verified", "troubled", "failed", "reverted"] as const;

/** A change of a node's configuration, from the press to the proof. */
export const changeSchema = z
  .object({
    id: uuid,
    node_id: uuid,
    by: z.string().describe("Who made it, by name."),
    at: time,
    summary: z.string(),
    state: z.enum(CHANGE_STATES).describe("watching: acknowledged, and its alarms are waited for; verified: none came within 20 s."),
    watched_until: time.nullable(),
    differences: z.array(differenceSchema),
    alarms: z
      .array(z.object({ alarm_id: uuid, severity: z.string(), message: z.string() }))
      .describe("Raised on what it touched since it was made."),
    error: z.string().nullable(),
    error_code: z.string().nullable(),
    can_revert: z.boolean(),
  })
  .meta({ id: "Change" });
export type Change = z.output<typeof changeSchema>;

export const snapshotSchema = z
  .object({ id: uuid, taken_at: time, reason: z.string(), label: z.string().nullable(), by: z.string().nullable(), revision })
  .meta({ id: "Snapshot" });

const configView = z.object({
  config,
  revision,
  reported_at: time,
  is_live: z.boolean().describe("false: the node is away, and this is what it had."),
});
const snapshotParams = z.object({ node_id: uuid, snapshot_id: uuid });
const changeParams = z.object({ node_id: uuid, change_id: uuid });
const wholeConfig = { base_revision: revision.describe("Of the configuration that the edit began from."), config };

export const NODE_CONFIG_ENDPOINTS = {
  config: endpoint({
    method: "GET",
    path: "/nodes/:node_id/config",
    act: "node.config.read",
    ...onNode,
    summary: "The configuration as the node reports it",
    answer: configView,
  }),
  configSchema: endpoint({
    method: "GET",
    path: "/nodes/:node_id/config/schema",
    act: "node.config.read",
    ...onNode,
    summary: "JSON Schema of the node's configuration as this version of it declares it",
    answer: z.object({ schema: z.record(z.string(), z.unknown()), version: z.string() }),
  }),
  planConfig: endpoint({
    method: "POST",
    path: "/nodes/:node_id/config/plan",
    act: "node.config.update",
    ...onNode,
    bodyLimit: 262_144,
    summary: "What a change would do, and what stands against it; nothing is changed",
    body: z.object(wholeConfig),
    answer: z.object({
      revision: revision.describe("Of the configuration that the node has now: what `merged` stands on."),
      differences: z.array(differenceSchema),
      conflicts: z.array(conflictSchema).describe("Empty, or both sides changed the same fields since the edit began."),
      merged: config.describe("Mine on top of theirs; in fields that conflict, mine."),
      findings: z.array(problemSchema.extend({ severity: z.enum(["error", "warning"]) })),
      restarts: z.array(z.string()).describe("Flows that stop for a moment."),
    }),
    status: 200,
  }),
  putConfig: endpoint({
    method: "PUT",
    path: "/nodes/:node_id/config",
    act: "node.config.update",
    ...onNode,
    bodyLimit: 102_400,
    summary: "Changes the whole configuration; refused as config_conflict when the node's is another one by now",
    body: z.object(wholeConfig),
    answer: changeSchema,
  }),
  changes: endpoint({
    method: "GET",
    path: "/nodes/:node_id/changes",
    act: "node.config.history",
    ...onNode,
    summary: "The newest 50 changes",
    answer: z.object({ changes: z.array(changeSchema) }),
  }),
  change: endpoint({
    method: "GET",
    path: "/nodes/:node_id/changes/:change_id",
    act: "node.config.history",
    target: { node: "params" },
    params: changeParams,
    summary: "How a change went",
    answer: changeSchema,
  }),
  revertChange: endpoint({
    method: "POST",
    path: "/nodes/:node_id/changes/:change_id/revert",
    act: "node.config.restore",
    target: { node: "params" },
    params: changeParams,
    summary: "Puts the configuration back to what it was before the change",
    answer: changeSchema,
  }),
  snapshots: endpoint({
    method: "GET",
    path: "/nodes/:node_id/config-history",
    act: "node.config.history",
    ...onNode,
    summary: "Configurations that the node had, the newest first",
    answer: z.object({ snapshots: z.array(snapshotSchema) }),
  }),
  snapshot: endpoint({
    method: "GET",
    path: "/nodes/:node_id/config-history/:snapshot_id",
    act: "node.config.history",
    target: { node: "params" },
    params: snapshotParams,
    summary: "One of them, and how the present one differs",
    answer: snapshotSchema.extend({ config, differences: z.array(differenceSchema) }),
  }),
  labelSnapshot: endpoint({
    method: "PUT",
    path: "/nodes/:node_id/config-history/:snapshot_id/label",
    act: "node.config.restore",
    target: { node: "params" },
    params: snapshotParams,
    summary: "Names a configuration, which is then kept",
    body: z.object({ label: words(128).nullable() }),
    answer: snapshotSchema,
  }),
  restoreSnapshot: endpoint({
    method: "POST",
    path: "/nodes/:node_id/config-history/:snapshot_id/restore",
    act: "node.config.restore",
    target: { node: "params" },
    params: snapshotParams,
    summary: "Gives the node a configuration that it had",
    answer: changeSchema,
  }),
} as const;
