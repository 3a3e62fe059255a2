import { useEffect, useRef, type RefObject } from "react";
import { useKeys } from "../../frame/keys.tsx";
import { HOLD_MS } from "../../parts/hold.ts";
import { deskActOf, KEY_LINES, type DeskAct } from "./desk-keys.ts";

export type DeskHands = {
  load: (place: number) => void;
  look: (place: number) => void;
  /** A key goes down and comes up on its way straight to air; `held`: it was down long enough. */
  airDown: (place: number) => void;
  airUp: () => void;
  air: (place: number) => void;
  takeDown: () => void;
  takeUp: () => void;
  /** The second press of who cannot hold; whether one was waited for. */
  confirm: () => boolean;
  clear: () => void;
  revertDown: () => void;
  revertUp: () => void;
  lookAtRevert: () => void;
  turn: (by: 1 | -1) => void;
  page: (index: number) => void;
  lock: () => void;
  pane: (by: 1 | -1) => void;
};

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) &&
  !(target instanceof HTMLInputElement && ["checkbox", "radio", "button"].includes(target.type));

const isBehindDialog = (): boolean => document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null;

/**
 * The keys of the desk, by position. They act while the desk has the focus, or nothing has, and no field and no dialog does.
 * A key that is held down is one press. `desk`: the pane with monitors and presets.
 */
export const useDeskKeys = (desk: RefObject<HTMLElement | null>, hands: DeskHands, isOn: boolean): void => {
  const now = useRef(hands);
  now.current = hands;
  // For the sheet of keys; what they do is done below, by position.
  useKeys(isOn ? KEY_LINES.map(([keys, does]) => ({ keys, does, act: () => undefined })) : []);
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const listener = new DeskListener(desk, () => now.current);
    // Before anything else of the page hears of them.
    window.addEventListener("keydown", listener.down, { capture: true });
    window.addEventListener("keyup", listener.up, { capture: true });
    window.addEventListener("blur", listener.letGo);
    return () => {
      listener.letGo();
      window.removeEventListener("keydown", listener.down, { capture: true });
      window.removeEventListener("keyup", listener.up, { capture: true });
      window.removeEventListener("blur", listener.letGo);
    };
  }, [desk, isOn]);
};

class DeskListener {
  readonly #desk: RefObject<HTMLElement | null>;
  readonly #hands: () => DeskHands;
  /** The key that is down, by its code, and what it does when it comes up. */
  #pressed: { code: string; up: () => void } | undefined;

  constructor(desk: RefObject<HTMLElement | null>, hands: () => DeskHands) {
    this.#desk = desk;
    this.#hands = hands;
  }

  readonly down = (event: KeyboardEvent): void => {
    if (isField(event.target) || isBehindDialog() || event.isComposing) {
      return;
    }
    if (event.code === "Enter" && !event.repeat && this.#hasFocus() && this.#hands().confirm()) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const act = deskActOf({
      code: event.code,
      key: event.key,
      ctrl: event.ctrlKey,
      alt: event.altKey,
      shift: event.shiftKey,
      meta: event.metaKey,
    });
    if (act === undefined || (!this.#hasFocus() && act.does !== "pane")) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) {
      this.#do(act, event.code);
    }
  };

  readonly up = (event: KeyboardEvent): void => {
    if (event.code === "Space" && this.#hasFocus() && !isField(event.target) && !isBehindDialog()) {
      // Or the button that has the focus would be pressed as well.
      event.preventDefault();
    }
    if (this.#pressed !== undefined && (event.code === this.#pressed.code || event.key === "Alt" || event.key === "Control")) {
      this.letGo();
    }
  };

  readonly letGo = (): void => {
    const pressed = this.#pressed;
    this.#pressed = undefined;
    pressed?.up();
  };

  #hasFocus(): boolean {
    const { activeElement } = document;
    return activeElement === null || activeElement === document.body || this.#desk.current?.contains(activeElement) === true;
  }

  #do(act: DeskAct, code: string): void {
    const hands = this.#hands();
    this.letGo();
    switch (act.does) {
      case "load":
        return hands.load(act.place);
      case "look":
        return hands.look(act.place);
      case "air":
        return this.#holdAir(act.place, code);
      case "take":
        this.#pressed = { code, up: () => this.#hands().takeUp() };
        return hands.takeDown();
      case "revert":
        this.#pressed = { code, up: () => this.#hands().revertUp() };
        return hands.revertDown();
      case "look-at-revert":
        return hands.lookAtRevert();
      case "clear":
        return hands.clear();
      case "lock":
        return hands.lock();
      case "turn":
        return hands.turn(act.by);
      case "page":
        return hands.page(act.index);
      case "pane":
        return hands.pane(act.by);
    }
  }

  #holdAir(place: number, code: string): void {
    const timer = window.setTimeout(() => {
      this.letGo();
      this.#hands().air(place);
    }, HOLD_MS);
    this.#pressed = {
      code,
      up: () => {
        window.clearTimeout(timer);
        this.#hands().airUp();
      },
    };
    this.#hands().airDown(place);
  }
}
