import { Dialog } from "@base-ui/react/dialog";
import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { Icon } from "../parts/icon.tsx";
import { setPrefs, usePrefs } from "../prefs/prefs.tsx";
import "./palette.css";
import { findEntries, type Entry } from "./palette-match.ts";

type Given = { isOpen: boolean; onClose: () => void; entries: readonly Entry[]; onRun: (entry: Entry) => void };

const RECENT = 8;

/** Finds anything and goes there, or runs it. */
export const Palette = ({ isOpen, onClose, entries, onRun }: Given) => (
  <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
    <Dialog.Portal>
      <Dialog.Backdrop className="scrim" />
      <Dialog.Popup className="palette" aria-label="Find or run">
        <PaletteList entries={entries} onRun={onRun} onClose={onClose} />
      </Dialog.Popup>
    </Dialog.Portal>
  </Dialog.Root>
);

const PaletteList = ({ entries, onRun, onClose }: Omit<Given, "isOpen">) => {
  const id = useId();
  const { recent } = usePrefs();
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const found = useMemo(() => findEntries(entries, text, recent), [entries, text, recent]);
  const at = Math.min(place, Math.max(0, found.length - 1));
  const run = (entry: Entry | undefined): void => {
    if (entry !== undefined) {
      setPrefs({ recent: [entry.id, ...recent.filter((each) => each !== entry.id)].slice(0, RECENT) });
      onClose();
      onRun(entry);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setPlace((at + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[at]);
    }
  };
  return (
    <>
      <label className="palette-box">
        <Icon name="search" size={16} />
        <input
          role="combobox"
          aria-label="Find or run"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length === 0 ? undefined : `${id}-${at}`}
          placeholder="Node, flow, alarm, page or act"
          value={text}
          autoFocus
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setPlace(0);
          }}
        />
        <kbd>Esc</kbd>
      </label>
      <ul id={`${id}-list`} role="listbox" aria-label="Found" className="scroll">
        {found.map((entry, i) => (
          <li
            key={entry.id}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            onClick={() => run(entry)}
            onPointerMove={() => setPlace(i)}
            ref={(row) => {
              if (i === at) {
                row?.scrollIntoView({ block: "nearest" });
              }
            }}
          >
            <span className="chip">{entry.kind}</span>
            <b className="b el">{entry.title}</b>
            <span className="dim el grow">{entry.detail}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p className="dim none">Nothing by these words.</p> : null}
    </>
  );
};
