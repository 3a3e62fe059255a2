import { useEffect, useRef } from "react";
import { watchPicture, type Watched } from "../live/watch-picture.tsx";
import { lastedText } from "../words/times.ts";
import "./picture.css";

/** From then on a monitor says that it is not live, and from then on it shows nothing. Milliseconds. */
const STALE_MS = 5_000;
const NONE_MS = 60_000;
const AGE_MS = 200;

/**
 * A live picture with its true age in the corner. It draws itself, five times a second, past React: nothing around it is drawn anew.
 * Over five seconds it is hatched.
 */
export const MonitorPicture = ({ nodeId, flowId, inputId, of }: Watched & { of: string }) => {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => (box.current === null ? undefined : run(box.current, { nodeId, flowId, inputId })), [nodeId, flowId, inputId]);
  return (
    <div className="vid monitor-picture none" ref={box}>
      <img alt={`Picture of ${of}`} decoding="async" hidden />
      <span className="none">No picture yet</span>
      <span className="age" hidden />
    </div>
  );
};

const run = (box: HTMLElement, watched: Watched): (() => void) => {
  const [image, none, age] = [
    box.querySelector("img"),
    box.querySelector<HTMLElement>("span.none"),
    box.querySelector<HTMLElement>(".age"),
  ];
  if (image === null || none === null || age === null) {
    return () => undefined;
  }
  let takenAt: number | undefined;
  let shown = "";
  let drawnAt = 0;
  const draw = (): void => {
    drawnAt = Date.now();
    const old = takenAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Date.now() - takenAt);
    const is = old > NONE_MS ? "none" : old > STALE_MS ? "stale" : "live";
    const text = takenAt === undefined ? "No picture yet" : lastedText(old);
    if (`${is} ${text}` === shown) {
      return;
    }
    shown = `${is} ${text}`;
    box.className = `vid monitor-picture ${is}`;
    image.hidden = is === "none";
    none.hidden = is !== "none";
    age.hidden = is === "none";
    none.textContent = takenAt === undefined ? text : `No picture for ${text}`;
    age.textContent = text;
  };
  const stop = watchPicture(watched, (shown) => {
    ({ takenAt } = shown);
    image.src = shown.url;
    draw();
  });
  draw();
  // Each picture draws its age with it: this is for those that do not come.
  const timer = window.setInterval(() => Date.now() - drawnAt >= 2 * AGE_MS && draw(), AGE_MS);
  return () => {
    stop();
    window.clearInterval(timer);
    image.removeAttribute("src");
  };
};
