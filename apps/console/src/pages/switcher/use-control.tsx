import { createContext, useContext, useEffect, useSyncExternalStore } from "react";
import { api } from "../../api/browser.tsx";
import { randomUuid } from "../../api/random-uuid.ts";
import type { DeskControl } from "./desk-control.tsx";
import type { DeskState } from "./desk-state.ts";

const ControlContext = createContext<DeskControl | undefined>(undefined);

export const ControlProvider = ControlContext.Provider;

export const useControl = (): DeskControl => {
  const control = useContext(ControlContext);
  if (control === undefined) {
    throw new Error("A part of the desk stands outside of it.");
  }
  return control;
};

/** One value of what this tab knows; drawn anew when it changes and not with the rest. */
export const useDeskState = <Value,>(valueOf: (state: DeskState, control: DeskControl) => Value): Value => {
  const control = useControl();
  return useSyncExternalStore(control.subscribe, () => valueOf(control.state(), control));
};

/** A seat holds 25 s. Milliseconds. */
const SIT_MS = 10_000;
/** Of this window, as long as it is not loaded anew. */
export const SEAT = randomUuid();

/** Says that somebody sits here, how, and whether they are armed; and that they left. */
export const useSeat = (groupId: string, mode: "live" | "edit", isArmed: boolean, isOn: boolean): void => {
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    // Presence is a courtesy: what fails is said again in ten seconds, or the seat is empty by itself.
    const sit = (how: "live" | "edit" | "left"): void =>
      void api("sit", { params: { group_id: groupId }, body: { seat: SEAT, mode: how, is_armed: isArmed && how === "live" } }).catch(
        () => undefined,
      );
    sit(mode);
    const timer = window.setInterval(() => sit(mode), SIT_MS);
    return () => window.clearInterval(timer);
  }, [groupId, mode, isArmed, isOn]);
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const leave = (): void =>
      void api("sit", { params: { group_id: groupId }, body: { seat: SEAT, mode: "left", is_armed: false } }).catch(() => undefined);
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [groupId, isOn]);
};

/** Hidden, shown, time: what makes a desk safe by itself. */
export const useDeskTime = (control: DeskControl): void => {
  useEffect(() => {
    const onShow = (): void => control.arming(document.visibilityState === "hidden" ? "hide" : "show");
    const timer = window.setInterval(() => control.tick(Date.now()), 500);
    document.addEventListener("visibilitychange", onShow);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", onShow);
    };
  }, [control]);
};
