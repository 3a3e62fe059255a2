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
  const storedIn = storedOf(draft, config);
  const places = secretsIn(draft);
  return {
    revision,
    // It keeps the place among the fields.
    draft: places.reduce<Json | undefined>((blanked, path) => setAt(blanked, path, ""), draft) as Draft,
    secrets: places.map((path) => ({ path: pathText(path), isStored: getAt(draft, path) !== "" && storedIn(path) === getAt(draft, path) })),
  };
};

/** The draft as it goes on. A secret that is to be typed again is empty, which no node takes: it goes with its part, wherever that goes. */
export const restored = (kept: KeptEdit, config: JsonObject): Draft => {
  const storedIn = storedOf(kept.draft, config);
  return kept.secrets
    .filter(({ isStored }) => isStored)
    .reduce<Json | undefined>((draft, { path }) => setAt(draft, pathOf(path), storedIn(pathOf(path)) ?? ""), kept.draft) as Draft;
};

/** Places of secrets that are to be typed again. */
export const emptySecrets = (draft: Draft): readonly Path[] => secretsIn(draft).filter((path) => getAt(draft, path) === "");

export const withoutEmptySecrets = (draft: Draft): Draft =>
  emptySecrets(draft).reduce<Json | undefined>((rest, path) => setAt(rest, path, undefined), draft) as Draft;

const secretsIn = (value: Json, path: Path = []): readonly Path[] =>
  Array.isArray(value)
    ? (value as readonly Json[]).flatMap((each, index) => secretsIn(each, [...path, index]))
    : isJsonObject(value)
      ? Object.entries(value).flatMap(([key, each]) =>
          isSecretName(key) && typeof each === "string" ? [[...path, key]] : secretsIn(each, [...path, key]),
        )
      : [];

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
