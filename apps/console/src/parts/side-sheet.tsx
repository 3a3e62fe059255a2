import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";
import "./side-sheet.css";

type Given = {
  title: string;
  /** What it is for: the node, the group. */
  on?: string;
  isOpen: boolean;
  onClose: () => void;
  /** Beside the title: the draft's chip, the view switch. */
  head?: ReactNode;
  foot?: ReactNode;
  /** wide: three panes, as the flow builder has them. */
  size?: "narrow" | "wide";
  children: ReactNode;
};

/** The first field, so that one can type at once; a finger would have a keyboard over half the sheet. */
const firstField = (by: string): HTMLElement | true =>
  (by === "touch" ? undefined : document.querySelector<HTMLElement>(".sheet-body :is(input:not([hidden]), select, textarea)")) ?? true;

/** Where things are made and changed: over the right of the page, which stays in sight. */
export const SideSheet = ({ title, on, isOpen, onClose, head, foot, size = "narrow", children }: Given) => (
  <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
    <Dialog.Portal>
      <Dialog.Backdrop className="scrim" />
      <Dialog.Popup className={`sheet ${size}`} initialFocus={firstField}>
        <header className="sheet-head">
          <Dialog.Title className="t15">{title}</Dialog.Title>
          {on === undefined ? null : <span className="dim">{on}</span>}
          {head}
          <span className="grow" />
          <Dialog.Close className="btn ghost square" aria-label="Close">
            <Icon name="close" />
          </Dialog.Close>
        </header>
        <div className="sheet-body scroll">{children}</div>
        {foot === undefined ? null : <footer className="sheet-foot">{foot}</footer>}
      </Dialog.Popup>
    </Dialog.Portal>
  </Dialog.Root>
);
