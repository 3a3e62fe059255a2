import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { AuditRow } from "@bilbycast/contracts/manager-api";
import { urlOf } from "../../api/api.ts";
import { api } from "../../api/browser.tsx";
import { useMay } from "../../api/me.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { Empty, FilteredToNone, Refused } from "../../parts/empty.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { grouped } from "../../words/numbers.ts";
import { stampText } from "../../words/times.ts";
import "./audit.css";

/** Who did what, with what it was before and after. */
export const Audit = () => {
  const search = useSearch({ from: "/frame/admin/audit-log" });
  const navigate = useNavigate({ from: "/admin/audit-log" });
  const set = (change: Partial<typeof search>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const { zone, group } = usePrefs();
  const query = { group_id: group, actor: search.actor, action: search.action, target_id: search.target };
  const log = useInfiniteQuery({
    queryKey: ["audit", query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => api("audit", { query: { ...query, cursor: pageParam, limit: 100 }, signal }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const rows = log.data?.pages.flatMap((page) => page.entries) ?? [];
  const current = rows.find(({ seq }) => String(seq) === search.row);
  const isFiltered = (search.actor ?? search.action ?? search.target) !== undefined;
  return (
    <>
      <PageBar title="Audit">
        <FilterText what="Who" value={search.actor} onChange={(actor) => set({ actor })} />
        <FilterText what="What: node." value={search.action} onChange={(action) => set({ action })} />
        {search.target === undefined ? null : (
          <button type="button" className="btn sm" onClick={() => set({ target: "" })}>
            One thing ×
          </button>
        )}
        <span className="grow" />
        <Verify />
        <a className="btn" href={urlOf("exportAudit", { query })} download="audit.csv">
          Export
        </a>
      </PageBar>
      {log.error === null ? null : <Refused sentence={log.error.message} />}
      <div className="table scroll dense">
        <table aria-label="Audit log" aria-busy={log.isLoading}>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Who</th>
              <th scope="col">Did</th>
              <th scope="col">To</th>
              <th scope="col">Changed</th>
              <th scope="col" className="minor">
                From
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <AuditLine key={row.seq} row={row} zone={zone} isCurrent={row === current} onOpen={() => set({ row: String(row.seq) })} />
            ))}
          </tbody>
        </table>
        {rows.length > 0 || log.isLoading ? null : isFiltered ? (
          <FilteredToNone what="entries" onClear={() => set({ actor: "", action: "", target: "" })} />
        ) : (
          <Empty title="Nothing yet" />
        )}
        {log.hasNextPage ? (
          <button type="button" className="btn more" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Earlier
          </button>
        ) : null}
      </div>
      {current === undefined ? null : (
        <AuditSheet row={current} zone={zone} onClose={() => set({ row: "" })} onTarget={(target) => set({ target, row: "" })} />
      )}
    </>
  );
};

const FilterText = ({ what, value, onChange }: { what: string; value: string | undefined; onChange: (text: string) => void }) => (
  <label className="inp filter">
    <input
      type="search"
      aria-label={what}
      placeholder={what}
      defaultValue={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  </label>
);

type LineGiven = { row: AuditRow; zone: string | undefined; isCurrent: boolean; onOpen: () => void };

const AuditLine = ({ row, zone, isCurrent, onOpen }: LineGiven) => (
  <tr className={`opens${isCurrent ? " sel" : ""}`} tabIndex={0} onClick={onOpen} onKeyDown={(event) => event.key === "Enter" && onOpen()}>
    <td className="m">{stampText(Date.parse(row.at), zone)}</td>
    <td>
      <b className="b">{row.actor_name === "" ? "Nobody known" : row.actor_name}</b>
      {row.via === "session" ? null : <span className="chip o via">{row.via.replaceAll("_", " ")}</span>}
    </td>
    <td className="m">{row.action}</td>
    <td>
      {row.target_name === "" ? row.target_id : row.target_name} <span className="dim t12">{row.target_type}</span>
    </td>
    <td className="changes">{row.changes.map((change) => change.field).join(", ")}</td>
    <td className="m dim minor">{row.ip_address}</td>
  </tr>
);

const shown = (value: unknown): string =>
  value === undefined || value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value);

const AuditSheet = ({
  row,
  zone,
  onClose,
  onTarget,
}: {
  row: AuditRow;
  zone: string | undefined;
  onClose: () => void;
  onTarget: (id: string) => void;
}) => (
  <SideSheet title={row.action} on={stampText(Date.parse(row.at), zone)} isOpen onClose={onClose}>
    <dl className="kv">
      <dt>Who</dt>
      <dd>
        {row.actor_name}, {row.via.replaceAll("_", " ")}, from <span className="m">{row.ip_address === "" ? "here" : row.ip_address}</span>
      </dd>
      <dt>To</dt>
      <dd>
        {row.target_name}{" "}
        <button type="button" className="link" onClick={() => onTarget(row.target_id)}>
          All that was done to it
        </button>
      </dd>
      <dt>Group</dt>
      <dd>{row.group_id ?? "–"}</dd>
      <dt>Number</dt>
      <dd className="m">{row.seq}</dd>
      <dt>Hash</dt>
      <dd className="m t12">{row.hash}</dd>
    </dl>
    {row.changes.length === 0 ? null : (
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {row.changes.map((change) => (
            <tr key={change.field}>
              <td className="m">{change.field}</td>
              <td className="m dim changes">{shown(change.before)}</td>
              <td className="m changes">{shown(change.after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    {Object.keys(row.details).length === 0 ? null : <pre className="changed">{JSON.stringify(row.details, undefined, 2)}</pre>}
  </SideSheet>
);

const Verify = () => {
  const may = useMay()("audit.verify");
  const [said, setSaid] = useState<string>();
  const verify = useAct({
    act: () => api("verifyAudit"),
    onDone: ({ is_whole: isWhole, rows, first_broken_seq: broken }) =>
      setSaid(isWhole ? `Whole: ${grouped(rows)} rows.` : `Broken at row ${broken ?? 0}.`),
  });
  return may.is ? (
    <>
      <span className="dim" role="status">
        {said}
      </span>
      <button type="button" className="btn" disabled={verify.isRunning} onClick={() => verify.run(undefined)}>
        Verify
      </button>
    </>
  ) : null;
};
