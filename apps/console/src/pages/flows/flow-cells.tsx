import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { FlowRow, NodeCard } from "@bilbycast/contracts/manager-api";
import { useLiveRow } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { ListedPicture } from "../../parts/listed-picture.tsx";
import { DASH, megabits } from "../../words/numbers.ts";
import { uptimeText } from "../../words/times.ts";
import { pictureUrl } from "../dashboard/fleet-cells.tsx";
import { activeInputOf, entriesOf, partsOfId, STATE_WORDS, type FlowEntry } from "./flow-list.ts";

type Rows = Readonly<Record<string, FlowRow>>;

/** The cells of one flow: it listens to its node alone. */
export const FlowCells = ({ id }: { id: string }) => {
  const { nodeId, flowId } = partsOfId(id);
  const node = useLiveRow<NodeCard>("nodes", nodeId);
  const row = useLiveRow<Rows>("flows", nodeId)?.[flowId];
  const [entry] = node === undefined || row === undefined ? [] : entriesOf([node], () => ({ [flowId]: row }));
  return entry === undefined ? null : <Cells entry={entry} />;
};

const Cells = ({ entry }: { entry: FlowEntry }) => {
  const { row, node, nodeId, flowId, isAway } = entry;
  const isQuiet = isAway || entry.state === "off";
  const shown = <T,>(value: T | null | undefined, text: (value: T) => string): string =>
    isQuiet || value === null || value === undefined ? DASH : text(value);
  const input = activeInputOf(row);
  const loss = row.loss_percent ?? 0;
  return (
    <>
      <td className="state">
        <StateGlyph state={entry.state} />
      </td>
      <td className="nm">
        <b className="el">
          <Link to="/nodes/$nodeId/$tab" params={{ nodeId, tab: "flows" }} search={{ flow: flowId }}>
            {row.name}
          </Link>
        </b>
        <small>{isAway ? STATE_WORDS.unknown : row.state === "" ? DASH : row.state}</small>
      </td>
      <td className="minor">
        <Still node={node} flowId={flowId} name={row.name} isAway={isAway} />
      </td>
      <td className="el">{node.name}</td>
      <td className="nm">
        <b className="el mid">{input?.name ?? DASH}</b>
        <small>
          {input === undefined ? `none of ${row.inputs.length}` : input.kind.replaceAll("_", " ").toUpperCase()}
          {row.inputs.length > 1 ? `, ${row.inputs.length - 1} more` : ""}
        </small>
      </td>
      <td className="r m">{shown(row.bitrate_in_bps, megabits)}</td>
      <td className="r m">{shown(row.bitrate_out_bps, megabits)}</td>
      <td className="r m minor">{row.outputs}</td>
      <td className={`r m${!isQuiet && loss > 1 ? " crit b" : ""}`}>{shown(row.loss_percent, (value) => `${value.toFixed(2)} %`)}</td>
      <td className="r m minor">{shown(row.rtt_ms, (value) => value.toFixed(0))}</td>
      <td className="r m">{isQuiet || row.since === null || row.since === undefined ? DASH : <Since at={Date.parse(row.since)} />}</td>
    </>
  );
};

const Since = ({ at }: { at: number }) => {
  const now = useNow();
  return uptimeText(Math.max(0, now - at) / 1_000);
};

const Still = memo(({ node, flowId, name, isAway }: { node: NodeCard; flowId: string; name: string; isAway: boolean }) => {
  const picture = node.pictures[flowId];
  return picture === undefined ? null : (
    <ListedPicture of={name} src={isAway ? undefined : pictureUrl(node.id, flowId, picture.tag)} takenAt={Date.parse(picture.at)} small />
  );
});
