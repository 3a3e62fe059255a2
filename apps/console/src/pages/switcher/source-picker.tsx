import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { NodeCard, PresetAction } from "@bilbycast/contracts/manager-api";
import { ApiFailure } from "../../api/api.ts";
import { ask } from "../../api/browser.tsx";
import { useLiveRows } from "../../live/live-link.tsx";
import type { Json } from "../../live/merge-patch.ts";
import { StateGlyph } from "../../parts/glyph.tsx";
import { counted } from "../../words/numbers.ts";
import { inputFor, withInput, withSplice, type PresetDraft } from "./preset-draft.ts";
import { sourcesOf, type SourceFlow } from "./sources.ts";

type Given = { groupId: string; draft: PresetDraft; onDraft: (draft: PresetDraft) => void; problem: string | undefined };

/** Which input each flow carries: one of its own, or the flow is left alone. Nodes with actions come first and are open. */
export const SourcePicker = ({ groupId, draft, onDraft, problem }: Given) => {
  const cards = useLiveRows<NodeCard>("nodes");
  const [used] = useState(() => new Set(draft.actions.map(({ node_id: id }) => id)));
  const nodes = useMemo(
    () =>
      cards
        .filter((card) => used.has(card.id) || (card.total_flows ?? 0) > 0)
        .toSorted(
          (a, b) =>
            Number(used.has(b.id)) - Number(used.has(a.id)) ||
            Number(b.group_id === groupId) - Number(a.group_id === groupId) ||
            a.name.localeCompare(b.name),
        ),
    [cards, used, groupId],
  );
  return (
    <fieldset className="sources">
      <legend className="b">Inputs that it puts on air</legend>
      {problem === undefined ? null : (
        <div className="problem" role="alert">
          <StateGlyph state="critical" size={12} silent />
          <span>{problem}</span>
        </div>
      )}
      {nodes.map((card) => (
        <NodeSources
          key={card.id}
          id={card.id}
          name={card.name}
          status={card.status}
          isOpenFirst={used.has(card.id)}
          draft={draft}
          onDraft={onDraft}
        />
      ))}
    </fieldset>
  );
};

type NodeGiven = {
  id: string;
  name: string;
  status: NodeCard["status"];
  isOpenFirst: boolean;
  draft: PresetDraft;
  onDraft: (draft: PresetDraft) => void;
};

const NodeSources = ({ id, name, status, isOpenFirst, draft, onDraft }: NodeGiven) => {
  const [isOpen, setOpen] = useState(isOpenFirst);
  const own = draft.actions.filter(({ node_id: node }) => node === id).length;
  return (
    <div className="node-sources">
      <button type="button" className="row" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <StateGlyph state={status === "offline" ? "critical" : "good"} size={11} />
        <b className="b grow">{name}</b>
        <span className="dim">{own === 0 ? "left alone" : counted(own, "flow")}</span>
      </button>
      {isOpen ? <FlowList nodeId={id} draft={draft} onDraft={onDraft} /> : null}
    </div>
  );
};

const FlowList = ({ nodeId, draft, onDraft }: { nodeId: string; draft: PresetDraft; onDraft: (draft: PresetDraft) => void }) => {
  const { data, error } = useQuery({ ...ask("config", { params: { node_id: nodeId } }), staleTime: 30_000 });
  const flows = useMemo(() => sourcesOf(data?.config as Json | undefined), [data]);
  if (error !== null) {
    return (
      <p className="hint">
        {error.message} <span className="m">{error instanceof ApiFailure ? error.code : ""}</span>
      </p>
    );
  }
  if (data === undefined) {
    return <p className="hint">Its configuration is coming.</p>;
  }
  return (
    <>
      {data.is_live ? null : <p className="hint">The node is away: this is what it had.</p>}
      {flows.length === 0 ? <p className="hint">It has no flows.</p> : null}
      {flows.map((flow) => (
        <FlowSources key={flow.id} nodeId={nodeId} flow={flow} draft={draft} onDraft={onDraft} />
      ))}
    </>
  );
};

const SPLICES: readonly { value: "" | NonNullable<PresetAction["splice_mode_override"]>; label: string }[] = [
  { value: "", label: "default" },
  { value: "pmt_bump", label: "force PMT-bump" },
  { value: "pes_aligned", label: "force PES-aligned" },
];

type FlowGiven = { nodeId: string; flow: SourceFlow; draft: PresetDraft; onDraft: (draft: PresetDraft) => void };

const FlowSources = ({ nodeId, flow, draft, onDraft }: FlowGiven) => {
  const chosen = inputFor(draft, nodeId, flow.id);
  const splice = draft.actions.find(
    (action) => action.type === "activate_input" && action.node_id === nodeId && action.flow_id === flow.id,
  )?.splice_mode_override;
  const name = `${nodeId}-${flow.id}`;
  return (
    <div className="flow-sources" role="radiogroup" aria-label={flow.name}>
      <div className="row">
        <span className="b el grow">{flow.name}</span>
        <span className="dim t12">{counted(flow.outputs, "output")}</span>
        {chosen === undefined ? null : (
          <label className="row t12 mid">
            splice
            <select
              className="pick"
              value={splice ?? ""}
              onChange={(event) =>
                onDraft(
                  withSplice(
                    draft,
                    nodeId,
                    flow.id,
                    SPLICES.find(({ value }) => value !== "" && value === event.currentTarget.value)?.value || undefined,
                  ),
                )
              }
            >
              {SPLICES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <label className="pick-one">
        <input
          type="radio"
          name={name}
          checked={chosen === undefined}
          onChange={() => onDraft(withInput(draft, nodeId, flow.id, undefined))}
        />
        <span className="mid">Leave alone</span>
      </label>
      {flow.inputs.map((input) => (
        <label className="pick-one" key={input.id}>
          <input
            type="radio"
            name={name}
            checked={chosen === input.id}
            onChange={() => onDraft(withInput(draft, nodeId, flow.id, input.id))}
          />
          <span className="el grow">{input.name}</span>
          <span className="dim t12">{input.kind.replaceAll("_", " ")}</span>
        </label>
      ))}
      {chosen !== undefined && !flow.inputs.some(({ id }) => id === chosen) ? (
        <p className="problem">
          <StateGlyph state="critical" size={12} silent /> The flow has no input {chosen} any more. Choose another.
        </p>
      ) : null}
    </div>
  );
};
