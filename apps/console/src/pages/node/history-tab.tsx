import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Change, Difference } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { isSecretName, jsonWithoutSecrets } from "../../form/secret-name.ts";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Empty } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { PaneEdge } from "../../parts/pane-edge.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { counted } from "../../words/numbers.ts";
import { momentText } from "../../words/times.ts";
import type { TabProps } from "./node.tsx";

/** What was changed, by whom, with what came of it; and the configurations that the node had. */
export const HistoryTab = ({ node }: TabProps) => {
  const params = { node_id: node.id };
  const changes = useQuery({ ...ask("changes", { params }), refetchInterval: 5_000 });
  const snapshots = useQuery(ask("snapshots", { params }));
  const navigate = useNavigate({ from: "/nodes/$nodeId/$tab" });
  const { snapshot } = useSearch({ from: "/frame/nodes/$nodeId/$tab" });
  const now = useNow();
  const { zone } = usePrefs();
  const open = (id: string): void => void navigate({ search: (before) => ({ ...before, snapshot: id }), replace: true });
  return (
    <div className="panes history">
      <section className="pane scroll stack" aria-label="Changes">
        <h2>Changes</h2>
        {(changes.data?.changes ?? []).map((change) => (
          <ChangeCard key={change.id} change={change} nodeId={node.id} />
        ))}
        {changes.data?.changes.length === 0 ? (
          <Empty title="No changes yet">What is changed by this manager appears here, and can be taken back.</Empty>
        ) : null}
      </section>
      <aside className="pane side scroll" aria-label="Configurations">
        <header className="ph">Configurations it had</header>
        <ul>
          {(snapshots.data?.snapshots ?? []).map((each) => (
            <li key={each.id}>
              <button type="button" className="snap" onClick={() => open(each.id)}>
                <b className="el">{each.label ?? each.reason}</b>
                <span className="m dim">{momentText(Date.parse(each.taken_at), now, zone)}</span>
                <small className="dim">
                  {each.by ?? "the node"} · <span className="m">{each.revision.slice(0, 8)}</span>
                </small>
              </button>
            </li>
          ))}
        </ul>
      </aside>
      <PaneEdge of="history" usual={320} />
      {snapshot === undefined ? null : <SnapshotSheet nodeId={node.id} snapshotId={snapshot} onClose={() => open("")} />}
    </div>
  );
};

const STATES: Readonly<Record<Change["state"], { glyph: "good" | "warning" | "critical" | "unknown" | "off"; word: string }>> = {
  applying: { glyph: "unknown", word: "being applied" },
  watching: { glyph: "unknown", word: "acknowledged, its alarms are watched" },
  verified: { glyph: "good", word: "verified: no alarm came" },
  troubled: { glyph: "warning", word: "alarms came" },
  failed: { glyph: "critical", word: "failed" },
  reverted: { glyph: "off", word: "taken back" },
};

const ChangeCard = ({ change, nodeId }: { change: Change; nodeId: string }) => {
  const now = useNow();
  const { zone } = usePrefs();
  const canWrite = useCanWrite();
  const [isOpen, setOpen] = useState(false);
  const revert = useAct({
    act: () => api("revertChange", { params: { node_id: nodeId, change_id: change.id } }),
    said: () => "Taken back.",
    onDone: () => void renew("changes", "config", "snapshots"),
  });
  const state = STATES[change.state];
  return (
    <article className="panel change">
      <header>
        <StateGlyph state={state.glyph} />
        <span className="el grow">{change.summary}</span>
        <span className="dim m t12">{momentText(Date.parse(change.at), now, zone)}</span>
      </header>
      <p className="row t12 mid">
        <span className="grow">
          {change.by}, {state.word}
          {change.error === null ? "" : `: ${change.error}`}{" "}
          {change.error_code === null ? null : <span className="m dim">{change.error_code}</span>}
        </span>
        <button type="button" className="btn sm ghost" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {counted(change.differences.length, "field")}
        </button>
        {change.can_revert ? (
          <button type="button" className="btn sm" disabled={!canWrite || revert.isRunning} onClick={() => revert.run(undefined)}>
            Take back
          </button>
        ) : null}
      </p>
      {change.alarms.map((alarm) => (
        <p key={alarm.alarm_id} className="problem">
          <StateGlyph state={alarm.severity === "critical" ? "critical" : "warning"} size={12} />
          {alarm.message}
        </p>
      ))}
      {isOpen ? <Differences differences={change.differences} /> : null}
    </article>
  );
};

const shown = (path: string, value: unknown): string =>
  value === undefined ? "–" : isSecretName(path) ? "set" : typeof value === "string" ? value : jsonWithoutSecrets(value);

/** Fields that differ, before and after. */
export const Differences = ({ differences }: { differences: readonly Difference[] }) => (
  <div className="scroll" role="group" aria-label="Fields that differ" tabIndex={0}>
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {differences.map((each) => (
          <tr key={each.path}>
            <td className="m">{each.path}</td>
            <td className="m dim diff-value">{shown(each.path, each.before)}</td>
            <td className="m diff-value">{shown(each.path, each.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const SnapshotSheet = ({ nodeId, snapshotId, onClose }: { nodeId: string; snapshotId: string; onClose: () => void }) => {
  const [isRestoring, setRestoring] = useState(false);
  const canWrite = useCanWrite();
  const params = { node_id: nodeId, snapshot_id: snapshotId };
  const asked = useQuery(ask("snapshot", { params }));
  const restore = useAct({
    act: () => api("restoreSnapshot", { params }),
    said: () => "The node has that configuration again. Its alarms are watched.",
    onDone: () => {
      void renew("changes", "config", "snapshots");
      onClose();
    },
  });
  const { data } = asked;
  return (
    <SideSheet
      title={data?.label ?? data?.reason ?? "Configuration"}
      isOpen
      onClose={onClose}
      foot={
        <>
          <span className="grow dim t12">
            {data === undefined ? "" : `${counted(data.differences.length, "field differs", "fields differ")} from now`}
          </span>
          <button
            type="button"
            className="btn pri"
            disabled={!canWrite || data === undefined || data.differences.length === 0}
            onClick={() => setRestoring(true)}
          >
            Restore this
          </button>
        </>
      }
    >
      {data === undefined ? null : (
        <>
          <h2>How the present one differs</h2>
          <Differences differences={data.differences} />
          <h2>The whole of it</h2>
          <pre className="changed scroll" tabIndex={0} aria-label="The configuration">
            {jsonWithoutSecrets(data.config, 2)}
          </pre>
        </>
      )}
      <Confirm
        title="Restore this configuration"
        sentence={`${counted(data?.differences.length ?? 0, "field changes", "fields change")} on the node. What it has now stays in this list.`}
        keep="Keep what it has"
        act="Hold to restore"
        isHeld
        isOpen={isRestoring}
        onClose={() => setRestoring(false)}
        onAct={() => restore.run(undefined)}
      />
    </SideSheet>
  );
};
