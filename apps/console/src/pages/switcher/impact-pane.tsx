import { Link } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import type { Impact, NodeCard, Take } from "@bilbycast/contracts/manager-api";
import { useMay } from "../../api/me.tsx";
import { useLiveValue } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { StateGlyph, TallyGlyph } from "../../parts/glyph.tsx";
import { HoldButton } from "../../parts/hold-button.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Ticking } from "../../parts/ticking.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { counted } from "../../words/numbers.ts";
import { lastedText, momentText } from "../../words/times.ts";
import type { Asked } from "./desk-control.tsx";
import { isOver } from "./desk-rows.ts";
import { byNode, checkText, findingsOf, headlineOf, sentenceOf, spliceText, type ImpactAction, type ImpactNode } from "./impact-view.ts";
import { outcomeOf, resultText, takeName, type LogTone } from "./take-words.ts";
import { useControl, useDeskState } from "./use-control.tsx";
import type { DeskRows } from "./use-desk.tsx";

type Given = { rows: DeskRows; asked: Asked; lookedAsked: Asked; groupId: string; isLost: boolean };

/** Before a take what it will change, after it what it did change, and below it all the takes before. */
export const ImpactPane = ({ rows, asked, lookedAsked, groupId, isLost }: Given) => {
  const control = useControl();
  const pvwId = useDeskState((_, { pvwId: id }) => id);
  const looked = useDeskState(({ looked: each }) => each);
  const [newest] = rows.takes;
  const isLooking = looked !== undefined && ("revertOf" in looked || looked.presetId !== pvwId);
  const hasResults =
    newest !== undefined && (!isOver(newest) || newest.state === "partial" || newest.state === "failed" || newest.state === "interrupted");
  return (
    <>
      <div className="scroll upper" role="group" aria-label="What a take changes" tabIndex={0}>
        {isLooking ? (
          <LookedAt
            {...("revertOf" in looked
              ? { label: "Revert, not done", title: "A revert would put back" }
              : { label: `${control.labelOf(looked.presetId)}, not loaded`, title: "A take would change" })}
            asked={lookedAsked}
            onClose={() => control.lookAt(undefined)}
          />
        ) : (
          <>
            {newest !== undefined && (hasResults || pvwId === undefined) ? <Results take={newest} /> : null}
            {newest !== undefined && !isOver(newest) ? null : pvwId === undefined ? (
              hasResults ? null : (
                <p className="dim nothing">Nothing in PVW. A key loads one, and what a take of it would change stands here.</p>
              )
            ) : (
              <ImpactView title="Take will change" asked={asked} presetId={pvwId} isLost={isLost} />
            )}
          </>
        )}
      </div>
      <Log rows={rows} groupId={groupId} />
    </>
  );
};

const LookedAt = ({ label, title, asked, onClose }: { label: string; title: string; asked: Asked; onClose: () => void }) => (
  <>
    <div className="looked">
      <Icon name="eye" />
      <b className="b el grow">{label}</b>
      <button type="button" className="btn sm" onClick={onClose}>
        Close <kbd>Esc</kbd>
      </button>
    </div>
    <ImpactView title={title} asked={asked} presetId={undefined} isLost={false} />
  </>
);

type ViewGiven = { title: string; asked: Asked; presetId: string | undefined; isLost: boolean };

const ImpactView = ({ title, asked, presetId, isLost }: ViewGiven) => {
  const impact =
    asked !== undefined && "impact" in asked && (presetId === undefined || asked.impact.preset_id === presetId) ? asked : undefined;
  if (impact === undefined) {
    return (
      <div className="sum">
        <span className="t12 mid">{title}</span>
        <div className="big dim">{asked !== undefined && "code" in asked ? "Not checked" : "Checking"}</div>
        {asked !== undefined && "code" in asked ? <span className="m dim">{asked.code}</span> : null}
      </div>
    );
  }
  return (
    <>
      <div className={`sum${impact.impact.is_blocked ? " blocked" : ""}`}>
        <div className="row">
          <span className="t12 mid grow">{title}</span>
          <CheckAge at={impact.at} isLost={isLost} />
        </div>
        <div className="big">{impact.impact.is_blocked ? "It cannot be taken" : headlineOf(impact.impact)}</div>
        <div className="t12 mid">{sentenceOf(impact.impact)}</div>
      </div>
      <Findings impact={impact.impact} />
      {byNode(impact.impact).map((node) => (
        <NodeActions key={node.nodeId} node={node} />
      ))}
      <Checks impact={impact.impact} />
    </>
  );
};

/** Its own clock, four times a second: a check is old after two. */
const CheckAge = ({ at, isLost }: { at: number; isLost: boolean }) => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 250);
    return () => window.clearInterval(timer);
  }, []);
  const age = Math.max(0, now - at);
  return (
    <span className={`row t12 c ${age > 2_000 || isLost ? "stale" : "mid"}`}>
      <StateGlyph state={age > 2_000 || isLost ? "warning" : "good"} size={10} silent />
      <Ticking className="check-age">{`Checked ${lastedText(age)} ago`}</Ticking>
    </span>
  );
};

const NodeActions = ({ node }: { node: ImpactNode }) => {
  const isOnline = useLiveValue<NodeCard, boolean>("nodes", node.nodeId, (card) => card !== undefined && card.status !== "offline");
  const state = node.severity === "error" ? "critical" : node.severity === "warning" ? "warning" : isOnline ? "good" : "critical";
  return (
    <section aria-label={node.name}>
      <h3 className="nodeh">
        <StateGlyph state={state} size={11} />
        {node.name}
      </h3>
      {node.actions.map((each) => (
        <ActionLine key={`${each.flow_name} ${each.to.input_id}`} each={each} />
      ))}
    </section>
  );
};

const ActionLine = ({ each }: { each: ImpactAction }) => (
  <div className={`act${each.changes ? "" : " same"}`}>
    <span className="f el">{each.flow_name}</span>
    <span className="no" title={each.outputs.map(({ name }) => name).join(", ")}>
      {each.changes ? counted(each.outputs.length, "output") : "as now"}
    </span>
    <span className="ch">
      {each.changes ? (
        <>
          <span className="el">{each.from?.name ?? "not known"}</span>
          <Icon name="right" size={12} />
          <span className="spoken">to</span>
        </>
      ) : null}
      <b className="el">{each.to.name}</b>
      <span className="grow" />
      <span className="dim nw">{spliceText(each.action)}</span>
    </span>
  </div>
);

const Findings = ({ impact }: { impact: Impact }) => (
  <>
    {(["error", "warning", "info"] as const).flatMap((severity) =>
      findingsOf(impact, severity).map(({ node, code, message }) => (
        <div key={`${code} ${node} ${message}`} className={`note ${severity}`}>
          <b>
            {severity === "info" ? null : <StateGlyph state={severity === "error" ? "critical" : "warning"} size={12} silent />} {node}
          </b>
          {message}
          <span className="m">{code}</span>
        </div>
      )),
    )}
  </>
);

const Checks = ({ impact }: { impact: Impact }) => (
  <>
    <h3 className="nodeh">Checks</h3>
    <dl className="chk">
      {impact.checks.map(({ name, good, of }) => (
        <div key={name}>
          <dt>
            {good === of ? <Icon name="check" size={13} /> : <StateGlyph state="warning" size={12} silent />}
            {checkText(name)}
          </dt>
          <dd>
            {good} of {of}
          </dd>
        </div>
      ))}
    </dl>
  </>
);

const Results = ({ take }: { take: Take }) => {
  const control = useControl();
  const { text, tone } = outcomeOf(take);
  return (
    <section className="results" aria-label={`${takeName(take)}, ${text}`}>
      <div className="row head">
        <ToneGlyph tone={tone} />
        <b className="b el grow">{takeName(take)}</b>
        <span className="mid">{text}</span>
      </div>
      <ul>
        {take.results.map((result) => (
          <li key={`${result.action.node_id} ${result.flow_name}`} className={result.ok ? "" : "bad"}>
            <ToneGlyph tone={toneOf(result.state)} />
            <span className="el">
              {result.node_name} <span className="mid">{result.flow_name}</span>
            </span>
            <span className="what">
              {resultText(result, isOver(take))}
              {result.error_code === null ? null : <span className="m dim"> {result.error_code}</span>}
            </span>
          </li>
        ))}
      </ul>
      {take.can_retry ? (
        <div className="row">
          <button type="button" className="btn pri" disabled={control.whyNotAir() !== undefined} onClick={() => control.retry()}>
            Retry failed
          </button>
          <RevertPress />
        </div>
      ) : null}
    </section>
  );
};

/** As many outputs as need a hold to be taken need one to be taken back. */
const RevertPress = () => {
  const control = useControl();
  const found = control.revertible();
  return found?.needsHold === true ? (
    <HoldButton className="" onHeld={() => control.revert(true)}>
      Hold to revert
    </HoldButton>
  ) : (
    <button type="button" className="btn" disabled={found === undefined} onClick={() => control.revert(false)}>
      Revert
    </button>
  );
};

const toneOf = (state: Take["results"][number]["state"]): LogTone =>
  state === "failed" || state === "unknown"
    ? "critical"
    : state === "unconfirmed"
      ? "warning"
      : state === "pending" || state === "acknowledged"
        ? "pending"
        : "good";

const ToneGlyph = ({ tone }: { tone: LogTone }): ReactNode => {
  switch (tone) {
    case "good":
      return <Icon name="check" size={13} />;
    case "pending":
      return (
        <span className="pend">
          <TallyGlyph shape="pend" size={12} />
        </span>
      );
    case "warning":
      return <StateGlyph state="warning" size={12} silent />;
    case "critical":
      return <StateGlyph state="critical" size={12} silent />;
  }
};

const LINES = 5;

const Log = ({ rows, groupId }: { rows: DeskRows; groupId: string }) => {
  const may = useMay();
  const { zone } = usePrefs();
  const now = useNow();
  const pvw = rows.desk?.pvw ?? undefined;
  const label = rows.presets.find(({ id }) => id === pvw?.preset_id)?.short_label;
  return (
    <section className="hist" aria-label="Last on this desk">
      <h3 className="nodeh">
        <span className="grow">Last on this desk</span>
        {may("audit.list").is ? (
          <Link to="/admin/audit-log" search={{ action: "switcher.take", target: groupId }}>
            Full log
          </Link>
        ) : null}
      </h3>
      {pvw === undefined || label === undefined ? null : (
        <div className="l">
          <span className="m">{momentText(Date.parse(pvw.at), now, zone)}</span>
          <span className="el">PVW {label}</span>
          <span className="dim el">{pvw.by}</span>
        </div>
      )}
      {rows.takes.slice(0, LINES).map((take) => {
        const { text, tone } = outcomeOf(take);
        return (
          <div className="l" key={take.id} title={`By ${take.by}`}>
            <span className="m">{momentText(Date.parse(take.at), now, zone)}</span>
            <span className="row el">
              <ToneGlyph tone={tone} />
              <span className="el">{takeName(take)}</span>
            </span>
            <span className="dim nw">{text}</span>
          </div>
        );
      })}
      {rows.takes.length === 0 ? <p className="dim t12">Nothing was taken yet.</p> : null}
    </section>
  );
};
