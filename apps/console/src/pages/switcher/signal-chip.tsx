import { useLiveValue, useTopics } from "../../live/live-link.tsx";
import type { Json } from "../../live/merge-patch.ts";
import { StateGlyph } from "../../parts/glyph.tsx";
import { listAt, textAt } from "../node/flow-view.ts";

const WORDS: Readonly<Record<string, string>> = { no_signal: "No signal", black: "Black", freeze: "Frozen" };

type Given = { nodeId: string; flowId: string; inputId: string | undefined };

/** What the node sees of a picture that is not as it should be, where the eye is: a still looks like a live picture. `inputId`: of one input, otherwise of what is on air. */
export const SignalChip = ({ nodeId, flowId, inputId }: Given) => {
  const topic = `node:${nodeId}`;
  useTopics(topic);
  const alarm = useLiveValue<Json, string>(topic, `flow:${flowId}`, (flow) => alarmOf(flow, inputId) ?? "");
  return alarm === "" ? null : (
    <span className={`signal${alarm === "freeze" ? "" : " lost"}`}>
      <StateGlyph state={alarm === "freeze" ? "warning" : "critical"} size={16} silent />
      {WORDS[alarm] ?? alarm}
    </span>
  );
};

const alarmOf = (flow: Json | undefined, inputId: string | undefined): string | undefined => {
  const holder = inputId === undefined ? flow : listAt(flow, "inputs_live").find((each) => textAt(each, "input_id") === inputId);
  return textAt(holder, "thumbnail", "alarm");
};
