import { useEffect, useRef, useState, type ReactNode } from "react";
import { HOLD_MS, nextHold, type Hold, type HoldAct } from "./hold.ts";
import "./hold-button.css";

type Given = { children: ReactNode; onHeld: () => void; disabled?: boolean; className?: string; holdMs?: number };

/** A press that cannot be an accident: held for 0.6 s, or by keys pressed and confirmed within three seconds. */
export const HoldButton = ({ children, onHeld, disabled = false, className = "pri", holdMs = HOLD_MS }: Given) => {
  const [hold, setHold] = useState<Hold>({ is: "rest" });
  const now = useRef(hold);
  const held = useRef(onHeld);
  held.current = onHeld;

  const act = (what: HoldAct): void => {
    const next = nextHold(now.current, what, performance.now(), holdMs);
    now.current = next.hold;
    setHold(next.hold);
    if (next.fires) {
      held.current();
    }
  };
  useEffect(() => {
    if (hold.is === "rest") {
      return undefined;
    }
    const timer = window.setInterval(() => act("tick"), 50);
    return () => window.clearInterval(timer);
  });
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
