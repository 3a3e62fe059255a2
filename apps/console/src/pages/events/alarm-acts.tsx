import { useCallback } from "react";
import { ApiFailure } from "../../api/api.ts";
import { api, renew } from "../../api/browser.tsx";
import { tell } from "../../parts/toasts.tsx";
import { counted } from "../../words/numbers.ts";

type Outcome = { done: readonly unknown[]; refused: readonly { error: string; error_code: string }[] };

/** Says what came of an act on several alarms; what was refused is not hidden by what was not. */
const report = (verb: string, { done, refused }: Outcome, undo?: () => void): void => {
  const [first] = refused;
  const action = undo === undefined ? undefined : { label: "Undo", act: undo };
  if (first === undefined) {
    tell({ kind: "done", text: `${counted(done.length, "alarm")} ${verb}.`, action });
  } else {
    tell({
      kind: "partial",
      text: `${done.length} of ${done.length + refused.length} ${verb}. ${first.error}`,
      code: first.error_code,
      action,
    });
  }
};

const failed = (error: unknown): void => {
  tell({
    kind: "failed",
    text: error instanceof Error ? error.message : "It did not work.",
    code: error instanceof ApiFailure ? error.code : undefined,
  });
};

/** What a person does about alarms. */
export const useAlarmActs = () => {
  const shelve = useCallback(async (ids: readonly string[], minutes: number): Promise<void> => {
    if (ids.length === 0) {
      return;
    }
    try {
      const outcome = await api("shelve", { body: { ids: [...ids], minutes } });
      const undo = minutes === 0 ? undefined : () => void shelve(ids, 0);
      report(minutes === 0 ? "brought back" : "shelved", outcome, undo);
      await renew("alarms");
    } catch (error) {
      failed(error);
    }
  }, []);
  const acknowledge = useCallback(async (ids: readonly string[], note: string): Promise<void> => {
    if (ids.length === 0) {
      return;
    }
    try {
      report("acknowledged", await api("acknowledge", { body: { ids: [...ids], note } }));
      await renew("alarms");
    } catch (error) {
      failed(error);
    }
  }, []);
  return { acknowledge, shelve };
};
