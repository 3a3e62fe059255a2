import type { Settings } from "@bilbycast/contracts/manager-api";

export type SettingField = { key: keyof Settings; title: string; description: string; unit: string; min: number; max: number };

/** What each setting is to people; a test holds the ranges to the contract's. */
export const SETTING_FIELDS: readonly SettingField[] = [
  { key: "events_retention_days", title: "Keep events", description: "Older ones are deleted.", unit: "days", min: 1, max: 365 },
  { key: "audit_retention_days", title: "Keep the audit log", description: "Older rows are deleted.", unit: "days", min: 30, max: 3_650 },
  {
    key: "session_lifetime_hours",
    title: "A session lasts",
    description: "After that one signs in again.",
    unit: "hours",
    min: 1,
    max: 720,
  },
  {
    key: "max_login_attempts",
    title: "Login attempts",
    description: "Failures after which an account is locked for a while.",
    unit: "tries",
    min: 1,
    max: 100,
  },
  {
    key: "node_offline_threshold_secs",
    title: "A node is away after",
    description: "Silence after which a node counts as offline.",
    unit: "s",
    min: 5,
    max: 3_600,
  },
  {
    key: "ws_keepalive_interval_secs",
    title: "Ask nodes every",
    description: "How often a quiet node is asked whether it is there.",
    unit: "s",
    min: 1,
    max: 300,
  },
  {
    key: "change_watch_secs",
    title: "Watch a change for",
    description: "How long alarms count as caused by a change.",
    unit: "s",
    min: 5,
    max: 300,
  },
];

export const settingProblem = ({ min, max, unit }: SettingField, text: string): string | undefined => {
  const value = Number(text);
  return text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max
    ? undefined
    : `Use a whole number of ${unit}, ${min} to ${max}.`;
};
