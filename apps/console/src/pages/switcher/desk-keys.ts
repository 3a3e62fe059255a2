/** Places of the keys by position on the keyboard (UI Events KeyboardEvent code values): what is printed on them does not matter. */
const CODES: readonly string[] = [
  ..."12345678".split("").map((digit) => `Digit${digit}`),
  ..."QWERTYUI".split("").map((letter) => `Key${letter}`),
  ..."ASDFGHJK".split("").map((letter) => `Key${letter}`),
];

/** What stands in the corner of a key, by place. */
export const LETTERS: readonly string[] = CODES.map((code) => code.at(-1) ?? "");

export const ROW_LENGTH = 8;

export type Pressed = { code: string; key: string; ctrl: boolean; alt: boolean; shift: boolean; meta: boolean };

/** load, look, air: a preset key by its place, 0 to 23. */
export type DeskAct =
  | { does: "load" | "look" | "air"; place: number }
  | { does: "take" | "clear" | "revert" | "look-at-revert" | "lock" }
  | { does: "turn"; by: 1 | -1 }
  | { does: "page"; index: number }
  | { does: "pane"; by: 1 | -1 };

/** What a key does on the desk; `undefined`: nothing of the desk's. */
export const deskActOf = (pressed: Pressed): DeskAct | undefined => {
  const { code, ctrl, alt, shift, meta } = pressed;
  if (meta) {
    return undefined;
  }
  if (ctrl) {
    return !alt && isZ(pressed) ? { does: shift ? "look-at-revert" : "revert" } : undefined;
  }
  const place = CODES.indexOf(code);
  if (place >= 0) {
    return alt && shift ? undefined : { does: alt ? "air" : shift ? "look" : "load", place };
  }
  return alt ? undefined : plainActOf(code, shift);
};

const plainActOf = (code: string, shift: boolean): DeskAct | undefined => {
  if (code === "Tab") {
    return { does: "turn", by: shift ? -1 : 1 };
  }
  if (code === "F6") {
    return { does: "pane", by: shift ? -1 : 1 };
  }
  if (shift) {
    return undefined;
  }
  switch (code) {
    case "Space":
      return { does: "take" };
    case "Escape":
      return { does: "clear" };
    case "KeyL":
      return { does: "lock" };
    default: {
      const page = /^F([1-8])$/.exec(code);
      return page === null ? undefined : { does: "page", index: Number(page[1]) - 1 };
    }
  }
};

/** Undo is where Z is printed; where no Latin letters are printed, where it would be. */
const isZ = ({ code, key }: Pressed): boolean => key.toLowerCase() === "z" || (code === "KeyZ" && !/^[a-z]$/i.test(key));

/** Two presses for the same thing nearer to each other than this are one: keys that repeat and fingers that bounce. */
const GUARD_MS = 300;

/** A press that did something: what, and when, in milliseconds. */
export type Acted = { what: string; at: number };

/** Whether a press is still the last one. Another key was loaded in between: whoever is that fast means the next take. */
export const isGuarded = (last: Acted | undefined, { what, at }: Acted): boolean =>
  last !== undefined && last.what === what && at - last.at < GUARD_MS;

/** All keys of the desk, for the sheet that `?` opens. None of these is a key of the console by its name: what it does is not done twice. */
export const KEY_LINES: readonly (readonly [keys: string, does: string])[] = [
  ["1–8", "Load PVW from row 1"],
  ["Q–I", "Load PVW from row 2, by position"],
  ["A–K", "Load PVW from row 3, by position"],
  ["Space", "Take; held where it asks for it, and held to arm the desk"],
  ["Alt key", "Held 0.6 s: straight to air"],
  ["Shift key", "Show what it would change, and load nothing"],
  ["Esc", "Clear PVW"],
  ["Ctrl Z", "Revert the last take, for 30 s"],
  ["Ctrl ⇧ Z", "Show what a revert would put back, and do nothing"],
  ["Tab ⇧Tab", "Next page, the one before"],
  ["F1–F8", "Page 1 to 8, but page 6: F6 walks the panes"],
  ["L", "Lock the desk, or let others take again"],
  ["F6 ⇧F6", "Next pane, the one before; in the others Tab walks as everywhere"],
  ["Arrows", "Walk the preset keys; Enter loads"],
];
