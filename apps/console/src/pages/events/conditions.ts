import type { Alarm } from "@bilbycast/contracts/manager-api";

/** Which alarms a view shows. */
export type Show = "open" | "unacknowledged" | "shelved" | "cleared";

export const isShelvedAt = (alarm: Alarm, now: number): boolean => alarm.shelved_until !== null && Date.parse(alarm.shelved_until) > now;

export const showsIn = (alarm: Alarm, show: Show, now: number): boolean => {
  switch (show) {
    case "open":
      return alarm.is_raised;
    case "unacknowledged":
      return alarm.is_raised && alarm.acknowledged_at === null && !isShelvedAt(alarm, now);
    case "shelved":
      return isShelvedAt(alarm, now);
    case "cleared":
      return !alarm.is_raised;
  }
};

/** Critical before warning, what nobody knows of yet before what somebody does, the newest first. */
export const byWorst = (alarms: readonly Alarm[]): Alarm[] =>
  alarms.toSorted(
    (a, b) =>
      Number(b.severity === "critical") - Number(a.severity === "critical") ||
      Number(a.acknowledged_at !== null) - Number(b.acknowledged_at !== null) ||
      b.first_seen.localeCompare(a.first_seen),
  );

/** A heading of the list and what stands under it, in its order. */
export type Section = { title: string; alarms: readonly Alarm[] };

/** By severity, and what is over at the end. */
export const sectionsOf = (alarms: readonly Alarm[]): Section[] => {
  const sorted = byWorst(alarms);
  const of = (title: string, keep: (alarm: Alarm) => boolean): Section => ({ title, alarms: sorted.filter(keep) });
  return [
    of("Critical", (alarm) => alarm.is_raised && alarm.severity === "critical"),
    of("Warning", (alarm) => alarm.is_raised && alarm.severity === "warning"),
    of("Cleared", (alarm) => !alarm.is_raised),
  ].filter((section) => section.alarms.length > 0);
};

/** It comes and goes: more often than this an alarm is flapping. */
const FLAPPING_FROM = 6;

export const isFlapping = ({ count }: Alarm): boolean => count >= FLAPPING_FROM;

/** Every word of the filter stands in what is known of the alarm. */
export const alarmFits = (alarm: Alarm, filter: string): boolean => {
  const text =
    `${alarm.message} ${alarm.node_name} ${alarm.error_code} ${alarm.category} ${alarm.flow_id ?? ""} ${alarm.input_id ?? ""} ${alarm.output_id ?? ""}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};
