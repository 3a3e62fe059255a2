import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useState, type ReactNode } from "react";
import { StateGlyph, TallyGlyph, type State } from "./glyph.tsx";
import { HoldButton } from "./hold-button.tsx";

export type Impact = { key: string; name: string; where: string; isOnAir?: boolean; state?: State };

type Given = {
  /** What will be done: Delete node and 7 flows. */
  title: string;
  sentence: ReactNode;
  /** What changes; on air comes first. */
  impacts?: readonly Impact[];
  keep: string;
  act: string;
  isHeld?: boolean;
  /** Only where nothing brings it back. */
  typed?: string;
  isOpen: boolean;
  onClose: () => void;
  onAct: () => void;
};

/** What a press will change, and the press. Never asks whether one is sure. */
export const Confirm = ({ title, sentence, impacts = [], keep, act, isHeld = false, typed, isOpen, onClose, onAct }: Given) => {
  const [text, setText] = useState("");
  const isBlocked = typed !== undefined && text !== typed;
  const done = (): void => {
    setText("");
    onClose();
    onAct();
  };
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="scrim" />
        <AlertDialog.Popup className="dlg">
          <AlertDialog.Title render={<h2 />}>{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div className="mid" />}>{sentence}</AlertDialog.Description>
          <ImpactList impacts={impacts} />
          {typed === undefined ? null : (
            <label className="field" style={{ marginTop: 12 }}>
              <span className="label">Write {typed} to go on</span>
              <span className="inp">
                <input value={text} onChange={(event) => setText(event.currentTarget.value)} autoComplete="off" />
              </span>
            </label>
          )}
          <footer>
            <AlertDialog.Close className="btn">{keep}</AlertDialog.Close>
            {isHeld ? (
              <HoldButton onHeld={done} disabled={isBlocked}>
                {act}
              </HoldButton>
            ) : (
              <button type="button" className="btn pri" disabled={isBlocked} onClick={done}>
                {act}
              </button>
            )}
          </footer>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
};

const ImpactList = ({ impacts }: { impacts: readonly Impact[] }) => (
  <ul style={{ marginTop: impacts.length === 0 ? 0 : 8 }}>
    {impacts
      .toSorted((a, b) => Number(b.isOnAir ?? false) - Number(a.isOnAir ?? false))
      .map((impact) => (
        <li key={impact.key}>
          {impact.isOnAir === true ? (
            <span style={{ color: "var(--pgm)" }}>
              <TallyGlyph shape="pgm" size={11} />
              <span className="spoken">On air</span>
            </span>
          ) : (
            <StateGlyph state={impact.state ?? "good"} size={11} />
          )}
          <span className="el">{impact.name}</span>
          <span className="dim t12">{impact.where}</span>
        </li>
      ))}
  </ul>
);
