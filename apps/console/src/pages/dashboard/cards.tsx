import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { useLiveRow, useLiveRows } from "../../live/live-link.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Picture } from "../../parts/picture.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { counted, DASH, megabits, percent } from "../../words/numbers.ts";
import { pictureUrl } from "./fleet-cells.tsx";
import { useNodeSeries } from "./node-series.tsx";
import { stateOf } from "./trouble.ts";

/** A card for each node: for some dozens of them. */
export const Cards = ({ ids, empty }: { ids: readonly string[]; empty: ReactNode }) => (
  <div className="cards scroll">
    {ids.map((id) => (
      <Card key={id} id={id} />
    ))}
    {ids.length === 0 ? empty : null}
  </div>
);

const Card = ({ id }: { id: string }) => {
  const card = useLiveRow<NodeCard>("nodes", id);
  const values = useNodeSeries(id);
  if (card === undefined) {
    return null;
  }
  const state = stateOf(card);
  const picture = card.status === "offline" ? undefined : card.pictures[0];
  return (
    <Link to="/nodes/$nodeId/$tab" params={{ nodeId: id, tab: "overview" }} search={{}} className={`card ${state}`}>
      <div className="row">
        <StateGlyph state={state} />
        <b className="b el grow">{card.name}</b>
        <span className="dim t12 c">{card.device_type}</span>
      </div>
      <Picture
        of={picture?.flow_name ?? card.name}
        src={picture === undefined ? undefined : pictureUrl(id, picture.flow_id, picture.tag)}
        takenAt={picture === undefined ? undefined : Date.parse(picture.at)}
      />
      <div className="row t12 c mid">
        <span className="grow">
          {card.total_flows === null ? DASH : `${card.active_flows ?? 0} of ${counted(card.total_flows, "flow")}`}
        </span>
        <span>
          In <b className="b">{megabits(card.bitrate_in_bps)}</b>
        </span>
        <span>
          Out <b className="b">{megabits(card.bitrate_out_bps)}</b>
        </span>
      </div>
      <Sparkline values={values} width={220} height={20} />
      <div className="row t12 c dim">
        <span className="grow">{card.software_version ?? DASH}</span>
        <span>CPU {percent(card.cpu_percent)} %</span>
        <span>RAM {percent(card.ram_percent)} %</span>
      </div>
    </Link>
  );
};

/** Every picture of the fleet, side by side: for a screen on a wall. */
export const Wall = ({ ids }: { ids: readonly string[] }) => {
  const cards = useLiveRows<NodeCard>("nodes");
  const byId = new Map(cards.map((card) => [card.id, card]));
  const tiles = ids.flatMap((id) => {
    const card = byId.get(id);
    return card === undefined ? [] : card.pictures.map((picture) => ({ card, picture }));
  });
  return (
    <div className="wall scroll">
      {tiles.map(({ card, picture }) => (
        <Link
          key={`${card.id} ${picture.flow_id}`}
          to="/nodes/$nodeId/$tab"
          params={{ nodeId: card.id, tab: "flows" }}
          search={{ flow: picture.flow_id }}
          className="tile"
        >
          <Picture
            of={picture.flow_name}
            src={card.status === "offline" ? undefined : pictureUrl(card.id, picture.flow_id, picture.tag)}
            takenAt={Date.parse(picture.at)}
          />
          <span className="cap">
            <StateGlyph state={stateOf(card)} size={11} />
            <span className="el grow">{picture.flow_name}</span>
            <span className="dim t12">{card.name}</span>
          </span>
        </Link>
      ))}
      {tiles.length === 0 ? <p className="dim none">No pictures yet: a flow that carries video brings one.</p> : null}
    </div>
  );
};
