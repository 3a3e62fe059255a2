import { useEffect, useRef, type ReactNode } from "react";
import { drawPicture } from "../live/drawn-picture.tsx";
import type { Watched } from "../live/watch-picture.tsx";
import { lastedText } from "../words/times.ts";
import "./picture.css";

/** From then on a monitor says that it is not live, and from then on it shows nothing. Milliseconds. */
const STALE_MS = 5_000;
const NONE_MS = 60_000;
const AGE_MS = 200;

/** Ages of all monitors change in the same moment: the page draws one frame for all of them, and not one for each. */
const ages = new Set<() => void>();
let timer: number | undefined;

const tellAges = (draw: () => void): (() => void) => {
  ages.add(draw);
  timer ??= window.setInterval(() => ages.forEach((each) => each()), AGE_MS);
  return () => {
    ages.delete(draw);
    if (ages.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
};

/**
 * A live picture with its true age in the corner. Another thread draws it, five times a second; the page only writes the age. Over five seconds it
 * is hatched. `children` lie on it.
 */
export const MonitorPicture = ({ nodeId, flowId, inputId, of, children }: Watched & { of: string; children?: ReactNode }) => {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => (box.current === null ? undefined : run(box.current, { nodeId, flowId, inputId }, of)), [nodeId, flowId, inputId, of]);
  return (
    <div className="vid monitor-picture none" ref={box}>
      <span className="none">No picture yet</span>
      <span className="age" hidden />
      {children}
    </div>
  );
};

/** The same text node with other words: another one would cost the page more. */
const write = (element: HTMLElement, text: string): void => {
  if (element.firstChild instanceof Text) {
    element.firstChild.data = text;
  } else {
    element.textContent = text;
  }
};

const run = (box: HTMLElement, watched: Watched, of: string): (() => void) => {
  const [none, age] = [box.querySelector<HTMLElement>("span.none"), box.querySelector<HTMLElement>(".age")];
  if (none === null || age === null) {
    return () => undefined;
  }
  const canvas = document.createElement("canvas");
  canvas.role = "img";
  canvas.ariaLabel = `Picture of ${of}`;
  canvas.hidden = true;
  let takenAt: number | undefined;
  let shown = "";
  const draw = (): void => {
    const old = takenAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Date.now() - takenAt);
    const is = old > NONE_MS ? "none" : old > STALE_MS ? "stale" : "live";
    const text = takenAt === undefined ? "No picture yet" : lastedText(old);
    if (`${is} ${text}` === shown) {
      return;
    }
    if (!shown.startsWith(is)) {
      box.className = `vid monitor-picture ${is}`;
      canvas.hidden = is === "none";
      none.hidden = is !== "none";
      age.hidden = is === "none";
    }
    shown = `${is} ${text}`;
    if (is === "none") {
      none.textContent = takenAt === undefined ? text : `No picture for ${text}`;
    } else {
      write(age, text);
    }
  };
  const stop = drawPicture(watched, canvas, (drawn) => {
    const isFirst = takenAt === undefined;
    ({ takenAt } = drawn);
    if (isFirst) {
      draw();
    }
  });
  // A canvas that lies in the page is given to another thread only after the whole page is laid out.
  box.prepend(canvas);
  draw();
  const stopAges = tellAges(draw);
  return () => {
    stop();
    stopAges();
    canvas.remove();
  };
};
