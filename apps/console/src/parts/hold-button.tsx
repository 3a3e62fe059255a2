import type { ReactNode } from "react";
import { HOLD_MS } from "./hold.ts";
import { useHold } from "./use-hold.tsx";
import "./hold-button.css";

type Given = { children: ReactNode; onHeld: () => void; disabled?: boolean; className?: string; holdMs?: number };

/** A press that cannot be an accident: held for 0.6 s, or by keys pressed and confirmed within three seconds. */
export const HoldButton = ({ children, onHeld, disabled = false, className = "pri", holdMs = HOLD_MS }: Given) => {
  const { hold, act } = useHold(onHeld, holdMs);
  return (
    <button
      type="button"
      className={`btn hold ${className} ${hold.is}`}
      disabled={disabled}
      onPointerDown={(event) => {
        if (event.button === 0) {
          event.currentTarget.setPointerCapture(event.pointerId);
          act("press");
        }
      }}
      onPointerUp={() => act("release")}
      onPointerCancel={() => act("release")}
      onClick={(event) => {
        // A click without a pointer is a key or a reader of the screen: they press twice.
        if (event.detail === 0) {
          act("tap");
        }
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      {hold.is === "confirming" ? "Press again to confirm" : hold.is === "done" ? "Done" : children}
      <i aria-hidden style={{ animationDuration: `${holdMs}ms` }} />
      <span className="spoken" role="status">
        {hold.is === "confirming" ? "Press again within 3 seconds to confirm." : ""}
      </span>
    </button>
  );
};
