import { useEffect, useState } from "react";
import { useLink } from "../live/live-link.tsx";
import { useNow } from "../live/use-now.tsx";
import { Banner } from "../parts/banner.tsx";
import { usePrefs } from "../prefs/prefs.tsx";
import { clockText } from "../words/times.ts";

/** A loss that mends itself at once is not worth a line. */
const SAID_AFTER_MS = 2_000;
const BACK_SHOWN_MS = 8_000;

/** The connection is lost: since when, how old all that is shown is, and when the next try is. Then that it is back. */
export const LinkBanner = () => {
  const { lostAt, heardAt, nextTryAt, back } = useLink();
  const now = useNow();
  const { zone } = usePrefs();
  if (lostAt !== undefined && now - lostAt >= SAID_AFTER_MS) {
    const wait = nextTryAt === undefined ? undefined : Math.max(0, Math.round((nextTryAt - now) / 1_000));
    return (
      <Banner
        kind="lost"
        title={`Connection lost ${Math.round((now - lostAt) / 1_000)} s ago.`}
        aside={<span className="dim">{wait === undefined ? "trying now" : `next try ${wait} s`}</span>}
      >
        {heardAt === undefined ? null : `Pictures and numbers are from ${clockText(heardAt, zone)}.`}
      </Banner>
    );
  }
  return back !== undefined && back.afterMs >= SAID_AFTER_MS && now - back.at < BACK_SHOWN_MS ? (
    <Banner kind="back" title={`Back after ${Math.round(back.afterMs / 1_000)} s.`}>
      What changed meanwhile is shown.
    </Banner>
  ) : null;
};

/** Whether anything may be written now: not while nobody would hear of what came of it. */
export const useCanWrite = (): boolean => {
  const { state, lostAt } = useLink();
  const now = useNow();
  return state !== "lost" || lostAt === undefined || now - lostAt < SAID_AFTER_MS;
};

/** Pages set the title of the tab: many stand beside one another. */
export const useTitle = (title: string): void => {
  const [before] = useState(() => document.title);
  useEffect(() => {
    document.title = `${title} · bilbycast`;
    return () => {
      document.title = before;
    };
  }, [title, before]);
};
