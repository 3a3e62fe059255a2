import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { ApiFailure } from "../../api/api.ts";
import { api } from "../../api/browser.tsx";
import { tell } from "../../parts/toasts.tsx";
import { PageTabs } from "./desk-bar.tsx";
import type { DeskView } from "./desk-view.tsx";
import { KeyGrid } from "./key-grid.tsx";
import { PageSheet } from "./page-sheet.tsx";
import { NO_PAGE, swapOf } from "./places.ts";
import { draftOf } from "./preset-draft.ts";
import { PresetSheet } from "./preset-sheet.tsx";
import type { DeskRows } from "./use-desk.tsx";

type Given = { view: DeskView; beyond: readonly string[]; presetId: string | undefined };
/** `undefined` id: a new one. */
type Sheet = { is: "page"; id: string | undefined } | { is: "new"; place: number };

/** Pages and presets are made and changed here; nothing goes on air from here. */
export const EditDesk = ({ view, beyond, presetId }: Given) => {
  const { rows, groupId, pageId, isLost } = view;
  const [sheet, setSheet] = useState<Sheet>();
  const navigate = useNavigate();
  const goTo = useCallback(
    (id: string | undefined) =>
      void navigate({
        to: "/switcher/$desk/{-$page}",
        params: { desk: groupId, page: pageId },
        search: id === undefined ? { mode: "edit" } : { mode: "edit", preset: id },
      }),
    [navigate, groupId, pageId],
  );
  const { keys } = view;
  const onMove = useCallback((from: number, to: number) => void move(rows, keys, from, to), [rows, keys]);
  const edited = rows.presets.find(({ id }) => id === presetId);
  const page = pageId === NO_PAGE ? null : pageId;
  return (
    <div className="desk edit">
      <section className="left" aria-label="Editor">
        <PageTabs
          pages={view.pages}
          pageId={pageId}
          groupId={groupId}
          isEdit
          onPage={view.onPage}
          onEditPage={(id) => setSheet({ is: "page", id })}
        />
        <KeyGrid
          topic={view.topic}
          groupName={view.groupName}
          pageName={view.pageName}
          keys={keys}
          isEdit
          takingId={undefined}
          onPress={ignore}
          onHover={ignore}
          onEdit={goTo}
          onNew={(place) => setSheet({ is: "new", place })}
          onMove={onMove}
        />
        <Beyond ids={beyond} rows={rows} onEdit={goTo} />
      </section>
      {edited === undefined && sheet?.is !== "new" ? null : (
        <PresetSheet
          key={edited?.id ?? "new"}
          groupId={groupId}
          rows={rows}
          preset={edited}
          start={{ pageId: page, place: sheet?.is === "new" ? sheet.place : 0 }}
          isLost={isLost}
          onClose={() => {
            setSheet(undefined);
            goTo(undefined);
          }}
        />
      )}
      {sheet?.is === "page" ? (
        <PageSheet
          key={sheet.id ?? "new"}
          groupId={groupId}
          page={rows.pages.find(({ id }) => id === sheet.id)}
          count={rows.pages.length}
          isLost={isLost}
          onClose={() => setSheet(undefined)}
          onMade={view.onPage}
        />
      ) : null}
    </div>
  );
};

const ignore = (): void => undefined;

/** Presets beyond the last key: they cannot be pressed, and must not be lost. */
const Beyond = ({ ids, rows, onEdit }: { ids: readonly string[]; rows: DeskRows; onEdit: (id: string) => void }) =>
  ids.length === 0 ? null : (
    <div className="strip">
      <b className="b nw">Without a key:</b>
      {ids.map((id) => (
        <button type="button" className="btn sm" key={id} onClick={() => onEdit(id)}>
          {rows.presets.find((preset) => preset.id === id)?.short_label}
        </button>
      ))}
    </div>
  );

/** Two keys change places, or one goes to an empty one. */
const move = async (rows: DeskRows, keys: readonly (string | undefined)[], from: number, to: number): Promise<void> => {
  const [moved, other] = swapOf(keys, from, to);
  const preset = rows.presets.find(({ id }) => id === moved?.id);
  const there = rows.presets.find(({ id }) => id === other?.id);
  if (moved === undefined || preset === undefined) {
    return;
  }
  try {
    // In one step: between two, keys that nobody moved would stand elsewhere under a director's finger.
    const room =
      other === undefined || there === undefined
        ? {}
        : { makes_room: { preset_id: there.id, version: there.version, position: other.position } };
    await api("updatePreset", {
      params: { preset_id: preset.id },
      version: preset.version,
      body: { ...draftOf(preset), position: moved.position, ...room },
    });
  } catch (error) {
    tell({
      kind: "failed",
      text: `The key was not moved. ${error instanceof Error ? error.message : ""}`,
      code: error instanceof ApiFailure ? error.code : undefined,
    });
  }
};
