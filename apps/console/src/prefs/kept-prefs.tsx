import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { PREFERENCE_KEYS, AnswerOf, Endpoints } from "@bilbycast/contracts/manager-api";
import { api, ask, queries } from "../api/browser.tsx";
import { useMe } from "../api/me.tsx";
import { adoptPrefs, belongTo, sentPref, unsentPrefs, whenUnsent } from "./prefs.tsx";

type Key = (typeof PREFERENCE_KEYS)[number];

/** Milliseconds after the last choice: who walks through themes sends the last one. */
const PAUSE_MS = 400;
const AGAIN_MS = 10_000;

const asked = ask("preferences");

/** Keeps what a person chose at the manager, so that another browser of theirs shows the same. */
export const useKeptPrefs = (): void => {
  const me = useMe();
  const kept = useQuery({ ...asked, staleTime: 60_000, enabled: !me.must_change_password }).data?.preferences;
  useEffect(() => belongTo(me.id), [me.id]);
  useEffect(() => {
    if (kept !== undefined) {
      adoptPrefs(kept);
    }
  }, [kept]);
  useEffect(() => {
    let timer: number | undefined;
    const wait = (ms: number): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void sendAll().then((isDone) => isDone || wait(AGAIN_MS)), ms);
    };
    whenUnsent(() => wait(PAUSE_MS));
    return () => {
      window.clearTimeout(timer);
      whenUnsent(undefined);
    };
  }, []);
};

/** Whether the manager has it all. What it refuses is not sent again: it would be refused again. */
const sendAll = async (): Promise<boolean> => {
  // An answer of before would undo what is sent now.
  await queries.cancelQueries({ queryKey: asked.queryKey });
  for (const [key, value] of [...unsentPrefs()]) {
    try {
      await api("setPreference", { params: { key: key as Key }, body: { value } });
    } catch (error) {
      if (!(error instanceof Error) || !("status" in error) || error.status === 0 || Number(error.status) >= 500) {
        return false;
      }
    }
    queries.setQueryData<AnswerOf<Endpoints["preferences"]>>(asked.queryKey, (before) => ({
      preferences: { ...before?.preferences, [key]: value },
    }));
    sentPref(key, value);
  }
  return true;
};
