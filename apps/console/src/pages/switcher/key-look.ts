import type { Desk, Preset } from "@bilbycast/contracts/manager-api";

/** Where a preset stands on the buses. both: on air, and loaded again. */
export type KeyTally = "pgm" | "pvw" | "both" | "taking" | "none";

/** What else a key says, one thing at a time: the first of these that holds. */
export type KeyMark =
  | { is: "no-right" | "offline" | "gone"; node: string }
  | { is: "differs"; count: number }
  | { is: "as-now" }
  | { is: "unknown" }
  | { is: "none" };

/** Orange from the press on; red moves only when the desk says so. */
export const tallyOf = (desk: Pick<Desk, "pgm" | "pvw"> | undefined, takingId: string | undefined, presetId: string): KeyTally => {
  const isPgm = desk?.pgm?.preset_id === presetId;
  const isPvw = desk?.pvw?.preset_id === presetId;
  if (takingId === presetId && !isPgm) {
    return "taking";
  }
  return isPgm ? (isPvw ? "both" : "pgm") : isPvw ? "pvw" : "none";
};

/** A node as a key judges it; `undefined`: it is none of this person's business, or is gone. */
export type KeyNode = { name: string; isOnline: boolean; mayOperate: boolean };

/** What stands against a preset, or how it stands to what the nodes carry. */
export const markOf = (preset: Pick<Preset, "actions" | "match">, nodeOf: (id: string) => KeyNode | undefined): KeyMark => {
  const nodes = [...new Set(preset.actions.map(({ node_id: id }) => id))].map(nodeOf);
  if (nodes.includes(undefined)) {
    const isGone = preset.match.actions.some(({ reason }) => reason === "node_gone");
    return { is: isGone ? "gone" : "no-right", node: "" };
  }
  const refused = nodes.find((node) => node?.mayOperate === false);
  if (refused !== undefined) {
    return { is: "no-right", node: refused.name };
  }
  const away = nodes.find((node) => node?.isOnline === false);
  if (away !== undefined) {
    return { is: "offline", node: away.name };
  }
  const { state, differs } = preset.match;
  if (state === "matches") {
    return { is: "as-now" };
  }
  if (state === "unknown") {
    return { is: "unknown" };
  }
  // All of it differs: it is simply another picture. Some of it does: somebody should know.
  return differs > 0 && differs < preset.actions.length ? { is: "differs", count: differs } : { is: "none" };
};

/** What a reader of the screen hears after the label and the name: colours and shapes in words. */
export const tallyText = (tally: KeyTally): string => TALLY_WORDS[tally];

const TALLY_WORDS: Readonly<Record<KeyTally, string>> = {
  pgm: "on air",
  pvw: "in preview",
  both: "on air and in preview",
  taking: "taking",
  none: "",
};

export const markText = (mark: KeyMark): string => {
  switch (mark.is) {
    case "no-right":
      return "no right";
    case "gone":
      return "node gone";
    case "offline":
      return "node offline";
    case "differs":
      return `${mark.count} ${mark.count === 1 ? "differs" : "differ"}`;
    case "as-now":
      return "as now";
    case "unknown":
      return "not known";
    case "none":
      return "";
  }
};

/** The sentence of a key that cannot be taken; `undefined`: it can, as far as is known here. */
export const refusalOf = (mark: KeyMark, group: string): string | undefined =>
  mark.is === "no-right"
    ? `Needs Operate on ${mark.node === "" ? "a node that you do not see" : mark.node}. Ask an admin of ${group}.`
    : mark.is === "gone"
      ? "A node of it has been deleted."
      : undefined;
