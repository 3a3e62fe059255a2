import { useMemo, useState } from "react";
import { Chart } from "../../parts/chart.tsx";
import { Meter } from "../../parts/meter.tsx";
import { Segment } from "../../parts/segment.tsx";
import { DASH, grouped } from "../../words/numbers.ts";
import { listAt, numberAt, objectAt, textAt } from "./flow-view.ts";
import type { TabProps } from "./node.tsx";
import { useNodeHistory } from "./use-node-history.tsx";

const SPANS = [
  { value: "1h", label: "1 h", ms: 3_600_000 },
  { value: "6h", label: "6 h", ms: 21_600_000 },
  { value: "24h", label: "24 h", ms: 86_400_000 },
  { value: "7d", label: "7 d", ms: 604_800_000 },
  { value: "30d", label: "30 d", ms: 2_592_000_000 },
] as const;

/** What the machine has and how much of it is used, now and over time. */
export const ResourcesTab = ({ node, live }: TabProps) => {
  const [span, setSpan] = useState<(typeof SPANS)[number]["value"]>("6h");
  const { data, at } = useNodeHistory(node.id, SPANS.find(({ value }) => value === span)?.ms ?? SPANS[0].ms);
  const charts = useMemo(
    () => ({
      cpu: [{ name: "CPU", values: data?.cpu_percent ?? [] }],
      ram: [{ name: "Memory", values: data?.ram_percent ?? [], series: 2 as const }],
    }),
    [data],
  );
  return (
    <div className="pane scroll stack grow">
      <Budget live={live} node={node} />
      <div className="panel">
        <header>
          Load
          <span className="grow" />
          <Segment label="Time" value={span} options={SPANS} onChange={setSpan} />
        </header>
        <div className="charts">
          <Chart title="CPU" unit="%" at={at} lines={charts.cpu} limit={90} height={180} />
          <Chart title="Memory" unit="%" at={at} lines={charts.ram} limit={90} height={180} />
        </div>
      </div>
      <Hosts live={live} node={node} />
    </div>
  );
};

const Budget = ({ live }: TabProps) => {
  const budget = objectAt(live.health, "resource_budget");
  const used = numberAt(budget, "units_used");
  const total = numberAt(budget, "units_total");
  const cpu = objectAt(budget, "cpu");
  return (
    <div className="panel">
      <header>Machine</header>
      <dl className="kv" style={{ padding: "10px 12px" }}>
        <dt>Processor</dt>
        <dd>
          {textAt(cpu, "brand") ?? DASH}
          {numberAt(cpu, "physical_cores") === undefined
            ? ""
            : `, ${numberAt(cpu, "physical_cores") ?? 0} cores, ${textAt(cpu, "avx_class") ?? ""}`}
        </dd>
        <dt>Units</dt>
        <dd>
          {used === undefined || total === undefined || total === 0 ? (
            DASH
          ) : (
            <span className="row">
              <Meter label="Units in use" share={used / total} width={180} />
              <span className="m">
                {grouped(used)} of {grouped(total)}
              </span>
            </span>
          )}
        </dd>
        <dt>Codecs</dt>
        <dd>
          {[textAt(budget, "media", "backend"), textAt(budget, "media", "version"), textAt(budget, "media", "state")]
            .filter((each) => each !== undefined)
            .join(", ") || DASH}
        </dd>
      </dl>
    </div>
  );
};

const Hosts = ({ live }: TabProps) => {
  const hosts = listAt(live.health, "resource_budget", "hosts");
  return hosts.length === 0 ? null : (
    <div className="panel">
      <header>Processes that decode and encode</header>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">For</th>
            <th scope="col" className="r">
              CPU %
            </th>
            <th scope="col" className="r">
              Memory MB
            </th>
          </tr>
        </thead>
        <tbody>
          {hosts.map((host) => (
            <tr key={numberAt(host, "pid")}>
              <td className="m">{numberAt(host, "pid")}</td>
              <td className="el">
                {listAt(host, "jobs")
                  .filter((job) => typeof job === "string")
                  .join(", ")}
              </td>
              <td className="r m">{numberAt(host, "cpu_percent")?.toFixed(0) ?? DASH}</td>
              <td className="r m">
                {numberAt(host, "rss_bytes") === undefined ? DASH : grouped((numberAt(host, "rss_bytes") ?? 0) / 1_048_576)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
