import { getAt, pathOf, pathText, setAt, type Path } from "../../../form/edit.ts";
import { isSecretName } from "../../../form/secret-name.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../live/merge-patch.ts";
import { keepDraft, keptDraft } from "../../../prefs/kept-draft.ts";
import { flowsOf, idOf, partsOf, type Draft } from "./draft.ts";

/** A secret stood here; `isStored`: it was the one that the node has, otherwise somebody typed it. */
type Secret = { path: string; isStored: boolean };

/** A draft as it is kept on this device: without a secret, of which only the place is noted. */
export type KeptEdit = { revision: string; draft: Draft; secrets: readonly Secret[] };

const SIDES = ["inputs", "outputs"] as const;

/** What the device keeps of an edit that began from `config`. */
export const keptOf = (revision: string, draft: Draft, config: JsonObject): KeptEdit => {
  const secrets: Secret[] = [];
  const blanked = (value: Json, path: Path, stored: (path: Path) => Json | undefined): Json => {
    if (Array.isArray(value)) {
      return (value as readonly Json[]).map((each, index) => blanked(each, [...path, index], stored));
    }
    if (!isJsonObject(value)) {
      return value;
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => {
        const at = [...path, key];
        if (!isSecretName(key) || typeof each !== "string") {
          return [key, blanked(each, at, stored)];
        }
        secrets.push({ path: pathText(at), isStored: stored(at) === each });
        // It keeps the place among the fields.
        return [key, ""];
      }),
    );
  };
  const storedIn = storedOf(draft, config);
  return { revision, draft: blanked(draft, [], storedIn) as Draft, secrets };
};

/** The draft as it goes on, and the places whose secrets are to be typed again. */
export const restored = (kept: KeptEdit, config: JsonObject): { draft: Draft; missing: readonly Path[] } => {
  const storedIn = storedOf(kept.draft, config);
  return kept.secrets.reduce<{ draft: Draft; missing: readonly Path[] }>(
    ({ draft, missing }, { path, isStored }) => {
      const at = pathOf(path);
      const value = isStored ? storedIn(at) : undefined;
      return { draft: setAt(draft, at, value) as Draft, missing: value === undefined ? [...missing, at] : missing };
    },
    { draft: kept.draft, missing: [] },
  );
};

/** What the node has where a path of the draft leads: parts are the same by their id, wherever they stand. */
const storedOf =
  (draft: Draft, config: JsonObject) =>
  ([first, ...rest]: Path): Json | undefined => {
    if (first === "flow") {
      return getAt(
        flowsOf(config).find((each) => idOf(each) === idOf(draft.flow)),
        rest,
      );
    }
    const side = SIDES.find((each) => each === first);
    const [index, ...inner] = rest;
    const part = side === undefined || typeof index !== "number" ? undefined : draft[side][index];
    return side === undefined || part === undefined
      ? undefined
      : getAt(
          partsOf(config, side).find((each) => idOf(each) === idOf(part)),
          inner,
        );
  };

/** `undefined`: none was kept, or by a version that kept it in another form. */
export const readEdit = (key: string): KeptEdit | undefined => {
  const kept = keptDraft(key) as Partial<KeptEdit> | null;
  if (kept?.revision !== undefined && kept.draft !== undefined && kept.secrets !== undefined) {
    return kept as KeptEdit;
  }
  keepDraft(key, undefined);
  return undefined;
};
