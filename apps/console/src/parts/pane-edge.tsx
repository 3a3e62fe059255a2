import { useLayoutEffect, useRef, useState } from "react";
import { setPrefs, usePrefs } from "../prefs/prefs.tsx";
import { NARROWEST, paneWidth, WIDEST, widthByKey } from "./pane-width.ts";
import "./pane-edge.css";

/** `of`: the pane, as it is remembered. `usual`: its width in CSS pixels as long as nobody chose another. */
type Given = { of: string; usual: number };

/**
 * The edge of an inspector at the right, by which it is made wider and narrower: with a pointer, or by keys. It stands beside the pane in the
 * grid that takes the width from `--pane`. This browser remembers it: the next one has another screen.
 */
export const PaneEdge = ({ of, usual }: Given) => {
  const { panes } = usePrefs();
  const edge = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; width: number }>(undefined);
  const [dragged, setDragged] = useState<number>();
  const width = dragged ?? paneWidth(panes[of] ?? usual);
  useLayoutEffect(() => {
    const pane = edge.current?.parentElement;
    pane?.toggleAttribute("data-has-edge", true);
    return () => {
      pane?.removeAttribute("data-has-edge");
    };
  }, []);
  useLayoutEffect(() => edge.current?.parentElement?.style.setProperty("--pane", `${width}px`), [width]);
  const keep = (next: number): void => setPrefs({ panes: { ...panes, [of]: next } });
  return (
    <div
      ref={edge}
      className="pane-edge"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of this pane"
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      aria-valuenow={width}
      title="Drag, or arrow keys; Enter makes it as usual"
      onPointerDown={(event) => {
        if (event.button === 0) {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, width };
        }
      }}
      onPointerMove={(event) => {
        if (drag.current !== undefined) {
          setDragged(paneWidth(drag.current.width + drag.current.x - event.clientX));
        }
      }}
      onPointerUp={() => {
        drag.current = undefined;
        if (dragged !== undefined) {
          keep(dragged);
          setDragged(undefined);
        }
      }}
      onPointerCancel={() => {
        drag.current = undefined;
        setDragged(undefined);
      }}
      onDoubleClick={() => keep(paneWidth(usual))}
      onKeyDown={(event) => {
        const next = widthByKey(event.key, width, usual);
        if (next !== undefined) {
          event.preventDefault();
          event.stopPropagation();
          keep(next);
        }
      }}
    />
  );
};
