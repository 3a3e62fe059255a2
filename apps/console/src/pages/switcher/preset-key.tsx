import { memo, useState, type CSSProperties, type DragEvent } from "react";
import type { NodeCard, Preset } from "@bilbycast/contracts/manager-api";
import { targetOf, useMay, useMe } from "../../api/me.tsx";
import { useLiveText, useLiveValue } from "../../live/live-link.tsx";
import { pictureAddress } from "../../live/watch-picture.tsx";
import { StateGlyph, TallyGlyph } from "../../parts/glyph.tsx";
import { HoldButton } from "../../parts/hold-button.tsx";
import { Icon } from "../../parts/icon.tsx";
import { LETTERS } from "./desk-keys.ts";
import { readDesk } from "./desk-rows.ts";
import { labelWidth } from "./label-width.ts";
import { markOf, markText, refusalOf, tallyOf, tallyText, type KeyMark, type KeyNode, type KeyTally } from "./key-look.ts";
import { flowOf, inputOf } from "./monitors.tsx";
import { KeyStill } from "./stills.tsx";
import { useControl, useDeskState } from "./use-control.tsx";
import { usePreset } from "./use-desk.tsx";
import type { Json } from "../../live/merge-patch.ts";

export type KeyActs = {
  press: (presetId: string, isLook: boolean) => void;
  edit: (presetId: string) => void;
  drag: (place: number) => void;
  drop: (place: number) => void;
  nudge: (place: number, arrow: string) => void;
};

type Given = {
  topic: string;
  groupName: string;
  presetId: string;
  place: number;
  isEdit: boolean;
  isStop: boolean;
  takingId: string | undefined;
  acts: KeyActs;
};

/** One preset: its picture, its name to be read from afar, where it stands on the buses, and what stands against it. */
export const PresetKey = memo(({ topic, groupName, presetId, place, isEdit, isStop, takingId, acts }: Given) => {
  const preset = usePreset(topic, presetId);
  const tally = useLiveValue<Json, KeyTally>(topic, "desk", (row) => tallyOf(readDesk(row), takingId, presetId));
  const isWanted = useDeskState(({ wanted }) => wanted?.presetId === presetId);
  const isLeft = useDeskState(({ wanted }) => wanted !== undefined && wanted.presetId !== presetId);
  const isHeld = useDeskState(({ held }) => held === presetId);
  const nodeOf = useKeyNodes(preset);
  const [isOpen, setOpen] = useState(false);
  if (preset === undefined) {
    return null;
  }
  const shownTally = withWanted(tally, isWanted, isLeft);
  const mark = markOf(preset, nodeOf);
  const letter = LETTERS[place] ?? "";
  return (
    <div
      className={`key ${shownTally} ${mark.is}${isEdit ? " edit" : ""}${isHeld ? " held" : ""} mark-${preset.color}`}
      data-place={place}
      title={refusalOf(mark, groupName)}
      {...(isEdit ? dragOf(place, acts) : {})}
    >
      <button
        type="button"
        className="face"
        data-preset={presetId}
        tabIndex={isStop ? 0 : -1}
        aria-keyshortcuts={isEdit ? "Alt+ArrowLeft Alt+ArrowRight Alt+ArrowUp Alt+ArrowDown" : letter}
        onClick={(event) => (isEdit ? acts.edit(presetId) : acts.press(presetId, event.shiftKey))}
      >
        <Face preset={preset} tally={shownTally} mark={mark} letter={letter} isEdit={isEdit} />
      </button>
      {isEdit ? null : <MoreButton label={preset.short_label} isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />}
      {isOpen && !isEdit ? <ActionList preset={preset} /> : null}
    </div>
  );
});

/** The marker moves with the press: PVW is the desk's own, and no node has to be asked. */
const withWanted = (tally: KeyTally, isWanted: boolean, isLeft: boolean): KeyTally => {
  if (isWanted) {
    return tally === "pgm" || tally === "both" ? "both" : tally === "taking" ? tally : "pvw";
  }
  return isLeft ? (tally === "both" ? "pgm" : tally === "pvw" ? "none" : tally) : tally;
};

const dragOf = (place: number, acts: KeyActs) => ({
  draggable: true,
  onDragStart: (event: DragEvent) => {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", String(place));
    acts.drag(place);
  },
  onDragOver: (event: DragEvent) => event.preventDefault(),
  onDrop: (event: DragEvent) => {
    event.preventDefault();
    acts.drop(place);
  },
});

/** What of a node a key depends on: a line, so that the key is drawn anew when one of these changes and not every second. */
const factsOf = (card: NodeCard | undefined): string =>
  card === undefined ? "" : `${card.status} ${card.group_id} ${card.name.replaceAll(" ", "\u00a0")}`;

/** Nodes of a preset, as this person may judge them. */
const useKeyNodes = (preset: Preset | undefined): ((id: string) => KeyNode | undefined) => {
  const may = useMay();
  const { memberships } = useMe().access;
  const ids = [...new Set(preset?.actions.map(({ node_id: id }) => id))];
  const lines = useLiveText<NodeCard>("nodes", ids, factsOf).split("\n");
  return (id) => {
    const line = lines[ids.indexOf(id)] ?? "";
    if (line === "") {
      return undefined;
    }
    const [status = "", group = "", name = ""] = line.split(" ");
    // What another group shares is judged by the list of what a take changes.
    const isShared = !memberships.some(({ group_id: own }) => own === group);
    const isAllowed = may("node.command", targetOf({ id, owner_group_id: group })).is;
    return { name, isOnline: status !== "offline" && status !== "pending", mayOperate: isAllowed || isShared };
  };
};

type FaceGiven = { preset: Preset; tally: KeyTally; mark: KeyMark; letter: string; isEdit: boolean };

const Face = ({ preset, tally, mark, letter, isEdit }: FaceGiven) => {
  const [action] = preset.actions;
  return (
    <>
      <span className="pic">
        {action === undefined ? null : (
          <KeyStill address={pictureAddress({ nodeId: action.node_id, flowId: flowOf(action), inputId: inputOf(action) })} />
        )}
        <span className="k">{isEdit ? <Icon name="grip" size={14} /> : letter}</span>
        <span className="fl">
          <TallyFlag tally={tally} />
          <MarkChip mark={mark} tally={tally} />
        </span>
      </span>
      <span className="lb" style={lettersOf(preset.short_label)}>
        {preset.short_label}
      </span>
      <span className="nm">{preset.name}</span>
      <span className="spoken">{tallyText(tally)}</span>
    </>
  );
};

const lettersOf = (label: string): CSSProperties =>
  ({ "--letters": Math.max(1, Array.from(label).length), "--wide": `${labelWidth(label)}px` }) as CSSProperties;

const TallyFlag = ({ tally }: { tally: KeyTally }) => (
  <span className="tls">
    {tally === "pgm" || tally === "both" ? (
      <span className="tl p">
        <TallyGlyph shape="pgm" size={12} />
      </span>
    ) : null}
    {tally === "pvw" || tally === "both" ? (
      <span className="tl v">
        <TallyGlyph shape="pvw" size={14} />
      </span>
    ) : null}
    {tally === "taking" ? (
      <span className="tl d">
        <TallyGlyph shape="pend" size={14} />
      </span>
    ) : null}
  </span>
);

/** On a bus only what stands against it is said: that it is as now, or is not, lies in the nature of a bus. */
const MarkChip = ({ mark, tally }: { mark: KeyMark; tally: KeyTally }) => {
  switch (mark.is) {
    case "none":
      return null;
    case "as-now":
      return tally === "none" ? (
        <span className="chip now">
          <TallyGlyph shape="comm" size={8} />
          as now
        </span>
      ) : null;
    case "differs":
      return tally === "none" ? (
        <span className="chip warn">
          <Icon name="differs" size={11} />
          {markText(mark)}
        </span>
      ) : null;
    case "unknown":
      return (
        <span className="chip over">
          <StateGlyph state="unknown" size={9} silent />
          {markText(mark)}
        </span>
      );
    case "no-right":
    case "gone":
    case "offline":
      return (
        <span className="chip over">
          {mark.is === "no-right" ? <Icon name="lock" size={11} /> : null}
          {markText(mark)}
        </span>
      );
  }
};

const MoreButton = ({ label, isOpen, onToggle }: { label: string; isOpen: boolean; onToggle: () => void }) => (
  <button
    type="button"
    className="more"
    tabIndex={-1}
    aria-expanded={isOpen}
    aria-label={`Actions of ${label}`}
    title="Actions"
    onClick={onToggle}
  >
    <Icon name={isOpen ? "close" : "more"} size={13} />
  </button>
);

/** What it does, inside the card, and the way straight to air. */
const ActionList = ({ preset }: { preset: Preset }) => {
  const control = useControl();
  return (
    <div className="acts">
      <ul>
        {preset.actions.map((action, i) => (
          <li
            key={`${action.node_id} ${flowOf(action)}`}
            title={`${flowOf(action)}: ${inputOf(action)}`}
            className={preset.match.actions[i]?.state === "matches" ? "same" : ""}
          >
            <span className="el">{flowOf(action)}</span>
            <Icon name="right" size={10} />
            <b className="el">{inputOf(action)}</b>
          </li>
        ))}
      </ul>
      <HoldButton className="sm air" onHeld={() => control.activate(preset.id)}>
        Hold: to air
      </HoldButton>
    </div>
  );
};
