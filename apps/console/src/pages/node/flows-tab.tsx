import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { upSecondsOf } from "../../live/card-facts.ts";
import { useLiveRow } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Empty } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Meter } from "../../parts/meter.tsx";
import { ListedPicture } from "../../parts/listed-picture.tsx";
import { grouped, megabits, percent } from "../../words/numbers.ts";
import { uptimeText } from "../../words/times.ts";
import { pictureUrl } from "../dashboard/fleet-cells.tsx";
import { FlowDetail } from "./flow-detail.tsx";
import { numberAt, stateOfFlow } from "./flow-view.ts";
import type { TabProps } from "./node.tsx";

const FlowBuilder = lazy(async () => ({ default: (await import("./builder/flow-builder.tsx")).FlowBuilder }));

/** Every flow of the node, and one of them in full. */
export const FlowsTab = ({ node, live }: TabProps) => {
  const search = useSearch({ from: "/frame/nodes/$nodeId/$tab" });
  const navigate = useNavigate({ from: "/nodes/$nodeId/$tab" });
  const set = (change: Partial<typeof search>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const current = live.flows.find(({ id }) => id === search.flow) ?? live.flows[0];
  return (
    <div className="panes flows">
      <aside className="pane list" aria-label="Flows">
        <header className="ph">
          Flows
          <span className="grow" />
          <button type="button" className="btn sm" onClick={() => set({ sheet: "new" })}>
            <Icon name="plus" />
            New flow
          </button>
        </header>
        <FlowList node={node} live={live} current={current?.id} onOpen={(flow) => set({ flow })} />
        <Load node={node} live={live} />
      </aside>
      {current === undefined ? (
        <Empty
          title="No flows yet"
          action={
            <button type="button" className="btn pri" onClick={() => set({ sheet: "new" })}>
              <Icon name="plus" />
              New flow
            </button>
          }
        >
          A flow takes one of its inputs and sends it to all of its outputs.
        </Empty>
      ) : (
        <FlowDetail node={node} live={live} flow={current} onEdit={() => set({ sheet: "edit", flow: current.id })} />
      )}
      <Suspense>
        {search.sheet === "new" || search.sheet === "edit" ? (
          <FlowBuilder
            node={node}
            flowId={search.sheet === "edit" ? search.flow : undefined}
            onClose={() => set({ sheet: "" })}
            onSaved={(flow) => set({ sheet: "", flow })}
          />
        ) : null}
      </Suspense>
    </div>
  );
};

const FlowList = ({ node, live, current, onOpen }: TabProps & { current: string | undefined; onOpen: (id: string) => void }) => {
  const card = useLiveRow<NodeCard>("nodes", node.id);
  return (
    <ul className="scroll grow flow-list">
      {live.flows.map((flow) => {
        const picture = card?.pictures[flow.id];
        return (
          <li key={flow.id}>
            <button type="button" aria-current={flow.id === current} onClick={() => onOpen(flow.id)}>
              <ListedPicture
                of={flow.name}
                src={picture === undefined ? undefined : pictureUrl(node.id, flow.id, picture.tag)}
                takenAt={picture === undefined ? undefined : Date.parse(picture.at)}
                small
              />
              <span className="col" style={{ minWidth: 0 }}>
                <b className="el">{flow.name}</b>
                <small className="row">
                  <StateGlyph state={stateOfFlow(flow)} size={11} />
                  {flow.state === "stopped" ? "Stopped" : `${megabits(flow.inputs.find(({ isActive }) => isActive)?.bitrateBps)} Mbit/s`}
                </small>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
};

const Load = ({ node, live }: TabProps) => {
  const card = useLiveRow<NodeCard>("nodes", node.id);
  const upSeconds = upSecondsOf(card, useNow());
  const used = numberAt(live.health, "resource_budget", "units_used");
  const total = numberAt(live.health, "resource_budget", "units_total");
  return (
    <footer className="load t12 mid">
      {used === undefined || total === undefined || total === 0 ? null : (
        <>
          <div className="row">
            <span className="grow">Units</span>
            <span className="m">
              {grouped(used)} of {grouped(total)}
            </span>
          </div>
          <Meter label="Units in use" share={used / total} />
        </>
      )}
      <div className="row">
        <span className="grow">CPU {percent(card?.cpu_percent)} %</span>
        <span className="grow">RAM {percent(card?.ram_percent)} %</span>
        <span>Up {upSeconds === null ? "–" : uptimeText(upSeconds)}</span>
      </div>
    </footer>
  );
};
