import { useCallback, useLayoutEffect, useMemo, useState } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { useLiveText } from "../../live/live-link.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PaneEdge } from "../../parts/pane-edge.tsx";
import { useToastsOffAlarms } from "../../parts/toasts.tsx";
import { useHold, type Holder } from "../../parts/use-hold.tsx";
import { AlarmStrip } from "./alarm-strip.tsx";
import { PageTabs } from "./desk-bar.tsx";
import type { Asked, DeskControl } from "./desk-control.tsx";
import { isOver, takingPresetOf } from "./desk-rows.ts";
import { impactId } from "./desk-state.ts";
import { useDeskFocus, useTakeLook, walkPanes, type DeskView } from "./desk-view.tsx";
import { headlineOf } from "./impact-view.ts";
import { ImpactPane } from "./impact-pane.tsx";
import { KeyGrid } from "./key-grid.tsx";
import { PgmMonitor, PvwMonitor } from "./monitors.tsx";
import { NO_PAGE } from "./places.ts";
import { TakeColumn } from "./take-column.tsx";
import { useControl, useDeskState } from "./use-control.tsx";
import { useDeskKeys, type DeskHands } from "./use-desk-keys.tsx";
import type { DeskRows } from "./use-desk.tsx";
import { useImpact } from "./use-impact.tsx";

/** Width of the inspector, CSS pixels. */
const PANE = 320;

/** The desk as it is worked: monitors, Take, keys, and beside them what a take changes. */
export const LiveDesk = ({ view, canEdit }: { view: DeskView; canEdit: boolean }) => {
  const { rows, groupId, isLost } = view;
  const desk = useDeskFocus();
  useToastsOffAlarms("desk", PANE);
  const focusDesk = useCallback(() => desk.current?.focus({ preventScroll: true }), [desk]);
  const { asked, lookedAsked } = useChecks(rows, groupId, isLost);
  const [isPaneOpen, setPaneOpen] = useState(false);
  const nodeIds = useMemo(() => nodesOf(rows.presets), [rows.presets]);
  return (
    <div className="desk">
      <section className="left" ref={desk} tabIndex={-1} aria-label="Desk">
        <Buses view={view} desk={desk} onPicked={focusDesk} />
        <PageTabs
          pages={view.pages}
          pageId={view.pageId}
          groupId={groupId}
          isEdit={false}
          onPage={view.onPage}
          onEditPage={() => undefined}
        />
        <ImpactLine asked={asked} isOpen={isPaneOpen} onToggle={() => setPaneOpen(!isPaneOpen)} />
        {rows.presets.length === 0 ? <FirstPreset canEdit={canEdit} view={view} /> : <LiveKeys view={view} />}
        <AlarmStrip nodeIds={nodeIds} isLost={isLost} />
      </section>
      <aside className={`own-layout imp${isPaneOpen ? " open" : ""}`} aria-label="What Take will change">
        <div>
          <ImpactPane rows={rows} asked={asked} lookedAsked={lookedAsked} groupId={groupId} isLost={isLost} />
        </div>
      </aside>
      <PaneEdge of="desk" usual={PANE} />
    </div>
  );
};

const nodesOf = (presets: DeskRows["presets"]): string =>
  [...new Set(presets.flatMap(({ actions }) => actions.map(({ node_id: id }) => id)))].toSorted().join(" ");

/** Monitors and Take between them, and all the keys: what is drawn anew when a button changes is here and nowhere else. */
const Buses = ({ view, desk, onPicked }: { view: DeskView; desk: ReturnType<typeof useDeskFocus>; onPicked: () => void }) => {
  const control = useControl();
  const look = useTakeLook();
  const pvwId = useDeskState((_, { pvwId: id }) => id);
  const hold = useHold(() => control.press(true));
  const revertHold = useHold(() => control.revert(true));
  useDeskKeys(desk, handsOf(control, view, hold, revertHold), true);
  return (
    <div className="mons">
      <PvwMonitor rows={view.rows} look={look} onPicked={onPicked} />
      <TakeColumn
        look={look}
        hold={hold.hold}
        onHold={hold.act}
        label={pvwId === undefined ? undefined : control.labelOf(pvwId)}
        revertHold={revertHold.hold}
        onRevertHold={revertHold.act}
      />
      <PgmMonitor rows={view.rows} onPicked={onPicked} />
    </div>
  );
};

/** What the keys of the keyboard do here. */
const handsOf = (control: DeskControl, view: DeskView, hold: Holder, revertHold: Holder): DeskHands => {
  const { keys, pages, pageId, onPage } = view;
  const at = (place: number, act: (presetId: string) => void): void => {
    const id = keys[place];
    if (id !== undefined) {
      act(id);
    }
  };
  return {
    load: (place) => at(place, (id) => control.load(id)),
    look: (place) => at(place, (presetId) => control.lookAt({ presetId, by: "key" })),
    airDown: (place) => at(place, (id) => control.hold(id)),
    airUp: () => control.hold(undefined),
    air: (place) => at(place, (id) => control.activate(id)),
    takeDown: () => (control.look().is === "armed" ? control.press(false) : hold.act("press")),
    takeUp: () => letGo(hold),
    confirm: () => {
      const waiting = [hold, revertHold].find((each) => each.now().is === "confirming");
      waiting?.act("tap");
      return waiting !== undefined;
    },
    clear: () => clear(control),
    revertDown: () => (control.revertible()?.needsHold === true ? revertHold.act("press") : control.revert(false)),
    revertUp: () => letGo(revertHold),
    lookAtRevert: () => control.lookAtRevert("key"),
    turn: (by) => {
      const place = pages.findIndex(({ id }) => id === pageId);
      const next = pages[(place + by + pages.length) % pages.length];
      if (next !== undefined) {
        onPage(next.id);
      }
    },
    page: (index) => {
      const next = pages[index];
      if (next !== undefined) {
        onPage(next.id);
      }
    },
    lock: () => control.lock(view.rows.desk?.lock === null),
    pane: walkPanes,
  };
};

/** Let go too early: nothing is done. Whoever cannot hold confirms by another key. */
const letGo = (hold: Holder): void => {
  const wasFilling = hold.now().is === "filling";
  hold.act("release");
  if (wasFilling && hold.now().is === "rest") {
    hold.act("tap");
  }
};

/** One step back: what is only looked at first, then what was refused, then PVW. */
const clear = (control: DeskControl): void => {
  const { looked, failure } = control.state();
  if (looked !== undefined) {
    control.lookAt(undefined);
  } else if (failure !== undefined) {
    control.dismiss();
  } else {
    control.load(undefined);
  }
};

/** What PVW would change and what is only looked at, kept fresh. */
const useChecks = (rows: DeskRows, groupId: string, isLost: boolean): { asked: Asked; lookedAsked: Asked } => {
  const control = useControl();
  const pvwId = useDeskState((_, { pvwId: id }) => id);
  const seen = useDeskState(({ looked: each }) => each);
  const looked = impactId(seen) === pvwId ? undefined : seen;
  const lookedId = impactId(looked);
  const nodeIds = useMemo(
    () => nodesOf(rows.presets.filter(({ id }) => id === pvwId || id === lookedId)).split(" "),
    [rows, pvwId, lookedId],
  );
  const states = useLiveText<NodeCard>("nodes", nodeIds, (card) => card?.status ?? "");
  const signature = useMemo(() => `${signatureOf(rows, [pvwId, lookedId])} ${states}`, [rows, states, pvwId, lookedId]);
  const asked = useImpact(groupId, pvwId === undefined ? undefined : { presetId: pvwId }, signature, !isLost);
  const lookedAsked = useImpact(groupId, looked, signature, !isLost);
  useLayoutEffect(() => control.checked(asked), [control, asked]);
  return { asked, lookedAsked };
};

/** All of the desk that a check depends on and is known here: another text, another question. */
const signatureOf = ({ desk, presets }: DeskRows, ids: readonly (string | undefined)[]): string =>
  JSON.stringify([
    desk?.pgm?.preset_id,
    desk?.taking,
    presets.filter(({ id }) => ids.includes(id)).map(({ id, version, match }) => [id, version, match.actions]),
  ]);

const LiveKeys = ({ view }: { view: DeskView }) => {
  const control = useControl();
  const press = useDeskState(({ press: each }) => (each?.does === "take" || each?.does === "activate" ? each.presetId : undefined));
  const { rows } = view;
  const newest = rows.takes[0];
  const takingId =
    press ??
    takingPresetOf(rows.desk, rows.takes) ??
    (newest !== undefined && !isOver(newest) ? (newest.preset_id ?? undefined) : undefined);
  const onPress = useCallback(
    (presetId: string, isLook: boolean) => (isLook ? control.lookAt({ presetId, by: "key" }) : control.load(presetId)),
    [control],
  );
  const onHover = useCallback(
    (presetId: string | undefined) => {
      if (presetId !== undefined) {
        control.lookAt({ presetId, by: "pointer" });
      } else {
        control.lookAway();
      }
    },
    [control],
  );
  return (
    <KeyGrid
      topic={view.topic}
      groupName={view.groupName}
      pageName={view.pageName}
      keys={view.keys}
      isEdit={false}
      takingId={takingId}
      onPress={onPress}
      onHover={onHover}
      onEdit={nothing}
      onNew={nothing}
      onMove={nothing}
    />
  );
};

const nothing = (): void => undefined;

/** Where the pane has no room of its own, its first line does. */
const ImpactLine = ({ asked, isOpen, onToggle }: { asked: Asked; isOpen: boolean; onToggle: () => void }) => (
  <button type="button" className="impact-line" aria-expanded={isOpen} onClick={onToggle} tabIndex={-1}>
    <span className="b">
      {asked === undefined
        ? "Nothing in PVW"
        : "code" in asked
          ? "Not checked"
          : asked.impact.is_blocked
            ? "It cannot be taken"
            : headlineOf(asked.impact)}
    </span>
    {asked !== undefined && "impact" in asked && asked.impact.warnings > 0 ? <span>{asked.impact.warnings} warned of</span> : null}
    <span className="grow" />
    {isOpen ? "Hide" : "What Take changes"}
    <Icon name={isOpen ? "close" : "right"} size={12} />
  </button>
);

const FirstPreset = ({ canEdit, view }: { canEdit: boolean; view: DeskView }) => (
  <div className="keys none">
    <div className="empty">
      <div className="b t15">No presets yet</div>
      <p>A preset says which input each flow carries, and a key puts it on air.</p>
      {canEdit ? (
        <a className="btn pri" href={`/switcher/${view.groupId}/${view.pageId === "" ? NO_PAGE : view.pageId}?mode=edit`}>
          Make the first one
        </a>
      ) : (
        <span className="mid">Needs Admin. Ask an admin of {view.groupName}.</span>
      )}
    </div>
  </div>
);
