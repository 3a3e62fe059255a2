import { useEffect, useRef } from "react";
import { fetchPicture, type Shown } from "../../live/watch-picture.tsx";
import { lastedText } from "../../words/times.ts";

/** A node makes a picture of each input every five seconds. Milliseconds between two questions, and so many at once. */
const EVERY_MS = 5_000;
const AGAIN_MS = 15_000;
const AT_ONCE = 4;
const ROUND_MS = 250;
/** Stills of pages that were left are kept for the way back. */
const KEPT = 128;

type Still = { address: string; listeners: Set<(shown: Shown) => void>; shown: Shown | undefined; nextAt: number };

/** One loader for the keys of all desks: it asks for a few at a time, the longest due first, and only while somebody looks. */
const stills = new Map<string, Still>();
let timer: number | undefined;
let busy = 0;

const round = (): void => {
  if (document.visibilityState === "hidden") {
    return;
  }
  const now = Date.now();
  const due = [...stills.values()]
    .filter(({ listeners, nextAt }) => listeners.size > 0 && nextAt <= now)
    .toSorted((a, b) => a.nextAt - b.nextAt)
    .slice(0, AT_ONCE - busy);
  due.forEach((still) => void load(still));
};

const load = async (still: Still): Promise<void> => {
  busy += 1;
  still.nextAt = Number.POSITIVE_INFINITY;
  const signal = AbortSignal.timeout(10_000);
  const next = await fetchPicture(still.address, still.shown?.tag, signal).catch(() => undefined);
  busy -= 1;
  if (next === undefined) {
    still.nextAt = Date.now() + (still.shown === undefined ? AGAIN_MS : EVERY_MS);
  } else {
    const old = still.shown;
    still.shown = next;
    still.nextAt = Date.now() + EVERY_MS;
    still.listeners.forEach((listener) => listener(next));
    window.setTimeout(() => old !== undefined && URL.revokeObjectURL(old.url), 1_000);
  }
  round();
};

const forget = (): void => {
  for (const [key, still] of stills) {
    if (stills.size <= KEPT) {
      return;
    }
    if (still.listeners.size === 0) {
      stills.delete(key);
      if (still.shown !== undefined) {
        URL.revokeObjectURL(still.shown.url);
      }
    }
  }
};

const watchStill = (address: string, listener: (shown: Shown) => void): (() => void) => {
  const still = stills.get(address) ?? { address, listeners: new Set(), shown: undefined, nextAt: 0 };
  stills.set(address, still);
  still.listeners.add(listener);
  if (still.shown !== undefined) {
    listener(still.shown);
  }
  timer ??= window.setInterval(round, ROUND_MS);
  return () => {
    still.listeners.delete(listener);
    forget();
    if ([...stills.values()].every(({ listeners }) => listeners.size === 0)) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
};

/** Older than two rounds it says its age, and over a minute it is none. Milliseconds. */
const AGED_MS = 10_000;
const NONE_MS = 60_000;

/** The still of a key. It draws itself past React: the grid is not drawn anew for it. */
export const KeyStill = ({ address }: { address: string }) => {
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => (box.current === null ? undefined : show(box.current, address)), [address]);
  return (
    <span className="still" ref={box} aria-hidden>
      <img alt="" decoding="async" hidden />
      <span className="age" hidden />
    </span>
  );
};

const show = (box: HTMLElement, address: string): (() => void) => {
  const [image, age] = [box.querySelector("img"), box.querySelector<HTMLElement>(".age")];
  let takenAt: number | undefined;
  const draw = (): void => {
    const old = takenAt === undefined ? 0 : Date.now() - takenAt;
    const text = old > AGED_MS ? lastedText(old) : "";
    const hasNone = image?.src === "" || old > NONE_MS;
    // What is as it was is not written again: a browser takes it for a change.
    if (image !== null && image.hidden !== hasNone) {
      image.hidden = hasNone;
    }
    if (age !== null && age.textContent !== text) {
      age.textContent = text;
      age.hidden = text === "";
    }
  };
  const stop = watchStill(address, (shown) => {
    ({ takenAt } = shown);
    if (image !== null) {
      image.src = shown.url;
    }
    draw();
  });
  const ages = window.setInterval(draw, 2_000);
  return () => {
    stop();
    window.clearInterval(ages);
    image?.removeAttribute("src");
  };
};
