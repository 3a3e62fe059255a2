import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { urlOf } from "../../api/api.ts";
import { picturesOf } from "../../live/card-facts.ts";
import { useLiveRow } from "../../live/live-link.tsx";
import { useOverTime } from "../../live/use-now.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Meter } from "../../parts/meter.tsx";
import { ListedPicture } from "../../parts/listed-picture.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { DASH, megabits, percent } from "../../words/numbers.ts";
import { momentText } from "../../words/times.ts";
import { useNodeSeries } from "./node-series.tsx";
import { metricOf, stateOf } from "./trouble.ts";

/** The address of a flow's newest picture; the tag makes it another address when there is another picture. */
export const pictureUrl = (nodeId: string, flowId: string, tag: string): string =>
  `${urlOf("flowPicture", { params: { node_id: nodeId, flow_id: flowId } })}?tag=${encodeURIComponent(tag)}`;

const isAway = (card: NodeCard): boolean => card.status === "offline" || card.status === "pending";

/** The cells of one node. Numbers of a node that is away are dashes: old ones would be taken for true. */
export const FleetRow = memo(({ id }: { id: string }) => {
  const card = useLiveRow<NodeCard>("nodes", id);
  return card === undefined ? null : <FleetCells card={card} />;
});

const FleetCells = ({ card }: { card: NodeCard }) => {
  const away = isAway(card);
  const loss = metricOf(card, "loss_percent");
  const rtt = metricOf(card, "rtt_ms");
  const units = metricOf(card, "units_percent");
  const shown = <T,>(value: T | null | undefined, text: (value: T) => string): string =>
    away || value === null || value === undefined ? DASH : text(value);
  return (
    <>
      <td className="state">
        <StateGlyph state={stateOf(card)} />
      </td>
      <td className="nm">
        <NodeLink id={card.id} name={card.name} />
        <small>{aboutOf(card)}</small>
      </td>
      <td>
        <Thumbs id={card.id} pictures={card.pictures} isAway={away} />
      </td>
      <td className="r m">{away ? DASH : card.total_flows === null ? DASH : `${card.active_flows ?? 0}/${card.total_flows}`}</td>
      <td className="r m">{shown(card.bitrate_in_bps, megabits)}</td>
      <td className="r m">{shown(card.bitrate_out_bps, megabits)}</td>
      <td className="minor">{away ? <Away status={card.status} since={card.status_since} /> : <Trend id={card.id} />}</td>
      <td className={`r m minor${!away && (loss ?? 0) > 1 ? " crit b" : ""}`}>{shown(loss, (value) => `${value.toFixed(2)} %`)}</td>
      <td className="r m minor">{shown(rtt, (value) => value.toFixed(0))}</td>
      <Share label={`CPU of ${card.name}`} value={away ? null : card.cpu_percent} />
      <Share label={`${units === undefined ? "Memory" : "Units"} of ${card.name}`} value={away ? null : (units ?? card.ram_percent)} />
      <td className="r m dim minor">{card.software_version ?? DASH}</td>
    </>
  );
};

const STATUS_WORDS: Readonly<Record<NodeCard["status"], string>> = {
  pending: "waits for its first connection",
  online: "online",
  degraded: "degraded",
  error: "reports an error",
  offline: "away",
};

const aboutOf = (card: NodeCard): string => `${card.device_type} · ${STATUS_WORDS[card.status]}`;

/** A link costs more than all the cells beside it: it is drawn when the name is another one. */
const NodeLink = memo(({ id, name }: { id: string; name: string }) => (
  <b>
    <Link to="/nodes/$nodeId/$tab" params={{ nodeId: id, tab: "overview" }} search={{}}>
      {name}
    </Link>
  </b>
));

const Thumbs = memo(({ id, pictures, isAway: away }: Pick<NodeCard, "id" | "pictures"> & { isAway: boolean }) => {
  const all = picturesOf({ pictures });
  return (
    <div className="thumbs">
      {all.slice(0, 3).map((picture) => (
        <ListedPicture
          key={picture.flow_id}
          of={picture.flow_name}
          src={away ? undefined : pictureUrl(id, picture.flow_id, picture.tag)}
          takenAt={Date.parse(picture.at)}
          small
        />
      ))}
      {all.length > 3 ? <span className="dim t12 c">+{all.length - 3}</span> : null}
    </div>
  );
});

const Away = ({ status, since }: { status: NodeCard["status"]; since: string }) => {
  const { zone } = usePrefs();
  const text = useOverTime((now) => momentText(Date.parse(since), now, zone));
  return <span className="dim t12 c">{status === "pending" ? "never seen" : `no data since ${text}`}</span>;
};

const Trend = memo(({ id }: { id: string }) => {
  const values = useNodeSeries(id);
  return values.some((value) => value !== undefined) ? <Sparkline values={values} /> : <span className="dim t12 c">no counters</span>;
});

const Share = memo(({ label, value }: { label: string; value: number | null }) => (
  <td className="c mid minor">
    <Meter label={label} share={value === null ? undefined : value / 100} width={44} /> <span className="m">{percent(value)}</span>
  </td>
));
