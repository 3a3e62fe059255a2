import type { Act } from "@bilbycast/contracts/manager-api";
import type { IconName } from "../parts/icon.tsx";

/** A page in the rail. Pages that do not exist yet are not here. */
export type Place = {
  to:
    | "/dashboard"
    | "/flows"
    | "/switcher"
    | "/events"
    | "/admin/nodes"
    | "/admin/users"
    | "/admin/groups"
    | "/admin/audit-log"
    | "/admin/settings";
  word: string;
  icon: IconName;
  key: string;
  act: Act;
};

export const OPERATE: readonly Place[] = [
  { to: "/dashboard", word: "Dashboard", icon: "dashboard", key: "d", act: "node.list" },
  { to: "/flows", word: "Flows", icon: "flows", key: "f", act: "node.list" },
  { to: "/switcher", word: "Switcher", icon: "switcher", key: "s", act: "switcher.list" },
  { to: "/events", word: "Alarms", icon: "alarms", key: "a", act: "alarm.list" },
];

export const MANAGE: readonly Place[] = [
  { to: "/admin/nodes", word: "Nodes", icon: "nodes", key: "n", act: "node.list" },
  { to: "/admin/users", word: "Users", icon: "people", key: "u", act: "user.list" },
  { to: "/admin/groups", word: "Groups", icon: "groups", key: "o", act: "group.list" },
  { to: "/admin/audit-log", word: "Audit", icon: "record", key: "l", act: "audit.list" },
  { to: "/admin/settings", word: "Settings", icon: "admin", key: "e", act: "settings.read" },
];
