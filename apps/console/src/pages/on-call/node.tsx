import { Link } from "@tanstack/react-router";
import type { ManagedNode, NodeCard } from "@bilbycast/contracts/manager-api";
import { useLiveRow } from "../../live/live-link.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { HoldButton } from "../../parts/hold-button.tsx";
import { Metric } from "../../parts/metric.tsx";
import { megabits, percent } from "../../words/numbers.ts";
import { metricOf } from "../dashboard/trouble.ts";
import { useCommand } from "../node/command.tsx";
import { stateOfFlow, type FlowView } from "../node/flow-view.ts";
import type { NodeLive } from "../node/use-node-live.tsx";
import { AskedPicture } from "./asked-picture.tsx";

/** A node for who is on call: how it is by four numbers, and its flows, each restarted by a hold. */
export const OnCallNode = ({ node, live }: { node: ManagedNode; live: NodeLive }) => {
  const card = useLiveRow<NodeCard>("nodes", node.id);
  const isAway = card === undefined || card.status === "offline" || card.status === "pending";
  const rate = (bps: number | null | undefined): string | undefined =>
    isAway || bps === null || bps === undefined ? undefined : megabits(bps);
  const loss = card === undefined ? undefined : metricOf(card, "loss_percent");
  const worst = live.flows.toSorted((a, b) => RANKS[stateOfFlow(b)] - RANKS[stateOfFlow(a)]);
  return (
    <div className="scroll grow">
      <div className="oc-pane">
        <div className="metrics">
          <Metric name="In" value={rate(card?.bitrate_in_bps)} unit="Mbit/s" />
          <Metric name="Out" value={rate(card?.bitrate_out_bps)} unit="Mbit/s" />
          <Metric name="CPU" value={isAway || card.cpu_percent === null ? undefined : percent(card.cpu_percent)} unit="%" />
          <Metric
            name="Loss"
            value={isAway || loss === undefined ? undefined : loss.toFixed(2)}
            unit="%"
            {...((loss ?? 0) > 1 && !isAway ? { over: { severity: "critical" as const, reason: "limit 1" } } : {})}
          />
        </div>
      </div>
      <ul className="oc-list" aria-label="Flows">
        {worst.map((flow) => (
          <FlowItem key={flow.id} node={node} card={card} flow={flow} />
        ))}
      </ul>
      <div className="oc-pane">
        <Link className="btn" to="/nodes/$nodeId/$tab" params={{ nodeId: node.id, tab: "flows" }} search={{}}>
          All of its flows
        </Link>
      </div>
    </div>
  );
};

const RANKS = { critical: 4, warning: 3, unknown: 2, good: 1, off: 0 } as const;

const FlowItem = ({ node, card, flow }: { node: ManagedNode; card: NodeCard | undefined; flow: FlowView }) => {
  const command = useCommand(node);
  const state = stateOfFlow(flow);
  const isStopped = state === "off";
  const active = flow.inputs.find(({ isActive }) => isActive);
  return (
    <li className={state === "critical" || state === "warning" ? state : ""}>
      <div className="oc-row">
        <StateGlyph state={state} size={17} />
        <b>{flow.name}</b>
        <span className="m">{isStopped ? "stopped" : megabits(active?.bitrateBps)}</span>
        <small>{flow.error?.message ?? flow.reasons[0]?.detail ?? active?.name ?? "No input"}</small>
      </div>
      <div className="oc-body">
        {card === undefined || isStopped ? null : <AskedPicture card={card} flowId={flow.id} />}
        <HoldButton
          className=""
          disabled={command.isOff}
          onHeld={() =>
            command.send(
              { type: isStopped ? "start_flow" : "restart_flow", flow_id: flow.id },
              `${flow.name} ${isStopped ? "started" : "restarted"}.`,
            )
          }
        >
          {isStopped ? "Hold to start" : "Hold to restart"}
        </HoldButton>
        {command.why === undefined ? null : <p className="hint">{command.why}</p>}
      </div>
    </li>
  );
};
