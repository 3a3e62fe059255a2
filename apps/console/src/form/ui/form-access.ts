import type { ReactNode } from "react";
import type { Json } from "../../live/merge-patch.ts";
import type { Problem } from "../check.ts";
import type { Path } from "../edit.ts";
import type { Field } from "../field.ts";

/** What every control of a form reads and writes. */
export type FormAccess = {
  value: Json | undefined;
  /** Texts that are no values yet, by their paths. */
  drafts: ReadonlyMap<string, string>;
  problemAt: (path: Path) => Problem | undefined;
  set: (path: Path, value: Json | undefined) => void;
  setDraft: (path: Path, text: string | undefined) => void;
  /** Secrets that are stored, by their paths: as they were when the edit began. */
  isStored: (path: Path) => boolean;
  /** The control of a field inside another one. */
  control: (field: Field, path: Path) => ReactNode;
};

export type ControlProps<F extends Field> = { field: F; path: Path; access: FormAccess };
