import { useState } from "react";
import { KEYS_PER_PAGE, type Preset } from "@bilbycast/contracts/manager-api";
import { api } from "../../api/browser.tsx";
import { liveRow } from "../../live/live-link.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Field, SelectField, TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { LETTERS } from "./desk-keys.ts";
import { COLOR_OPTIONS } from "./page-sheet.tsx";
import { NO_PAGE } from "./places.ts";
import { problemsOf, type PresetDraft } from "./preset-draft.ts";
import { PresetMerge } from "./preset-merge.tsx";
import { SourcePicker } from "./source-picker.tsx";
import type { DeskRows } from "./use-desk.tsx";
import { usePresetDraft } from "./use-preset-draft.tsx";

type Given = {
  groupId: string;
  rows: DeskRows;
  /** As it is now; `undefined`: a new one. */
  preset: Preset | undefined;
  start: { pageId: string | null; place: number };
  isLost: boolean;
  onClose: () => void;
};

/** A preset is made, changed or deleted. What somebody else saved meanwhile is shown field by field, and never written over unseen. */
export const PresetSheet = ({ groupId, rows, preset, start, isLost, onClose }: Given) => {
  const edit = usePresetDraft({ groupId, preset, start });
  const { draft, setDraft, version, conflicts, isBehind } = edit;
  const [hasTried, setTried] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  const nameOf = (id: string): string => liveRow<{ name: string }>("nodes", id)?.name ?? "a node";
  const problems = problemsOf(draft, nameOf);
  const problem = (field: string) => (hasTried ? problems.find((each) => each.field === field) : undefined);
  const onGone = (): void => {
    edit.forget();
    onClose();
  };
  const save = useAct({
    act: () =>
      version === undefined || preset === undefined
        ? api("createPreset", { body: { group_id: groupId, ...draft } })
        : api("updatePreset", { params: { preset_id: preset.id }, version, body: draft }),
    said: ({ short_label: label }) => `${label} is saved.`,
    onDone: onGone,
    isQuiet: true,
  });
  const remove = useAct({
    act: () => api("deletePreset", { params: { preset_id: preset?.id ?? "" } }),
    said: () => `${preset?.short_label ?? ""} is deleted.`,
    onDone: onGone,
  });
  const takeIn = (theirs: Preset): void => {
    edit.takeIn(theirs);
    save.reset();
  };
  const onSave = (): void => {
    setTried(true);
    if (problems.length === 0) {
      save.run();
    }
  };
  return (
    <SideSheet
      title={preset === undefined ? "New preset" : `Preset ${preset.short_label}`}
      {...(preset === undefined ? {} : { on: `changed by ${preset.updated_by}` })}
      isOpen
      onClose={onClose}
      head={edit.isChanged ? <span className="chip o">Draft kept</span> : null}
      foot={
        <>
          <button
            type="button"
            className="btn pri"
            disabled={isLost || save.isRunning || isBehind || conflicts !== undefined}
            onClick={onSave}
          >
            {preset === undefined ? "Create preset" : "Save preset"}
          </button>
          <FormFailure failure={save.failure?.status === 412 ? undefined : save.failure} />
          {hasTried && problems.length > 0 ? <span className="mid">{problems.length} to mend</span> : null}
          <span className="grow" />
          {preset === undefined ? null : (
            <button
              type="button"
              className="btn"
              disabled={isLost || preset.bus !== null}
              title={preset.bus === null ? undefined : "It is on PGM or PVW."}
              onClick={() => setDeleting(true)}
            >
              Delete preset
            </button>
          )}
        </>
      }
    >
      {edit.isFromBefore ? <FromBefore onDiscard={edit.discard} /> : null}
      {isBehind || save.failure?.status === 412 ? (
        <Behind preset={preset} isHere={isBehind} onSee={() => preset !== undefined && takeIn(preset)} />
      ) : null}
      {conflicts === undefined ? null : (
        <PresetMerge conflicts={conflicts} by={preset?.updated_by ?? ""} rows={rows} onChosen={edit.choose} />
      )}
      <Names draft={draft} onDraft={setDraft} problemOf={(field) => problem(field)?.message ?? save.problemOf(field)} />
      <Places draft={draft} rows={rows} onDraft={setDraft} />
      <SourcePicker groupId={groupId} draft={draft} onDraft={setDraft} problem={problem("actions")?.message} />
      <Confirm
        title={`Delete preset ${preset?.short_label ?? ""}`}
        sentence="Its key is empty then. Nothing on air changes."
        keep="Keep it"
        act="Delete preset"
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        onAct={() => remove.run()}
      />
    </SideSheet>
  );
};

const FromBefore = ({ onDiscard }: { onDiscard: () => void }) => (
  <div className="note info" role="status">
    <b>Your draft from before, as this device kept it.</b>
    <button type="button" className="btn sm" onClick={onDiscard}>
      Discard it
    </button>
  </div>
);

const Behind = ({ preset, isHere, onSee }: { preset: Preset | undefined; isHere: boolean; onSee: () => void }) => (
  <div className="note warning" role="alert">
    <b>
      <StateGlyph state="warning" size={12} silent /> {preset?.updated_by ?? "Somebody"} changed this preset since you opened it.
    </b>
    {isHere ? "Nothing of yours is lost." : "The newest one is on its way."}
    <span className="m">version_conflict</span>
    <button type="button" className="btn sm" disabled={!isHere} onClick={onSee}>
      See both
    </button>
  </div>
);

type PartGiven = { draft: PresetDraft; onDraft: (draft: PresetDraft) => void };

const Names = ({ draft, onDraft, problemOf }: PartGiven & { problemOf: (field: string) => string | undefined }) => (
  <>
    <div className="two">
      <TextField
        label="Label of the key"
        value={draft.short_label}
        onChange={(label) => onDraft({ ...draft, short_label: label })}
        problem={problemOf("short_label")}
        hint="1 to 8 letters, read at 2 m."
      />
      <TextField label="Name" value={draft.name} onChange={(name) => onDraft({ ...draft, name })} problem={problemOf("name")} />
    </div>
    <Field label="Description">
      {({ id }) => (
        <span className="inp">
          <textarea
            id={id}
            rows={2}
            maxLength={1_024}
            value={draft.description}
            onChange={(event) => onDraft({ ...draft, description: event.currentTarget.value })}
          />
        </span>
      )}
    </Field>
  </>
);

const Places = ({ draft, rows, onDraft }: PartGiven & { rows: DeskRows }) => (
  <div className="three">
    <SelectField
      label="Page"
      value={draft.page_id ?? NO_PAGE}
      options={[...rows.pages.map(({ id, name }) => ({ value: id, label: name })), { value: NO_PAGE, label: "No page" }]}
      onChange={(id) => onDraft({ ...draft, page_id: id === NO_PAGE ? null : id })}
    />
    <SelectField
      label="Key"
      value={String(draft.position)}
      options={Array.from({ length: Math.max(KEYS_PER_PAGE, draft.position + 1) }, (_, i) => ({
        value: String(i),
        label: LETTERS[i] ?? "No key",
      }))}
      onChange={(position) => onDraft({ ...draft, position: Number(position) })}
    />
    <SelectField
      label="Mark"
      value={draft.color}
      options={COLOR_OPTIONS}
      onChange={(color) => onDraft({ ...draft, color: color as PresetDraft["color"] })}
    />
  </div>
);
