/** A key of the whole console or of one page, with what it does. */
export type KeyAct = { keys: string; does: string; act: () => void };

/** What of a key press matters here. */
export type Pressed = { key: string; ctrl: boolean; alt: boolean; shift: boolean; meta: boolean; isTyping: boolean };

/** The time within which the second key of `g d` is waited for. */
const SEQUENCE_MS = 1_000;

/**
 * Finds the act of a key press: `ctrl k`, `g d` (one after the other), `?`, `/`. Single keys are off while a field has focus.
 * Returns what to remember for the next press.
 */
export const actOf = (
  acts: readonly KeyAct[],
  pressed: Pressed,
  before: { key: string; at: number } | undefined,
  now: number,
): { act: KeyAct | undefined; before: { key: string; at: number } | undefined } => {
  if (pressed.alt || pressed.meta) {
    return { act: undefined, before: undefined };
  }
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  if (pressed.ctrl) {
    return { act: acts.find(({ keys }) => keys === `ctrl ${key}`), before: undefined };
  }
  if (pressed.isTyping) {
    return { act: undefined, before: undefined };
  }
  const sequence =
    before !== undefined && now - before.at <= SEQUENCE_MS ? acts.find(({ keys }) => keys === `${before.key} ${key}`) : undefined;
  if (sequence !== undefined) {
    return { act: sequence, before: undefined };
  }
  const isFirst = acts.some(({ keys }) => keys.startsWith(`${key} `) && !keys.startsWith("ctrl "));
  return { act: acts.find(({ keys }) => keys === key), before: isFirst ? { key, at: now } : undefined };
};
