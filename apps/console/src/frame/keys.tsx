import { useEffect, useRef } from "react";
import { actOf, type KeyAct } from "./keymap.ts";

/** What the parts of the page that stand now do at a key, the newest last. */
const layers: { current: readonly KeyAct[] }[] = [];
let before: { key: string; at: number } | undefined;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) &&
  !(target instanceof HTMLInputElement && ["checkbox", "radio", "button"].includes(target.type));

const onKeyDown = (event: KeyboardEvent): void => {
  if (event.defaultPrevented) {
    return;
  }
  const found = actOf(
    keysNow(),
    {
      key: event.key,
      ctrl: event.ctrlKey || event.metaKey,
      alt: event.altKey,
      shift: event.shiftKey,
      meta: false,
      isTyping: isTyping(event.target),
    },
    before,
    Date.now(),
  );
  ({ before } = found);
  // Behind a dialog nothing acts.
  const isBehind = document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
  if (found.act !== undefined && !isBehind) {
    event.preventDefault();
    found.act.act();
  }
};

/** All keys that do something now; those of the page go before those of the console. */
export const keysNow = (): KeyAct[] => layers.toReversed().flatMap((layer) => layer.current);

/** Keys of this part of the page, as long as it stands. */
export const useKeys = (acts: readonly KeyAct[]): void => {
  const layer = useRef(acts);
  layer.current = acts;
  useEffect(() => {
    if (layers.length === 0) {
      window.addEventListener("keydown", onKeyDown);
    }
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length === 0) {
        window.removeEventListener("keydown", onKeyDown);
      }
    };
  }, []);
};
