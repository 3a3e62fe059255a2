import type { Locator, Page } from "playwright-core";
import type { FakeManager } from "../fake-manager.ts";

export type Scene = { manager: FakeManager; page: Page };

/** One state of the desk: how it comes about, and what is true in it and not before. */
export type DeskState = {
  /** Of the picture that is kept of it. */
  name: string;
  /** What the plant is like before the page is opened. */
  plant?: (manager: FakeManager) => void;
  who?: string;
  /** After the desk's own address. */
  path?: string;
  /** What is there when the page has come; otherwise the key of MATCH. */
  opened?: (page: Page) => Locator;
  bring?: (scene: Scene) => Promise<void>;
  /** What a desk at rest does not show. Where the state is that of a desk at rest, `leave` makes it go. */
  signs: (page: Page) => readonly Locator[];
  leave?: (scene: Scene) => Promise<void>;
  /** Judged in every theme, and not in the dark one alone. */
  isMajor?: boolean;
};

/** The Take button, as what it is and what it says. */
export const take = (page: Page, is: string, small: string | RegExp): Locator => page.locator(`.tk.${is}`, { hasText: small });

/** From now on no time goes by on the page: what passes in two seconds stays, and can be looked at. `aheadMs`: so much goes by first. */
export const stopClock = (page: Page, aheadMs = 0): Promise<void> =>
  page.evaluate(`(() => {
    const [now, mark] = [Date.now() + ${aheadMs}, performance.now() + ${aheadMs}];
    Date.now = () => now;
    performance.now = () => mark;
  })()`);

/** A key on its way straight to air never gets there: timers of that length do not end. */
export const stretchHolds = (page: Page): Promise<void> =>
  page.evaluate(`(() => {
    const real = window.setTimeout;
    window.setTimeout = (act, ms, ...rest) => real(act, ms === 600 ? 1e8 : ms, ...rest);
  })()`);

/** An answer that does not come while the test runs. */
export const never = (): Promise<never> => new Promise<never>(() => undefined);
