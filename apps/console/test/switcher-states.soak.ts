import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { before, test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { violationsOf } from "./accessibility.ts";
import { openPage } from "./browser.ts";
import { key, openDesk } from "./desk-page.ts";
import { AFTER_TAKE } from "./desk-states/after.ts";
import { BEFORE_TAKE } from "./desk-states/before.ts";
import { KEYS } from "./desk-states/keys.ts";
import { MONITORS } from "./desk-states/monitors.ts";
import { PEOPLE_AND_EDITOR } from "./desk-states/people.ts";
import { stopClock, type DeskState } from "./desk-states/state.ts";
import type { FakeManager } from "./fake-manager.ts";
import { GROUP } from "./plant.ts";
import { withStandIn } from "./stand-in.ts";

const STATES: readonly DeskState[] = [...BEFORE_TAKE, ...AFTER_TAKE, ...KEYS, ...MONITORS, ...PEOPLE_AND_EDITOR];
/** With a folder in it every state is kept there as a picture, for whoever looks at them. */
const PICTURES = process.env["BILBYCAST_SCREENSHOTS"];

let manager: FakeManager;
withStandIn((started) => (manager = started));
before(() => {
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
  }
});

/** Words that are read from afar: those cut off or outside of what holds them, those under 23 px, and letters of keys under a chip. */
const ILLEGIBLE = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)].filter((each) => each.getClientRects().length > 0);
  const named = (each) => each.className + " " + each.textContent.trim();
  const isCut = (each) => {
    const [own, box] = [each.getBoundingClientRect(), each.parentElement.getBoundingClientRect()];
    const isOut = own.right > box.right + 1 || own.bottom > box.bottom + 1 || own.left < box.left - 1 || own.top < box.top - 1;
    return isOut || (each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0);
  };
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const read = ".monitor > header > span:not(.aside), .monitor > header > b, .monitor .partial, .monitor div:not(.quad) > .vid > .signal, .monitor .screen > .vid > span.none, .monitor div:not(.quad) > .vid > span.none, .tk > .word, .tk > .to, .key .lb";
  return [
    ...all(read + ", .take > *, .take > :not(.failure) > *").filter((each) => !each.matches(".spoken") && isCut(each)).map((each) => "cut off: " + named(each)),
    ...all(read).filter((each) => Number.parseFloat(getComputedStyle(each).fontSize) < 23).map((each) => "too small: " + named(each)),
    // Of actions of a key under its way out.
    ...all(".key .acts li > *").filter((each) => meet(each.getBoundingClientRect(), each.closest(".key").querySelector(".more").getBoundingClientRect())).map((each) => "under the way out: " + named(each)),
    ...all(".key .fl > *").filter((each) => meet(each.getBoundingClientRect(), each.closest(".pic").querySelector(".k").getBoundingClientRect())).map((each) => "over its letter: " + named(each)),
  ];
})()`;

/** How high the monitors are: nothing that comes and goes may move the keys under a finger. */
const MONITORS_HIGH = `document.querySelector(".mons")?.getBoundingClientRect().height`;
let monitorsHigh: number | undefined;

const judge = async (t: TestContext, state: DeskState, theme: string): Promise<void> => {
  state.plant?.(manager);
  const { page, complaints } = await openPage(t, `${manager.url}/switcher/${GROUP}${state.path ?? ""}`, {
    theme,
    ...(state.who === undefined ? {} : { who: state.who }),
  });
  await (state.opened?.(page) ?? key(page, "MATCH")).waitFor();
  await state.bring?.({ manager, page });
  const signs = state.signs(page);
  const seen = (): Promise<unknown> => Promise.all(signs.map((sign) => sign.waitFor()));
  await seen();
  await picturesCome(page);
  await stopClock(page);
  await seen();
  if (PICTURES !== undefined) {
    await page.screenshot({ path: `${PICTURES}/${state.name}-${theme}.png` });
  }
  assert.deepEqual(await page.evaluate<string[]>(ILLEGIBLE), []);
  const high = await page.evaluate<number | undefined>(MONITORS_HIGH);
  monitorsHigh ??= high;
  assert.ok(high === undefined || high === monitorsHigh, `the monitors are ${high} px high, not ${monitorsHigh}`);
  assert.deepEqual(await violationsOf(page), [], "axe");
  for (const sign of signs) {
    assert.ok(await sign.isVisible(), `${String(sign)} went away while it was judged`);
  }
  // What a state is made of may be a refusal, and the browser notes each.
  assert.deepEqual(
    complaints.filter((each) => !/Failed to load resource|WebSocket connection/.test(each)),
    [],
  );
};

/** Stills of keys come four at a time: a picture without them is none of the desk. */
const picturesCome = async (page: Page): Promise<void> => {
  if (PICTURES !== undefined) {
    const missing = page.locator(".key .still > img[hidden]").first();
    await missing.waitFor({ state: "detached", timeout: 3_000 }).catch(() => undefined);
  }
};

test("a desk at rest shows the signs of no other state", async (t) => {
  const { page } = await openDesk(t, manager);
  await page.locator(".monitor.pgm .monitor-picture.live").waitFor();
  for (const { name, signs, leave } of STATES) {
    const shown = await Promise.all(signs(page).map((sign) => sign.count()));
    assert.equal(
      shown.every((count) => count > 0),
      leave !== undefined,
      name,
    );
  }
});

for (const state of STATES) {
  for (const theme of state.isMajor === true ? ["dark", "light", "contrast"] : ["dark"]) {
    test(`${state.name}, ${theme}`, (t) => judge(t, state, theme));
  }
}

for (const state of STATES.filter(({ leave }) => leave !== undefined)) {
  test(`${state.name} is left, and so are its signs`, async (t) => {
    const { page } = await openDesk(t, manager);
    await Promise.all(state.signs(page).map((sign) => sign.waitFor()));
    await state.leave?.({ manager, page });
    for (const sign of state.signs(page)) {
      await sign.waitFor({ state: "hidden" });
    }
  });
}
