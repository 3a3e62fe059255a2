import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiFailure } from "../../api/api.ts";
import { api } from "../../api/browser.tsx";
import type { Asked } from "./desk-control.tsx";

/** A take needs an answer that is under two seconds old. Milliseconds. */
const EVERY_MS = 1_000;

/**
 * What a take of a preset would change, asked again every second and at once when `signature` changes: the desk, the preset or its nodes did.
 * Its time is that of the question, not of the answer: it is never taken for younger than it is.
 */
export const useImpact = (presetId: string | undefined, signature: string, isOn: boolean): Asked => {
  const { data, refetch } = useQuery({
    queryKey: ["impact", presetId],
    // That it failed is an answer too: it stands until there is another, and does not come and go with each question.
    queryFn: async ({ signal }): Promise<Exclude<Asked, undefined>> => {
      const at = Date.now();
      try {
        return { impact: await api("impact", { params: { preset_id: presetId ?? "" }, signal }), at };
      } catch (error) {
        signal.throwIfAborted();
        return { code: error instanceof ApiFailure ? error.code : "console_fault" };
      }
    },
    enabled: isOn && presetId !== undefined,
    refetchInterval: EVERY_MS,
    staleTime: 0,
    gcTime: 10_000,
    retry: false,
  });
  useEffect(() => {
    if (isOn && presetId !== undefined) {
      void refetch();
    }
  }, [signature, isOn, presetId, refetch]);
  return presetId === undefined ? undefined : data;
};
