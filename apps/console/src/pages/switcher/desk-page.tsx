import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useMay, useMe } from "../../api/me.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { heardAt, useLink, useTopics } from "../../live/live-link.tsx";
import { Empty } from "../../parts/empty.tsx";
import { tell } from "../../parts/toasts.tsx";
import { Announcer } from "./announcer.tsx";
import { DeskControl } from "./desk-control.tsx";
import { DeskBanners, DeskBar } from "./desk-bar.tsx";
import { deskTopic } from "./desk-rows.ts";
import type { DeskView } from "./desk-view.tsx";
import { LiveDesk } from "./live-desk.tsx";
import { isEmergency, NO_PAGE, placesOf } from "./places.ts";
import { ControlProvider, useDeskTime, useSeat } from "./use-control.tsx";
import { useDeskRows, type DeskRows } from "./use-desk.tsx";

/** The editor comes when it is opened: a director does not wait for it. */
const EditDesk = lazy(async () => ({ default: (await import("./edit-desk.tsx")).EditDesk }));

type Given = { groupId: string; groupName: string; pageId: string | undefined; mode: "live" | "edit"; presetId: string | undefined };

/** One desk, live or in the editor. */
export const DeskPage = ({ groupId, groupName, pageId: wanted, mode, presetId }: Given) => {
  const topic = deskTopic(groupId);
  useTopics(topic);
  const rows = useDeskRows(topic);
  const may = useMay();
  const canEdit = may("switcher.preset.update", { groupId }).is;
  const isEdit = mode === "edit" && canEdit;
  const navigate = useNavigate();
  const pages = useMemo(() => pagesOf(rows), [rows]);
  const page = pages.find(({ id }) => id === wanted) ?? pages[0];
  const pageId = page?.id ?? NO_PAGE;
  const { keys, beyond } = useMemo(() => placesOf(rows.presets, pageId), [rows.presets, pageId]);
  const isLost = useIsLost();
  const control = useDeskControl(groupId, rows, !isEdit, isLost);
  const me = useMe();
  const onPage = useCallback(
    (id: string) =>
      void navigate({ to: "/switcher/$desk/{-$page}", params: { desk: groupId, page: id }, search: mode === "edit" ? { mode } : {} }),
    [navigate, groupId, mode],
  );
  const view: DeskView = { topic, groupId, groupName, rows, pages, pageId, pageName: page?.name ?? "", keys, isLost, onPage };
  return (
    <ControlProvider value={control}>
      <DeskBar
        title={`${groupName} desk`}
        groupId={groupId}
        desk={rows.desk}
        isEdit={isEdit}
        myId={me.id}
        onMode={(to) =>
          void navigate({
            to: "/switcher/$desk/{-$page}",
            params: { desk: groupId, page: pageId },
            search: to === "edit" ? { mode: to } : {},
          })
        }
        onKeys={() => window.dispatchEvent(new KeyboardEvent("keydown", { key: "?" }))}
      />
      <DeskBanners desk={rows.desk} myId={me.id} />
      <Announcer rows={rows} />
      {rows.desk === undefined ? (
        <Waiting topic={topic} />
      ) : isEdit ? (
        <Suspense fallback={<p className="dim nothing">The editor is coming.</p>}>
          <EditDesk view={view} beyond={beyond} presetId={presetId} />
        </Suspense>
      ) : (
        <LiveDesk view={view} canEdit={canEdit} />
      )}
    </ControlProvider>
  );
};

/** An empty snapshot: the desk is none of this person's business any more. */
const Waiting = ({ topic }: { topic: string }) =>
  heardAt(topic) === undefined ? (
    <p className="dim nothing" aria-busy>
      The desk is coming.
    </p>
  ) : (
    <Empty title="The desk is out of sight">It belongs to a group in which you are not Operator any more.</Empty>
  );

const pagesOf = ({ pages, presets }: DeskRows): DeskView["pages"] => {
  const count = (id: string | null): number => presets.filter(({ page_id: page }) => page === id).length;
  const own = pages.map(({ id, name, color }) => ({ id, name, color, count: count(id) }));
  const loose = count(null);
  return loose === 0 && own.length > 0 ? own : [...own, { id: NO_PAGE, name: "No page", color: "grey", count: loose }];
};

/** Lost for long enough to be said: writes are off from then on. */
const useIsLost = (): boolean => {
  const canWrite = useCanWrite();
  const { state } = useLink();
  return !canWrite || state === "connecting";
};

const useDeskControl = (groupId: string, rows: DeskRows, isLive: boolean, isLost: boolean): DeskControl => {
  const [control] = useState(() => new DeskControl(groupId));
  const me = useMe();
  const may = useMay();
  const verdict = may("switcher.take", { groupId });
  const [armed, setArmed] = useState(false);
  const { back, lostAt } = useLink();
  useLayoutEffect(() => {
    control.see(
      {
        rows,
        myId: me.id,
        refusal: verdict.is ? undefined : verdict.why,
        isLost,
        isLive,
        isEmergencyOf: (id) => {
          const pageId = rows.presets.find((preset) => preset.id === id)?.page_id;
          return isEmergency(rows.pages.find((page) => page.id === pageId));
        },
      },
      Date.now(),
    );
  });
  // However short a loss was: what happened meanwhile was seen by nobody here.
  const wasArmed = useRef(false);
  useEffect(() => {
    if (lostAt !== undefined) {
      wasArmed.current ||= control.state().arming.is === "armed";
      control.arming("reconnect");
    } else if (back !== undefined && wasArmed.current) {
      wasArmed.current = false;
      tell({ kind: "done", text: "The connection was lost for a while. The desk is safe." });
    }
  }, [control, lostAt, back]);
  useEffect(() => control.subscribe(() => setArmed(control.state().arming.is === "armed")), [control]);
  useEffect(() => {
    if (!isLive) {
      control.arming("let-go");
    }
  }, [control, isLive]);
  useDeskTime(control);
  useSeat(groupId, isLive ? "live" : "edit", armed, !isLost && verdict.is);
  return control;
};
