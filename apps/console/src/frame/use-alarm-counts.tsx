import { useMemo } from "react";
import type { Alarm } from "@bilbycast/contracts/manager-api";
import { useLiveRows } from "../live/live-link.tsx";
import { usePrefs } from "../prefs/prefs.tsx";

/** Alarms that stand and are not put aside, of the group that is looked at. */
export const useOpenAlarms = (): readonly Alarm[] => {
  const alarms = useLiveRows<Alarm>("alarms");
  const { group } = usePrefs();
  return useMemo(
    () => alarms.filter((alarm) => alarm.is_raised && !isShelved(alarm, Date.now()) && (group === undefined || alarm.group_id === group)),
    [alarms, group],
  );
};

export const isShelved = (alarm: Alarm, now: number): boolean => alarm.shelved_until !== null && Date.parse(alarm.shelved_until) > now;

export const useAlarmCounts = (): { critical: number; warning: number } => {
  const open = useOpenAlarms();
  return useMemo(() => {
    const critical = open.filter(({ severity }) => severity === "critical").length;
    return { critical, warning: open.length - critical };
  }, [open]);
};
