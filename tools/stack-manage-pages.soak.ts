import { provePages } from "./stack/prove-pages.ts";

// The pages of whoever manages: what a node has and had, people, groups, the record, settings, over the real manager.

provePages([
  ["node-resources", ({ nodeId }) => `/nodes/${nodeId}/resources`, /CPU/],
  ["node-history", ({ nodeId }) => `/nodes/${nodeId}/history`, "Take back"],
  ["snapshot", ({ nodeId, snapshotId }) => `/nodes/${nodeId}/history?snapshot=${snapshotId}`, "How the present one differs"],
  ["users", () => "/admin/users", "Tunde Okafor"],
  ["user", ({ userId }) => `/admin/users?user=${userId}`, "Their name stays in the record of what they did."],
  ["user-new", () => "/admin/users?user=new", "Create person"],
  ["groups", ({ groupId }) => `/admin/groups?group=${groupId}`, "Quotas"],
  ["group-new", () => "/admin/groups?group=new", "Create group"],
  ["audit", () => "/admin/audit-log", "node.config.update"],
  ["settings", () => "/admin/settings", "Installation"],
  ["account", () => "/account", "Newsroom"],
  ["nothing", () => "/nowhere", "Nothing is at this address"],
]);
