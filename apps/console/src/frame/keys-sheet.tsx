import { SideSheet } from "../parts/side-sheet.tsx";
import { keysNow } from "./keys.tsx";

/** Every key that does something here. */
export const KeysSheet = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => {
  const acts = isOpen ? keysNow() : [];
  return (
    <SideSheet title="Keys of this page" isOpen={isOpen} onClose={onClose}>
      <dl className="key-list" tabIndex={0}>
        {acts.map(({ keys, does }) => (
          <div key={`${keys} ${does}`} className="row">
            <dt className="row">
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key === "ctrl" ? "Ctrl" : key.toUpperCase()}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div className="row">
          <dt className="row">
            <kbd>↑</kbd>
            <kbd>↓</kbd>
          </dt>
          <dd>Walk the rows of a table; Enter opens, Space ticks</dd>
        </div>
        <div className="row">
          <dt className="row">
            <kbd>Esc</kbd>
          </dt>
          <dd>One step back</dd>
        </div>
      </dl>
    </SideSheet>
  );
};
