import { useEffect, useMemo, useState } from "react";
import type { Preset } from "@bilbycast/contracts/manager-api";
import { useMe } from "../../api/me.tsx";
import { keepDraft, keptDraft } from "../../prefs/kept-draft.ts";
import { draftOf, emptyDraft, mergeDrafts, type DraftConflict, type PresetDraft } from "./preset-draft.ts";

/** What an edit began from. */
type Base = { draft: PresetDraft; version: number };
type Kept = { base?: Base; draft: PresetDraft };

type Given = { groupId: string; preset: Preset | undefined; start: { pageId: string | null; place: number } };

const baseOf = (preset: Preset | undefined): Base | undefined =>
  preset === undefined ? undefined : { draft: draftOf(preset), version: preset.version };

/** A draft of a version that is not there yet belongs to another database. */
const keptEdit = (key: string, preset: Preset | undefined): Kept | undefined => {
  const kept = keptDraft(key) as Partial<Kept> | null;
  const isOfIt = preset === undefined || (kept?.base !== undefined && kept.base.version <= preset.version);
  return kept?.draft === undefined || !isOfIt ? undefined : { draft: kept.draft, ...(kept.base === undefined ? {} : { base: kept.base }) };
};

/** The edit of a preset, kept on this device until it is saved or given up. */
export const usePresetDraft = ({ groupId, preset, start }: Given) => {
  const person = useMe().id;
  const [key] = useState(() => `bilbycast.preset ${person} ${groupId} ${preset?.id ?? `new ${start.pageId ?? ""} ${start.place}`}`);
  const [kept] = useState(() => keptEdit(key, preset));
  const [base, setBase] = useState<Base | undefined>(() => (preset === undefined ? undefined : (kept?.base ?? baseOf(preset))));
  const [empty] = useState(() => emptyDraft(start.pageId, start.place));
  const [draft, setDraft] = useState<PresetDraft>(() => kept?.draft ?? base?.draft ?? empty);
  const [conflicts, setConflicts] = useState<readonly DraftConflict[]>();
  const before = base?.draft ?? empty;
  const isChanged = useMemo(() => JSON.stringify(draft) !== JSON.stringify(before), [draft, before]);
  useEffect(() => {
    // What both changed is asked anew where it was not chosen: until then the edit is that from before theirs.
    if (conflicts === undefined) {
      keepDraft(key, isChanged ? ({ draft, ...(base === undefined ? {} : { base }) } satisfies Kept) : undefined);
    }
  }, [key, isChanged, draft, base, conflicts]);
  return {
    draft,
    setDraft,
    /** The version that it began from. */
    version: base?.version,
    isChanged,
    /** It was begun when the sheet was open before. */
    isFromBefore: kept !== undefined && isChanged,
    /** Somebody else saved since. */
    isBehind: preset !== undefined && base !== undefined && preset.version > base.version,
    conflicts,
    /** Theirs is taken in: what only they changed is in the form at once, what both did is asked. */
    takeIn: (theirs: Preset): void => {
      if (base !== undefined) {
        const { merged, conflicts: both } = mergeDrafts(base.draft, draft, draftOf(theirs));
        setDraft(merged);
        setBase(baseOf(theirs));
        setConflicts(both.length === 0 ? undefined : both);
      }
    },
    choose: (chosen: Partial<PresetDraft>): void => {
      setDraft({ ...draft, ...chosen });
      setConflicts(undefined);
    },
    discard: (): void => {
      const now = baseOf(preset);
      setBase(now);
      setDraft(now?.draft ?? empty);
      setConflicts(undefined);
    },
    /** It is saved, or its preset is gone. */
    forget: (): void => keepDraft(key, undefined),
  };
};
