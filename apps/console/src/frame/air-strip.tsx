import { Link, useLocation } from "@tanstack/react-router";
import { useMay, useMe } from "../api/me.tsx";
import { useLiveValue, useTopics } from "../live/live-link.tsx";
import { useNow } from "../live/use-now.tsx";
import { TallyGlyph } from "../parts/glyph.tsx";
import { TickingNumber } from "../parts/ticking.tsx";
import { usePrefs } from "../prefs/prefs.tsx";
import { airText } from "../words/times.ts";

/** What is on air in the group that is looked at, on every page but the switcher itself, whose monitors say it. */
export const AirStrip = () => {
  const { pathname } = useLocation();
  const { groups } = useMe();
  const { group } = usePrefs();
  const may = useMay();
  const desks = groups.filter(({ id }) => may("switcher.read", { groupId: id }).is);
  const desk = desks.find(({ id }) => id === group) ?? (group === undefined && desks.length === 1 ? desks[0] : undefined);
  return desk === undefined || pathname.startsWith("/switcher") ? <span className="air grow" /> : <Strip groupId={desk.id} />;
};

type Bus = { preset_id?: string; since?: string; state?: string } | null | undefined;
type DeskRow = { pgm?: Bus; pvw?: Bus; taking?: string | null };
type Named = { short_label: string };

const Strip = ({ groupId }: { groupId: string }) => {
  const topic = `desk:${groupId}`;
  useTopics(topic);
  // Texts and no rows: whatever else changes on the desk draws nothing here.
  const pgmId = useLiveValue<DeskRow, string>(topic, "desk", (desk) => desk?.pgm?.preset_id ?? "");
  const pvwId = useLiveValue<DeskRow, string>(topic, "desk", (desk) => desk?.pvw?.preset_id ?? "");
  const since = useLiveValue<DeskRow, string>(topic, "desk", (desk) => desk?.pgm?.since ?? "");
  const isPartial = useLiveValue<DeskRow, boolean>(topic, "desk", (desk) => desk?.pgm?.state === "partial");
  const isTaking = useLiveValue<DeskRow, boolean>(topic, "desk", (desk) => (desk?.taking ?? null) !== null);
  const isKnown = useLiveValue<DeskRow, boolean>(topic, "desk", (desk) => desk !== undefined);
  const pgm = useLiveValue<Named, string>(topic, `preset:${pgmId}`, (preset) => preset?.short_label ?? "");
  const pvw = useLiveValue<Named, string>(topic, `preset:${pvwId}`, (preset) => preset?.short_label ?? "");
  return isKnown ? (
    <Link to="/switcher/$desk/{-$page}" params={{ desk: groupId }} search={{}} className="air">
      {pgmId === "" ? (
        <span className="p off">PGM not known</span>
      ) : (
        <span className="p">
          <TallyGlyph shape="pgm" size={10} />
          PGM <b>{pgm}</b>
          {isPartial ? " PARTIAL" : ""}
          <Clock since={Date.parse(since)} />
        </span>
      )}
      <span className={isTaking ? "v taking" : pvwId === "" ? "v off" : "v"}>
        <TallyGlyph shape={isTaking ? "pend" : "pvw"} size={12} />
        {isTaking ? "TAKING" : "PVW"} <b>{pvw === "" ? "–" : pvw}</b>
      </span>
    </Link>
  ) : (
    <span className="air grow" />
  );
};

const Clock = ({ since }: { since: number }) => {
  const now = useNow();
  return <TickingNumber>{airText(since, now)}</TickingNumber>;
};
