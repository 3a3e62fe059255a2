import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ask } from "../../api/browser.tsx";
import { FilteredToNone, Empty } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import type { JsonObject } from "../../live/merge-patch.ts";
import { DASH, grouped, megabits } from "../../words/numbers.ts";
import { flowsOf, idOf, kindOf, nameOf, partsOf } from "./builder/draft.ts";
import { stateOfPart, type PartView } from "./flow-view.ts";
import type { TabProps } from "./node.tsx";
import { TestPart, useCanTest } from "./test-part.tsx";

type Row = {
  id: string;
  name: string;
  kind: string;
  address: string;
  flow: { id: string; name: string } | undefined;
  live: PartView | undefined;
};

const ADDRESSES = ["remote_addr", "dest_addr", "dest_url", "bind_addr", "local_addr", "url"];

const addressOf = (part: JsonObject): string | undefined => ADDRESSES.map((key) => part[key]).find((each) => typeof each === "string");

/** Every input or output of the node, on a flow or not. */
export const PartsTab = ({ node, live, side }: TabProps & { side: "input" | "output" }) => {
  const [filter, setFilter] = useState("");
  const config = useQuery(ask("config", { params: { node_id: node.id } })).data?.config as JsonObject | undefined;
  const rows = rowsOf(config, live.flows, side);
  const canTest = useCanTest(node, side);
  const shown = rows.filter((row) =>
    filter
      .toLowerCase()
      .split(/\s+/)
      .every((word) => `${row.name} ${row.id} ${row.kind} ${row.address} ${row.flow?.name ?? ""}`.toLowerCase().includes(word)),
  );
  return (
    <section className="pane grow" aria-label={side === "input" ? "Inputs" : "Outputs"}>
      <div className="bulk">
        <label className="inp filter">
          <Icon name="search" />
          <input
            type="search"
            aria-label="Filter"
            placeholder="Name, address, kind"
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
      </div>
      <div className="table scroll dense">
        <table aria-label={side === "input" ? "Inputs" : "Outputs"}>
          <thead>
            <tr>
              <th />
              <th scope="col">Name</th>
              <th scope="col">Kind</th>
              <th scope="col">Address</th>
              <th scope="col">Flow</th>
              <th scope="col" className="r">
                Mbit/s
              </th>
              <th scope="col" className="r">
                {side === "input" ? "Lost" : "Dropped"}
              </th>
              <th scope="col" className="r">
                RTT ms
              </th>
              <th scope="col">State</th>
              {canTest ? <th scope="col">Test</th> : null}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <PartRow key={row.id} node={node} side={side} row={row} canTest={canTest} />
            ))}
          </tbody>
        </table>
        {shown.length > 0 ? null : rows.length > 0 ? (
          <FilteredToNone what={`${side}s`} onClear={() => setFilter("")} />
        ) : (
          <Empty title={`No ${side}s yet`}>They are made with a flow.</Empty>
        )}
      </div>
    </section>
  );
};

type RowGiven = { node: TabProps["node"]; side: "input" | "output"; row: Row; canTest: boolean };

const PartRow = ({ node, side, row, canTest }: RowGiven) => (
  <tr>
    <td>
      <StateGlyph state={row.live === undefined ? "off" : stateOfPart(row.live)} size={11} />
    </td>
    <td className="b">{row.name}</td>
    <td className="mid">{row.kind.replaceAll("_", " ").toUpperCase()}</td>
    <td className="m">{row.address}</td>
    <td>
      {row.flow === undefined ? (
        <span className="dim">on no flow</span>
      ) : (
        <Link to="/nodes/$nodeId/$tab" params={{ nodeId: node.id, tab: "flows" }} search={{ flow: row.flow.id }}>
          {row.flow.name}
        </Link>
      )}
    </td>
    <td className="r m">{megabits(row.live?.bitrateBps)}</td>
    <td className="r m">{row.live?.lost === undefined ? DASH : grouped(row.live.lost)}</td>
    <td className="r m">{row.live?.rttMs === undefined ? DASH : row.live.rttMs.toFixed(0)}</td>
    <td>{row.live?.error === undefined ? (row.live?.state ?? DASH) : <span className="crit">{row.live.error.message}</span>}</td>
    {canTest ? (
      <td>
        <TestPart node={node} side={side} id={row.id} name={row.name} />
      </td>
    ) : null}
  </tr>
);

/** What is configured, with what is live of it; without the right to read the configuration, what is live. */
const rowsOf = (config: JsonObject | undefined, flows: TabProps["live"]["flows"], side: "input" | "output"): Row[] => {
  const live = new Map(
    flows.flatMap((flow) => flow[`${side}s`].map((part) => [part.id, { part, flow: { id: flow.id, name: flow.name } }] as const)),
  );
  const parts = config === undefined ? [] : partsOf(config, `${side}s`);
  const configured = parts.map((part): Row => {
    const own = live.get(idOf(part));
    const flow =
      config === undefined
        ? undefined
        : flowsOf(config).find(
            (each) => Array.isArray(each[`${side}_ids`]) && (each[`${side}_ids`] as readonly unknown[]).includes(idOf(part)),
          );
    return {
      id: idOf(part),
      name: nameOf(part),
      kind: kindOf(part),
      address: addressOf(part) ?? own?.part.address ?? DASH,
      flow: own?.flow ?? (flow === undefined ? undefined : { id: idOf(flow), name: nameOf(flow) }),
      live: own?.part,
    };
  });
  const known = new Set(configured.map(({ id }) => id));
  const others = [...live]
    .filter(([id]) => !known.has(id))
    .map(([id, { part, flow }]): Row => ({ id, name: part.name, kind: part.kind, address: part.address ?? DASH, flow, live: part }));
  return [...configured, ...others];
};
