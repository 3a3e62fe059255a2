import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiFailure } from "../../api/api.ts";
import { api } from "../../api/browser.tsx";
import type { Asked } from "./desk-control.tsx";
import { impactId, type ImpactOf } from "./desk-state.ts";

/** A take needs an answer that is under two seconds old. Milliseconds. */
const EVERY_MS = 1_000;

/**
 * What a take or a revert would change, asked again every second and at once when `signature` changes: the desk, the preset or its nodes did.
 * Its time is that of the question, not of the answer: it is never taken for younger than it is.
 */
export const useImpact = (groupId: string, of: ImpactOf | undefined, signature: string, isOn: boolean): Asked => {
  const id = impactId(of);
  const { data, refetch } = useQuery({
    queryKey: ["impact", id],
    // That it failed is an answer too: it stands until there is another, and does not come and go with each question.
    queryFn: async ({ signal }): Promise<Exclude<Asked, undefined>> => {
      const at = Date.now();
      try {
        const impact =
          of !== undefined && "revertOf" in of
            ? await api("revertImpact", { params: { group_id: groupId, take_id: of.revertOf }, signal })
            : await api("impact", { params: { preset_id: id ?? "" }, signal });
        return { impact, at };
      } catch (error) {
        signal.throwIfAborted();
        return { code: error instanceof ApiFailure ? error.code : "console_fault" };
      }
    },
    enabled: isOn && id !== undefined,
    refetchInterval: EVERY_MS,
    staleTime: 0,
    gcTime: 10_000,
    retry: false,
  });
  useEffect(() => {
    if (isOn && id !== undefined) {
      void refetch();
    }
  }, [signature, isOn, id, refetch]);
  return id === undefined ? undefined : data;
};
