import type { Desk } from "@bilbycast/contracts/manager-api";
import { useMay } from "../../api/me.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { Banner } from "../../parts/banner.tsx";
import { TallyGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { SEAT, useControl, useDeskState } from "./use-control.tsx";

type Given = {
  title: string;
  groupId: string;
  desk: Desk | undefined;
  isEdit: boolean;
  myId: string;
  onMode: (mode: "live" | "edit") => void;
  onKeys: () => void;
};

/** Title, live or edit, who else sits here, what the colours mean, and the lock. */
export const DeskBar = ({ title, groupId, desk, isEdit, myId, onMode, onKeys }: Given) => {
  const may = useMay();
  const edit = may("switcher.preset.update", { groupId });
  return (
    <PageBar title={title}>
      <span className="seg" role="group" aria-label="Mode">
        <button type="button" aria-pressed={!isEdit} onClick={() => onMode("live")}>
          Live
        </button>
        <button
          type="button"
          aria-pressed={isEdit}
          aria-disabled={!edit.is}
          title={edit.is ? undefined : `${edit.why} Ask an admin of the group.`}
          onClick={() => edit.is && onMode("edit")}
        >
          Edit
          {edit.is ? null : <Icon name="lock" size={11} />}
        </button>
      </span>
      <Seats desk={desk} />
      <span className="grow" />
      {isEdit ? <b className="editing">EDIT</b> : <Legend />}
      {isEdit ? null : <LockButton desk={desk} myId={myId} />}
      <button type="button" className="btn" onClick={onKeys}>
        Keys <kbd>?</kbd>
      </button>
    </PageBar>
  );
};

const Seats = ({ desk }: { desk: Desk | undefined }) => {
  const seats = desk?.seats ?? [];
  return seats.length === 0 ? null : (
    <span className="seats el">
      <span className="mid">Directors here:</span>{" "}
      {seats
        .toSorted((a, b) => Number(b.seat === SEAT) - Number(a.seat === SEAT))
        .map(({ seat, name, mode, is_armed: isArmed }, i) => (
          <span key={seat}>
            {i === 0 ? "" : ", "}
            <span className={seat === SEAT ? "b" : ""}>{name}</span>
            {mode === "edit" ? " (edit)" : isArmed && seat !== SEAT ? " (armed)" : ""}
          </span>
        ))}
    </span>
  );
};

const Legend = () => (
  <span className="legend" aria-hidden>
    <span className="lg-pgm">
      <TallyGlyph shape="pgm" size={11} />
      <i>on air</i>
    </span>
    <span className="lg-pvw">
      <TallyGlyph shape="pvw" size={12} />
      <i>next</i>
    </span>
    <span className="lg-pend">
      <TallyGlyph shape="pend" size={12} />
      <i>taking</i>
    </span>
    <span className="lg-comm">
      <TallyGlyph shape="comm" size={10} />
      <i>as now</i>
    </span>
  </span>
);

const LockButton = ({ desk, myId }: { desk: Desk | undefined; myId: string }) => {
  const control = useControl();
  const lock = desk?.lock ?? undefined;
  const isMine = lock?.user_id === myId;
  return (
    <button
      type="button"
      className={`btn${lock === undefined ? "" : " locked"}`}
      aria-pressed={lock !== undefined}
      disabled={!control.canWrite || desk === undefined || (lock !== undefined && !isMine)}
      title={lock === undefined ? "Nobody else takes meanwhile (L)" : `Locked by ${lock.by}`}
      onClick={() => control.lock(!isMine)}
    >
      <Icon name="lock" />
      {lock === undefined ? "Lock desk" : isMine ? "Unlock desk" : `Locked by ${lock.by}`}
    </button>
  );
};

/** Who keeps the desk, or took it; and the way to have it back. */
export const DeskBanners = ({ desk, myId }: { desk: Desk | undefined; myId: string }) => {
  const control = useControl();
  const takenBy = useDeskState(({ takenOverBy }) => takenOverBy);
  const lock = desk?.lock ?? undefined;
  return lock === undefined || lock.user_id === myId ? null : (
    <Banner
      kind="warning"
      title={takenBy === undefined ? `${lock.by} has locked this desk.` : `${takenBy} took over this desk.`}
      aside={
        <button type="button" className="link" disabled={!control.canWrite} onClick={() => control.lock(true, true)}>
          Take over
        </button>
      }
    >
      You can watch and load PVW.
    </Banner>
  );
};

type TabsGiven = {
  pages: readonly { id: string; name: string; count: number; color: string }[];
  pageId: string;
  groupId: string;
  isEdit: boolean;
  onPage: (pageId: string) => void;
  onEditPage: (pageId: string | undefined) => void;
};

/** Pages of the desk. In the editor the open one can be changed, and another one made. */
export const PageTabs = ({ pages, pageId, groupId, isEdit, onPage, onEditPage }: TabsGiven) => {
  const href = (id: string): string => `/switcher/${groupId}/${id}${isEdit ? "?mode=edit" : ""}`;
  return (
    <div className="pages">
      <nav className="tabs-row" aria-label="Pages">
        {pages.map(({ id, name, count, color }, i) => (
          <a
            key={id}
            href={href(id)}
            className={`t mark-${color}`}
            tabIndex={isEdit ? undefined : -1}
            aria-current={id === pageId ? "page" : undefined}
            title={i < 8 && i !== 5 ? `F${i + 1}` : undefined}
            onClick={(event) => {
              if (!event.ctrlKey && !event.metaKey) {
                event.preventDefault();
                onPage(id);
              }
            }}
          >
            {name}
            <span className="dim t12">{count}</span>
          </a>
        ))}
      </nav>
      {isEdit ? (
        <>
          <button type="button" className="btn sm" disabled={pageId === "none"} onClick={() => onEditPage(pageId)}>
            Change page
          </button>
          <button type="button" className="btn sm" onClick={() => onEditPage(undefined)}>
            <Icon name="plus" size={12} />
            New page
          </button>
        </>
      ) : null}
      <span className="grow" />
      <span className="t12 mid c tip">
        {isEdit ? (
          "Drag a key, or hold Alt and press an arrow. Keys put nothing on air."
        ) : (
          <>
            A key loads PVW. <b>Alt + key, held 0.6 s</b>, goes straight to air.
          </>
        )}
      </span>
    </div>
  );
};
