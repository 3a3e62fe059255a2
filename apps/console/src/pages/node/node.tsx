import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { ManagedNode, NodeCard } from "@bilbycast/contracts/manager-api";
import { ask } from "../../api/browser.tsx";
import { useNarrow } from "../../frame/narrow.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { useLiveRow } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Banner } from "../../parts/banner.tsx";
import { Refused } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { momentText } from "../../words/times.ts";
import { stateOf } from "../dashboard/trouble.ts";
import { NodeMenu } from "../nodes/node-menu.tsx";
import { FlowsTab } from "./flows-tab.tsx";
import "./node.css";
import { OverviewTab } from "./overview-tab.tsx";
import { PartsTab } from "./parts-tab.tsx";
import { ResourcesTab } from "./resources-tab.tsx";
import { useNodeLive, type NodeLive } from "./use-node-live.tsx";

export type TabProps = { node: ManagedNode; live: NodeLive };

const TABS = [
  { tab: "overview", word: "Overview" },
  { tab: "flows", word: "Flows" },
  { tab: "inputs", word: "Inputs" },
  { tab: "outputs", word: "Outputs" },
  { tab: "resources", word: "Resources" },
  { tab: "history", word: "History" },
] as const;

/** One device. */
export const NodePage = () => {
  const { nodeId, tab } = useParams({ from: "/frame/nodes/$nodeId/$tab" });
  const search = useSearch({ from: "/frame/nodes/$nodeId/$tab" });
  const navigate = useNavigate();
  const node = useQuery(ask("node", { params: { node_id: nodeId } }));
  const card = useLiveRow<NodeCard>("nodes", nodeId);
  const live = useNodeLive(nodeId);
  const name = node.data?.name ?? card?.name ?? "Node";
  const counts: Readonly<Record<string, number | undefined>> = {
    flows: live.flows.length,
    inputs: live.flows.reduce((sum, flow) => sum + flow.inputs.length, 0),
    outputs: live.flows.reduce((sum, flow) => sum + flow.outputs.length, 0),
  };
  return (
    <>
      <PageBar
        title={name}
        glyph={<StateGlyph state={card === undefined ? "unknown" : stateOf(card)} size={14} />}
        about={node.data?.description}
      >
        <nav className="tabs" aria-label="Parts of the node">
          {TABS.map((each) => (
            <Link
              key={each.tab}
              to="/nodes/$nodeId/$tab"
              params={{ nodeId, tab: each.tab }}
              search={each.tab === "flows" && search.flow !== undefined ? { flow: search.flow } : {}}
              aria-current={each.tab === tab ? "page" : undefined}
              activeProps={{}}
            >
              {each.word}
              {(counts[each.tab] ?? 0) > 0 ? <span className="dim">{counts[each.tab]}</span> : null}
            </Link>
          ))}
        </nav>
        <span className="grow" />
        {node.data === undefined ? null : <NodeMenu node={node.data} onDeleted={() => void navigate({ to: "/admin/nodes", search: {} })} />}
      </PageBar>
      <AwayBanner card={card} />
      {node.error === null ? null : <Refused sentence={node.error.message} />}
      {node.data === undefined ? null : <Tab tab={tab} node={node.data} live={live} />}
    </>
  );
};

// Asked for now and then: the page does not wait for it.
const HistoryTab = lazy(async () => ({ default: (await import("./history-tab.tsx")).HistoryTab }));
const OnCallNode = lazy(async () => ({ default: (await import("../on-call/node.tsx")).OnCallNode }));

const Tab = ({ tab, node, live }: TabProps & { tab: string }) => {
  const isNarrow = useNarrow();
  switch (tab) {
    case "flows":
      return <FlowsTab node={node} live={live} />;
    case "inputs":
    case "outputs":
      return <PartsTab key={tab} node={node} live={live} side={tab === "inputs" ? "input" : "output"} />;
    case "resources":
      return <ResourcesTab node={node} live={live} />;
    case "history":
      return (
        <Suspense>
          <HistoryTab node={node} live={live} />
        </Suspense>
      );
    default:
      return isNarrow ? (
        <Suspense>
          <OnCallNode node={node} live={live} />
        </Suspense>
      ) : (
        <OverviewTab node={node} live={live} />
      );
  }
};

const AwayBanner = ({ card }: { card: NodeCard | undefined }) => {
  const now = useNow();
  const { zone } = usePrefs();
  if (card?.status === "offline") {
    return (
      <Banner kind="warning" title={`No data from ${card.name} since ${momentText(Date.parse(card.status_since), now, zone)}.`}>
        What is shown is from then.
      </Banner>
    );
  }
  return card?.status === "pending" ? (
    <Banner kind="fact" title="This node was never here.">
      Start it with its token, or make a new one in the menu.
    </Banner>
  ) : null;
};
