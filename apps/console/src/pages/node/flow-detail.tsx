import { Menu } from "@base-ui/react/menu";
import { useMemo, useState } from "react";
import { useNow } from "../../live/use-now.tsx";
import { ageOf } from "../../live/age.ts";
import { Chart } from "../../parts/chart.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Metric } from "../../parts/metric.tsx";
import { counted, DASH, grouped, megabits } from "../../words/numbers.ts";
import { lastedText, uptimeText } from "../../words/times.ts";
import { useCommand } from "./command.tsx";
import { FlowChecks } from "./flow-checks.tsx";
import { numberAt, stateOfFlow, stateOfPart, type FlowView, type PartView } from "./flow-view.ts";
import type { TabProps } from "./node.tsx";
import { Signal } from "./signal.tsx";
import { scaled, useNodeHistory } from "./use-node-history.tsx";

type Given = TabProps & { flow: FlowView; onEdit: () => void };

const HOUR = 3_600_000;

/** One flow: how the signal goes, what is wrong with it, its numbers, their last hour, its outputs. */
export const FlowDetail = ({ node, live, flow, onEdit }: Given) => {
  const now = useNow();
  const age = ageOf(live.at, now);
  return (
    <section className={`pane scroll work${age === "old" ? " aged old" : ""}`} aria-label={flow.name}>
      <FlowHead node={node} live={live} flow={flow} onEdit={onEdit} />
      {flow.error === undefined ? null : (
        <div className="problem">
          <StateGlyph state="critical" silent />
          <span>
            {flow.error.message} <span className="m dim">{flow.error.code}</span>
          </span>
        </div>
      )}
      {age === "fresh" || live.at === undefined ? null : <p className="hint">Numbers are {lastedText(now - live.at)} old.</p>}
      <div className="signal-row">
        <Signal node={node} flow={flow} />
        <FlowChecks flow={flow} />
      </div>
      <FlowNumbers flow={flow} />
      <FlowCharts nodeId={node.id} flowId={flow.id} />
      <OutputTable flow={flow} />
    </section>
  );
};

const STATE_WORDS: Readonly<Record<string, string>> = {
  running: "Running",
  degraded: "Degraded",
  stalled: "Stalled",
  failed: "Failed",
  starting: "Starting",
  stopped: "Stopped",
};

const FlowHead = ({ node, flow, onEdit }: Given) => {
  const command = useCommand(node);
  const [isStopping, setStopping] = useState(false);
  const active = flow.inputs.find(({ isActive }) => isActive);
  const isStopped = flow.state === "stopped";
  return (
    <div className="row flow-head">
      <h2 className="t18 el">{flow.name}</h2>
      <span className="m dim el">{flow.id}</span>
      <span className="chip">
        <StateGlyph state={stateOfFlow(flow)} size={10} silent />
        {STATE_WORDS[flow.state] ?? (flow.state || "No data")}
        {flow.uptimeSecs === undefined || isStopped ? "" : ` ${uptimeText(flow.uptimeSecs)}`}
      </span>
      <span className="grow" />
      <InputMenu
        flow={flow}
        active={active}
        isOff={command.isOff}
        onChoose={(part) => command.send({ type: "activate_input", flow_id: flow.id, input_id: part.id }, `${part.name} is on.`)}
      />
      <button type="button" className="btn" onClick={onEdit}>
        Edit
      </button>
      <button
        type="button"
        className="btn"
        disabled={command.isOff || isStopped}
        title={command.why}
        onClick={() => command.send({ type: "restart_flow", flow_id: flow.id }, `${flow.name} restarted.`)}
      >
        <Icon name="restart" />
        Restart
      </button>
      {isStopped ? (
        <button
          type="button"
          className="btn pri"
          disabled={command.isOff}
          title={command.why}
          onClick={() => command.send({ type: "start_flow", flow_id: flow.id }, `${flow.name} started.`)}
        >
          <Icon name="start" />
          Start
        </button>
      ) : (
        <button type="button" className="btn" disabled={command.isOff} title={command.why} onClick={() => setStopping(true)}>
          <Icon name="stop" />
          Stop
        </button>
      )}
      <Confirm
        title={`Stop ${flow.name}`}
        sentence={`${counted(flow.outputs.length, "output")} ${flow.outputs.length === 1 ? "goes" : "go"} dark.`}
        impacts={flow.outputs.map((part) => ({ key: part.id, name: part.name, where: part.kind, state: stateOfPart(part) }))}
        keep="Keep running"
        act="Hold to stop"
        isHeld
        isOpen={isStopping}
        onClose={() => setStopping(false)}
        onAct={() => command.send({ type: "stop_flow", flow_id: flow.id }, `${flow.name} stopped.`)}
      />
    </div>
  );
};

type InputMenuGiven = { flow: FlowView; active: PartView | undefined; isOff: boolean; onChoose: (part: PartView) => void };

const InputMenu = ({ flow, active, isOff, onChoose }: InputMenuGiven) =>
  flow.inputs.length < 2 ? null : (
    <Menu.Root>
      <Menu.Trigger className="btn" disabled={isOff}>
        <Icon name="input" />
        Active input: {active?.name ?? "none"}
        <Icon name="down" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="menu-place">
          <Menu.Popup className="menu">
            {flow.inputs.map((part) => (
              <Menu.Item key={part.id} className="item" disabled={part.isActive} onClick={() => onChoose(part)}>
                <span className="row">
                  <StateGlyph state={stateOfPart(part)} size={11} />
                  {part.name}
                </span>
                <span className="dim m">{megabits(part.bitrateBps)}</span>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );

const FlowNumbers = ({ flow }: { flow: FlowView }) => {
  const active = flow.inputs.find(({ isActive }) => isActive);
  const { raw } = flow;
  const lost = active?.lost;
  const loss = active?.lossPercent;
  const jitter = numberAt(raw, "pdv_jitter_us");
  const errors = numberAt(raw, "tr101290", "cc_errors");
  const recovered = numberAt(active?.raw, "packets_recovered_fec");
  const out = flow.outputs.reduce((sum, part) => sum + (part.bitrateBps ?? 0), 0);
  return (
    <div className="metrics">
      <Metric name="Bitrate in" value={active?.bitrateBps === undefined ? undefined : megabits(active.bitrateBps)} unit="Mbit/s" />
      <Metric name="Bitrate out" value={flow.outputs.length === 0 ? undefined : megabits(out)} unit="Mbit/s" />
      <Metric
        name="Lost"
        value={lost === undefined ? undefined : grouped(lost)}
        unit="packets"
        {...((loss ?? 0) > 1 ? { over: { severity: "critical" as const, reason: `${(loss ?? 0).toFixed(2)} %` } } : {})}
      />
      <Metric name="Recovered" value={recovered === undefined ? undefined : grouped(recovered)} unit="packets" />
      <Metric name="Round trip" value={active?.rttMs === undefined ? undefined : active.rttMs.toFixed(0)} unit="ms" />
      <Metric name="Jitter" value={jitter === undefined ? undefined : (jitter / 1_000).toFixed(2)} unit="ms" />
      <Metric
        name="Continuity errors"
        value={errors === undefined ? undefined : grouped(errors)}
        {...((errors ?? 0) > 0 ? { over: { severity: "warning" as const, reason: "since it began" } } : {})}
      />
    </div>
  );
};

const FlowCharts = ({ nodeId, flowId }: { nodeId: string; flowId: string }) => {
  const { data, at } = useNodeHistory(nodeId, HOUR, flowId);
  const charts = useMemo(() => {
    const flow = data?.flows.find((each) => each.flow_id === flowId);
    return {
      rates: [
        { name: "In", values: scaled(flow?.bitrate_in_bps ?? [], 1e-6) },
        { name: "Out", values: scaled(flow?.bitrate_out_bps ?? [], 1e-6) },
      ],
      lost: [{ name: "Lost", values: flow?.packets_lost ?? [], series: 3 as const }],
      rtt: [{ name: "Round trip", values: flow?.rtt_ms ?? [], series: 2 as const }],
    };
  }, [data, flowId]);
  return at.length === 0 ? null : (
    <div className="panel charts">
      <Chart title="Bitrate" unit="Mbit/s" at={at} lines={charts.rates} />
      <Chart title="Packets lost" unit="per step" at={at} lines={charts.lost} />
      <Chart title="Round trip" unit="ms" at={at} lines={charts.rtt} />
    </div>
  );
};

const OutputTable = ({ flow }: { flow: FlowView }) => (
  <div className="panel scroll" role="group" aria-label="Outputs of the flow" tabIndex={0}>
    <table className="plain" aria-label="Outputs">
      <thead>
        <tr>
          <th />
          <th scope="col">Output</th>
          <th scope="col">Address</th>
          <th scope="col">Kind</th>
          <th scope="col" className="r">
            Mbit/s
          </th>
          <th scope="col" className="r">
            Dropped
          </th>
          <th scope="col" className="r">
            RTT ms
          </th>
          <th scope="col" className="r">
            PCR p50 / p99 µs
          </th>
        </tr>
      </thead>
      <tbody>
        {flow.outputs.map((part) => (
          <tr key={part.id}>
            <td>
              <StateGlyph state={stateOfPart(part)} size={11} />
            </td>
            <td className="b">{part.name}</td>
            <td className="m">{part.error === undefined ? (part.address ?? DASH) : <span className="crit">{part.error.message}</span>}</td>
            <td className="mid">{part.kind.toUpperCase()}</td>
            <td className="r m">{megabits(part.bitrateBps)}</td>
            <td className="r m">{part.lost === undefined ? DASH : grouped(part.lost)}</td>
            <td className="r m">{part.rttMs === undefined ? DASH : part.rttMs.toFixed(0)}</td>
            <td className="r m">
              {numberAt(part.raw, "pcr_trust", "p50_us") ?? DASH} / {numberAt(part.raw, "pcr_trust", "p99_us") ?? DASH}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    {flow.outputs.length === 0 ? <p className="dim calm">No outputs: nothing leaves this flow.</p> : null}
  </div>
);
