import { Link } from "@tanstack/react-router";
import { memo, type ReactNode } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { picturesOf } from "../../live/card-facts.ts";
import { useLiveRow, useLiveRows } from "../../live/live-link.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { InSight } from "../../parts/in-sight.tsx";
import { ListedPicture } from "../../parts/listed-picture.tsx";
import "../../parts/own-layout.css";
import { Sparkline } from "../../parts/sparkline.tsx";
import { counted, DASH, megabits, percent } from "../../words/numbers.ts";
import { pictureUrl } from "./fleet-cells.tsx";
import { useNodeSeries } from "./node-series.tsx";
import { stateOf } from "./trouble.ts";

const CARD_HEIGHT = 276;
const TILE_HEIGHT = 152;

/** A card for each node; those in sight live. */
export const Cards = ({ ids, empty }: { ids: readonly string[]; empty: ReactNode }) => (
  <div className="cards scroll">
    {ids.map((id) => (
      <InSight key={id} id={id} of={cardOf} height={CARD_HEIGHT} />
    ))}
    {ids.length === 0 ? empty : null}
  </div>
);

const cardOf = (id: string): ReactNode => <Card id={id} />;

/** The state alone makes the link another one: what stands in it listens for itself. */
const Card = ({ id }: { id: string }) => {
  const card = useLiveRow<NodeCard>("nodes", id);
  return card === undefined ? null : <CardLink id={id} state={stateOf(card)} />;
};

const CardLink = memo(({ id, state }: { id: string; state: ReturnType<typeof stateOf> }) => (
  <Link to="/nodes/$nodeId/$tab" params={{ nodeId: id, tab: "overview" }} search={{}} className={`card ${state}`}>
    <CardFacts id={id} />
  </Link>
));

const CardFacts = memo(({ id }: { id: string }) => {
  const card = useLiveRow<NodeCard>("nodes", id);
  if (card === undefined) {
    return null;
  }
  const picture = card.status === "offline" ? undefined : picturesOf(card)[0];
  return (
    <>
      <div className="row">
        <StateGlyph state={stateOf(card)} />
        <b className="b el grow">{card.name}</b>
        <span className="dim t12 c">{card.device_type}</span>
      </div>
      <ListedPicture
        of={picture?.flow_name ?? card.name}
        src={picture === undefined ? undefined : pictureUrl(id, picture.flow_id, picture.tag)}
        takenAt={picture === undefined ? undefined : Date.parse(picture.at)}
      />
      <Line tone="mid">
        <span className="grow">
          {card.total_flows === null ? DASH : `${card.active_flows ?? 0} of ${counted(card.total_flows, "flow")}`}
        </span>
        <span>
          In <b className="b">{megabits(card.bitrate_in_bps)}</b>
        </span>
        <span>
          Out <b className="b">{megabits(card.bitrate_out_bps)}</b>
        </span>
      </Line>
      <Trend id={id} />
      <Line tone="dim">
        <span className="grow">{card.software_version ?? DASH}</span>
        <span>CPU {percent(card.cpu_percent)} %</span>
        <span>RAM {percent(card.ram_percent)} %</span>
      </Line>
    </>
  );
});

/** Figures of a second: a wall of cards is not laid out for them. */
const Line = ({ tone, children }: { tone: "mid" | "dim"; children: ReactNode }) => (
  <div className="own-layout line">
    <div className={`row t12 c ${tone}`}>{children}</div>
  </div>
);

const Trend = memo(({ id }: { id: string }) => <Sparkline values={useNodeSeries(id)} width={220} height={20} />);

/** Every picture of the fleet, side by side: for a screen on a wall. */
export const Wall = ({ ids }: { ids: readonly string[] }) => {
  const cards = useLiveRows<NodeCard>("nodes");
  const byId = new Map(cards.map((card) => [card.id, card]));
  const tiles = ids.flatMap((id) => {
    const card = byId.get(id);
    return card === undefined ? [] : Object.keys(card.pictures).map((flowId) => `${id} ${flowId}`);
  });
  return (
    <div className="wall scroll">
      {tiles.map((tile) => (
        <InSight key={tile} id={tile} of={tileOf} height={TILE_HEIGHT} />
      ))}
      {tiles.length === 0 ? <p className="dim none">No pictures yet: a flow that carries video brings one.</p> : null}
    </div>
  );
};

/** A node's id has no space in it, a flow's may. */
const tileOf = (tile: string): ReactNode => {
  const space = tile.indexOf(" ");
  return <Tile nodeId={tile.slice(0, space)} flowId={tile.slice(space + 1)} />;
};

const Tile = memo(({ nodeId, flowId }: { nodeId: string; flowId: string }) => (
  <Link to="/nodes/$nodeId/$tab" params={{ nodeId, tab: "flows" }} search={{ flow: flowId }} className="tile">
    <TileFacts nodeId={nodeId} flowId={flowId} />
  </Link>
));

const TileFacts = memo(({ nodeId, flowId }: { nodeId: string; flowId: string }) => {
  const card = useLiveRow<NodeCard>("nodes", nodeId);
  const picture = card?.pictures[flowId];
  if (card === undefined || picture === undefined) {
    return null;
  }
  return (
    <>
      <ListedPicture
        of={picture.flow_name}
        src={card.status === "offline" ? undefined : pictureUrl(nodeId, flowId, picture.tag)}
        takenAt={Date.parse(picture.at)}
      />
      <span className="cap">
        <StateGlyph state={stateOf(card)} size={11} />
        <span className="el grow">{picture.flow_name}</span>
        <span className="dim t12">{card.name}</span>
      </span>
    </>
  );
});
