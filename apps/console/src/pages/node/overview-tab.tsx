import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { useOpenAlarms } from "../../frame/use-alarm-counts.tsx";
import { upSecondsOf } from "../../live/card-facts.ts";
import { useLiveRow } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { useGroupName } from "../../api/me.tsx";
import { wordsOf } from "../../form/words.ts";
import { Chart } from "../../parts/chart.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Metric } from "../../parts/metric.tsx";
import { PaneEdge } from "../../parts/pane-edge.tsx";
import { ListedPicture } from "../../parts/listed-picture.tsx";
import { DASH, grouped, megabits, percent } from "../../words/numbers.ts";
import { lastedText, uptimeText } from "../../words/times.ts";
import { pictureUrl } from "../dashboard/fleet-cells.tsx";
import { useNodeSeries } from "../dashboard/node-series.tsx";
import { byWorst } from "../events/conditions.ts";
import { stateOfFlow } from "./flow-view.ts";
import type { TabProps } from "./node.tsx";
import { scaled, sumOf, useNodeHistory } from "./use-node-history.tsx";

const HOUR = 3_600_000;

/** How the node is as a whole: numbers, pictures, alarms, the last hour. */
export const OverviewTab = ({ node, live }: TabProps) => {
  const card = useLiveRow<NodeCard>("nodes", node.id);
  return (
    <div className="panes overview">
      <div className="pane scroll stack">
        <Numbers node={node} live={live} />
        <Pictures node={node} live={live} />
        <LastHour nodeId={node.id} />
        <Facts node={node} live={live} />
      </div>
      <NodeAlarms nodeId={node.id} isAway={card?.status === "offline"} />
      <PaneEdge of="overview" usual={300} />
    </div>
  );
};

const Numbers = ({ node }: TabProps) => {
  const card = useLiveRow<NodeCard>("nodes", node.id);
  const history = useNodeSeries(node.id);
  const now = useNow();
  const isAway = card === undefined || card.status === "offline" || card.status === "pending";
  const known = <T,>(value: T | null | undefined, text: (value: T) => string): string | undefined =>
    isAway || value === null || value === undefined ? undefined : text(value);
  const cpu = card?.cpu_percent ?? 0;
  return (
    <div className="metrics">
      <Metric
        name="Flows running"
        value={known(card?.active_flows, String)}
        unit={card?.total_flows === null || card === undefined ? "" : `of ${card.total_flows}`}
      />
      <Metric name="In" value={known(card?.bitrate_in_bps, megabits)} unit="Mbit/s" history={history} />
      <Metric name="Out" value={known(card?.bitrate_out_bps, megabits)} unit="Mbit/s" />
      <Metric
        name="CPU"
        value={known(card?.cpu_percent, (value) => percent(value))}
        unit="%"
        {...(!isAway && cpu > 90 ? { over: { severity: "warning" as const, reason: "over 90" } } : {})}
      />
      <Metric name="Memory" value={known(card?.ram_percent, (value) => percent(value))} unit="%" />
      <Metric name="Up" value={known(upSecondsOf(card, now), uptimeText)} />
      {Object.entries(card?.metrics ?? {})
        .filter(([name]) => !SHOWN.has(name))
        .slice(0, 4)
        .map(([name, { unit, value }]) => (
          <Metric
            key={name}
            name={wordsOf(name)}
            value={isAway ? undefined : Number.isInteger(value) ? grouped(value) : value.toFixed(2)}
            unit={unit}
          />
        ))}
    </div>
  );
};

/** What a driver draws out and stands there anyway. */
const SHOWN: ReadonlySet<string> = new Set(["active_flows", "total_flows", "bitrate_in", "bitrate_out", "uptime"]);

const Pictures = ({ node, live }: TabProps) => {
  const card = useLiveRow<NodeCard>("nodes", node.id);
  return (
    <div className="flow-tiles">
      {live.flows.map((flow) => {
        const picture = card?.pictures[flow.id];
        return (
          <Link
            key={flow.id}
            to="/nodes/$nodeId/$tab"
            params={{ nodeId: node.id, tab: "flows" }}
            search={{ flow: flow.id }}
            className="tile"
          >
            <ListedPicture
              of={flow.name}
              src={picture === undefined ? undefined : pictureUrl(node.id, flow.id, picture.tag)}
              takenAt={picture === undefined ? undefined : Date.parse(picture.at)}
            />
            <span className="cap">
              <StateGlyph state={stateOfFlow(flow)} size={11} />
              <span className="el grow">{flow.name}</span>
              <span className="dim t12">{megabits(flow.inputs.find(({ isActive }) => isActive)?.bitrateBps)} Mbit/s</span>
            </span>
          </Link>
        );
      })}
    </div>
  );
};

const LastHour = ({ nodeId }: { nodeId: string }) => {
  const { data, at } = useNodeHistory(nodeId, HOUR);
  const charts = useMemo(() => {
    const flows = data?.flows ?? [];
    return {
      rates: [
        {
          name: "In",
          values: scaled(
            sumOf(
              at.length,
              flows.map((flow) => flow.bitrate_in_bps),
            ),
            1e-6,
          ),
        },
        {
          name: "Out",
          values: scaled(
            sumOf(
              at.length,
              flows.map((flow) => flow.bitrate_out_bps),
            ),
            1e-6,
          ),
        },
      ],
      lost: [
        {
          name: "Lost",
          values: sumOf(
            at.length,
            flows.map((flow) => flow.packets_lost),
          ),
        },
      ],
      cpu: [{ name: "CPU", values: data?.cpu_percent ?? [] }],
    };
  }, [data, at]);
  return at.length === 0 ? null : (
    <div className="panel charts">
      <Chart title="Bitrate" unit="Mbit/s" at={at} lines={charts.rates} />
      <Chart title="Packets lost" unit="per step" at={at} lines={charts.lost} />
      <Chart title="CPU" unit="%" at={at} lines={charts.cpu} limit={90} />
    </div>
  );
};

const Facts = ({ node }: TabProps) => {
  const groupName = useGroupName();
  return (
    <div className="panel">
      <header>About</header>
      <dl className="kv" style={{ padding: "10px 12px" }}>
        <dt>Kind</dt>
        <dd>{node.device_type}</dd>
        <dt>Version</dt>
        <dd className="m">{node.software_version ?? DASH}</dd>
        <dt>Group</dt>
        <dd>{groupName(node.owner_group_id)}</dd>
        <dt>Network</dt>
        <dd>{node.network_zone === null ? node.network_type : `${node.network_type}, ${node.network_zone}`}</dd>
        <dt>You may</dt>
        <dd>{node.permission}</dd>
        <dt>Can</dt>
        <dd className="row" style={{ flexWrap: "wrap", gap: 4 }}>
          {node.capabilities.length === 0
            ? DASH
            : node.capabilities.map((each) => (
                <span key={each} className="chip">
                  {each}
                </span>
              ))}
        </dd>
        <dt>Id</dt>
        <dd className="m">{node.id}</dd>
      </dl>
    </div>
  );
};

const NodeAlarms = ({ nodeId, isAway }: { nodeId: string; isAway: boolean }) => {
  const now = useNow();
  const own = byWorst(useOpenAlarms().filter((alarm) => alarm.node_id === nodeId));
  return (
    <aside className="pane side" aria-label="Alarms of this node">
      <header className="ph">
        Alarms
        <span className="grow" />
        <span className="t12 dim">{own.length}</span>
      </header>
      <ul className="scroll">
        {own.map((alarm) => (
          <li key={alarm.id}>
            <Link to="/events" search={{ alarm: alarm.id }} className="al">
              <StateGlyph state={alarm.severity} />
              <b className="el">{alarm.message}</b>
              <span className="m dim">{lastedText(now - Date.parse(alarm.first_seen))}</span>
              <small className="el m">{alarm.error_code}</small>
            </Link>
          </li>
        ))}
      </ul>
      {own.length === 0 ? <p className="dim calm">{isAway ? "None but that it is away." : "Nothing is wrong."}</p> : null}
    </aside>
  );
};
