import { Link } from "@tanstack/react-router";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { FilterBox, PageBar } from "../../frame/page-bar.tsx";
import { heardAt, useLiveRows } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Empty, FilteredToNone } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { megabits } from "../../words/numbers.ts";
import { lastedText } from "../../words/times.ts";
import { fits, stateOf, troubleOf } from "../dashboard/trouble.ts";

type Given = { filter: string; onFilter: (text: string) => void };

/** Find a node, and see how it is: the worst first. */
export const OnCallNodes = ({ filter, onFilter }: Given) => {
  const { group } = usePrefs();
  const all = useLiveRows<NodeCard>("nodes").filter((card) => group === undefined || card.group_id === group);
  const shown = all
    .filter((card) => filter === "" || fits(card, filter))
    .toSorted((a, b) => troubleOf(b) - troubleOf(a) || a.name.localeCompare(b.name, "en", { numeric: true }));
  const isLoading = heardAt("nodes") === undefined;
  return (
    <>
      <PageBar title="Nodes">
        <FilterBox value={filter} onChange={onFilter} what="Node, flow or state" />
      </PageBar>
      <ul className="oc-list scroll grow" aria-label="Nodes" aria-busy={isLoading}>
        {shown.slice(0, MOST).map((card) => (
          <NodeItem key={card.id} card={card} />
        ))}
        {shown.length > MOST ? <li className="calm dim">{shown.length - MOST} more: find them by name.</li> : null}
      </ul>
      {shown.length > 0 || isLoading ? null : all.length > 0 ? (
        <FilteredToNone what="nodes" onClear={() => onFilter("")} />
      ) : (
        <Empty title="No nodes yet">They are added on a larger screen.</Empty>
      )}
    </>
  );
};

/** Rows that a telephone draws; who has more than that looks for one. */
const MOST = 200;

const NodeItem = ({ card }: { card: NodeCard }) => {
  const now = useNow();
  const state = stateOf(card);
  const isAway = card.status === "offline" || card.status === "pending";
  return (
    <li className={state === "critical" || state === "warning" ? state : ""}>
      <Link className="oc-row" to="/nodes/$nodeId/$tab" params={{ nodeId: card.id, tab: "overview" }} search={{}}>
        <StateGlyph state={state} size={17} />
        <b>{card.name}</b>
        <span className="m">{isAway ? lastedText(now - Date.parse(card.status_since)) : `${megabits(card.bitrate_out_bps)} out`}</span>
        <small>
          {card.status === "offline"
            ? "away"
            : card.status === "pending"
              ? "never here"
              : `${card.status}${card.total_flows === null ? "" : `, ${card.active_flows ?? 0} of ${card.total_flows} flows`}`}
        </small>
      </Link>
    </li>
  );
};
