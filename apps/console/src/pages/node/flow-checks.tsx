import type { State } from "../../words/state.ts";
import { StateGlyph } from "../../parts/glyph.tsx";
import { grouped } from "../../words/numbers.ts";
import { numberAt, objectAt, textAt, type FlowView } from "./flow-view.ts";

type Check = { key: string; name: string; value: string; state: State; why?: string | undefined };

/** Faults of TR 101 290 by their priority, with the names of the counters. */
const PRIORITIES: readonly { title: string; counters: readonly (readonly [key: string, name: string])[] }[] = [
  {
    title: "Priority 1",
    counters: [
      ["sync_loss_count", "loss of sync"],
      ["sync_byte_errors", "sync byte"],
      ["pat_errors", "PAT"],
      ["cc_errors", "continuity"],
      ["pmt_errors", "PMT"],
      ["pid_errors", "missing PID"],
    ],
  },
  {
    title: "Priority 2",
    counters: [
      ["tei_errors", "transport error"],
      ["crc_errors", "CRC"],
      ["pcr_repetition_errors", "PCR repetition"],
      ["pcr_discontinuity_errors", "PCR discontinuity"],
      ["pcr_accuracy_errors", "PCR accuracy"],
      ["pts_errors", "PTS"],
      ["cat_errors", "CAT"],
    ],
  },
];

const checksOf = (flow: FlowView): Check[] => {
  const tr = objectAt(flow.raw, "tr101290");
  const thumbnail = objectAt(flow.raw, "thumbnail");
  const alarm = textAt(thumbnail, "alarm");
  const priorities = PRIORITIES.map(({ title, counters }): Check => {
    const found = counters.map(([key, name]) => ({ name, count: numberAt(tr, key) ?? 0 })).filter(({ count }) => count > 0);
    const sum = found.reduce((total, { count }) => total + count, 0);
    return {
      key: title,
      name: title,
      value: tr === undefined ? "–" : grouped(sum),
      state: tr === undefined ? "unknown" : sum === 0 ? "good" : "warning",
      why: found.length === 0 ? undefined : found.map(({ name, count }) => `${name} ${grouped(count)}`).join(", "),
    };
  });
  const picture: Check = {
    key: "picture",
    name: "Picture",
    value: thumbnail === undefined ? "–" : alarm === undefined ? "moving" : alarm.replaceAll("_", " "),
    state: thumbnail === undefined ? "unknown" : alarm === undefined ? "good" : "critical",
    why: textAt(thumbnail, "absent", "message"),
  };
  const reasons = flow.reasons.map((reason): Check => ({
    key: `${reason.code} ${reason.detail}`,
    name: reason.code.replaceAll("_", " "),
    value: "",
    state: reason.severity === "Critical" || reason.severity === "Error" ? "critical" : "warning",
    why: reason.detail,
  }));
  return [...reasons, ...priorities, picture];
};

/** Why a flow is as it is: the node's reasons first, then what its stream is checked for. */
export const FlowChecks = ({ flow }: { flow: FlowView }) => (
  <div className="panel checks scroll">
    <header>TR 101 290 and content</header>
    <ul>
      {checksOf(flow).map((check) => (
        <li key={check.key}>
          <StateGlyph state={check.state} size={12} />
          <span>{check.name}</span>
          <span className="m">{check.value}</span>
          {check.why === undefined ? null : <small>{check.why}</small>}
        </li>
      ))}
    </ul>
  </div>
);
