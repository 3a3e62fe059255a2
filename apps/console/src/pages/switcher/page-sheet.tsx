import { useState } from "react";
import { DESK_COLORS, type SwitcherPage } from "@bilbycast/contracts/manager-api";
import { api } from "../../api/browser.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { SelectField, SwitchField, TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { useFormDraft } from "../../prefs/form-draft.tsx";
import { counted } from "../../words/numbers.ts";

type Given = {
  groupId: string;
  /** `undefined`: a new one. */
  page: SwitcherPage | undefined;
  count: number;
  isLost: boolean;
  onClose: () => void;
  onMade: (pageId: string) => void;
};

type Draft = Pick<SwitcherPage, "name" | "color" | "position" | "is_emergency">;

export const COLOR_OPTIONS = DESK_COLORS.map((value) => ({ value, label: value[0]?.toUpperCase() + value.slice(1) }));

/** A page is made, named, moved or deleted. */
export const PageSheet = ({ groupId, page, count, isLost, onClose, onMade }: Given) => {
  const edit = useFormDraft<Draft>(`page ${groupId} ${page === undefined ? "new" : `${page.id} ${page.version}`}`, {
    name: page?.name ?? "",
    color: page?.color ?? "grey",
    position: page?.position ?? count,
    is_emergency: page?.is_emergency ?? false,
  });
  const draft = edit.form;
  const [isDeleting, setDeleting] = useState(false);
  /** The version that this edit began from: another person's is not written over. */
  const [version] = useState(page?.version);
  const save = useAct({
    act: () =>
      page === undefined
        ? api("createPage", { body: { group_id: groupId, ...draft } })
        : api("updatePage", { params: { page_id: page.id }, version: version ?? 0, body: draft }),
    said: ({ name }) => `Page ${name} is saved.`,
    onDone: ({ id }) => {
      edit.forget();
      onClose();
      if (page === undefined) {
        onMade(id);
      }
    },
    isQuiet: true,
  });
  const remove = useAct({
    act: () => api("deletePage", { params: { page_id: page?.id ?? "" } }),
    said: () => `Page ${page?.name ?? ""} is deleted.`,
    onDone: onClose,
  });
  const hasChanged = page !== undefined && version !== undefined && page.version > version;
  return (
    <SideSheet
      title={page === undefined ? "New page" : `Page ${page.name}`}
      isOpen
      onClose={onClose}
      head={edit.mark}
      foot={
        <>
          <button
            type="button"
            className="btn pri"
            disabled={isLost || draft.name.trim() === "" || save.isRunning}
            onClick={() => save.run()}
          >
            {page === undefined ? "Create page" : "Save page"}
          </button>
          <FormFailure failure={save.failure} />
          <span className="grow" />
          {page === undefined ? null : (
            <button type="button" className="btn" disabled={isLost} onClick={() => setDeleting(true)}>
              Delete page
            </button>
          )}
        </>
      }
    >
      {hasChanged ? <p className="problem">Somebody changed this page since you opened it. Close and open it to see theirs.</p> : null}
      <TextField label="Name" value={draft.name} onChange={(name) => edit.set({ name })} problem={save.problemOf("name")} />
      <SelectField
        label="Mark"
        value={draft.color}
        options={COLOR_OPTIONS}
        onChange={(color) => edit.set({ color: color as Draft["color"] })}
      />
      <SelectField
        label="Place among the pages"
        value={String(draft.position)}
        options={Array.from({ length: Math.max(count + 1, draft.position + 1) }, (_, i) => ({
          value: String(i),
          label: `${i + 1}${i < 8 ? ` (F${i + 1})` : ""}`,
        }))}
        onChange={(position) => edit.set({ position: Number(position) })}
      />
      <SwitchField
        label="Emergency page"
        isOn={draft.is_emergency}
        onChange={(isEmergency) => edit.set({ is_emergency: isEmergency })}
        hint="What is on it is always held to go on air."
      />
      <Confirm
        title={`Delete page ${page?.name ?? ""}`}
        sentence={`${counted(page?.presets ?? 0, "preset")} on it ${page?.presets === 1 ? "is" : "are"} on no page then, and can still be found.`}
        keep="Keep it"
        act="Delete page"
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        onAct={() => remove.run()}
      />
    </SideSheet>
  );
};
