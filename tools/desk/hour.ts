import assert from "node:assert/strict";
import { join } from "node:path";
import type { Preset, Take } from "@bilbycast/contracts/manager-api";
import { integer, seeded } from "@bilbycast/testkit/random";
import { waitFor } from "@bilbycast/testkit/peers";
import { NO_ERRORS } from "@bilbycast/testkit/ts-checker";
import { openBrowser } from "../stack/browser.ts";
import { ManagerApi } from "../stack/manager-api.ts";
import { stackFolder } from "../stack/running-stack.ts";
import { Director } from "./director.ts";
import { traceFrames, type Frames } from "./frames.ts";
import { startManager } from "./manager-program.ts";
import { openStudio, type Studio } from "./studio.ts";

export type Hour = {
  takes: number;
  /** Of each take, from the key in the browser to the answer that all nodes have obeyed. */
  clickMs: number[];
  /** In the manager, from the press to the answer of the last node and to the first new datagram of the last output. */
  acknowledgedMs: number[];
  verifiedMs: number[];
  /** Milliseconds from the key to the decoded picture on the last output. */
  shownMs: number[];
  /** Main-thread time of each frame that the browser drew, in milliseconds: while the director looks, and while they press. */
  frames?: { calm: Frames; pressing: Frames };
};

const EDGES = 3;
const PRESETS = 20;

/** A page of presets, and how they are called. */
type Page = { page: string; name: string; label: string; count: number };
const MATCH: Page = { page: "Match", name: "Scene", label: "SC", count: PRESETS };
/** With those, 64: as many as a large desk has. */
const MORE: Page = { page: "More", name: "More", label: "MO", count: 44 };
const DIRECTOR = { username: "d.irector", password: "Second-Password-2" };

/**
 * A director's hour: presets over three edges, taken by keyboard in a browser, one after the other. After each the strip of the right source
 * must be decoded at every output, and the desk must have proved it; at the end no receiver may have had anything to notice.
 */
export const directorsHour = async (
  takes: number,
  seed: number,
  tell: (line: string) => void,
  { withFrames = false } = {},
): Promise<Hour> => {
  const random = seeded(seed);
  const folder = stackFolder();
  const stack = await startManager(folder.path);
  const root = await ManagerApi.logIn(stack.address, stack.username, stack.password);
  const browser = await openBrowser();
  let studio: Studio | undefined;
  try {
    const { groups } = await root.get<{ groups: { id: string }[] }>("/groups");
    const groupId = groups[0]?.id ?? assert.fail();
    studio = await openStudio(root, groupId, folder.path, EDGES);
    const presets = await makePresets(root, groupId, studio, MATCH);
    await hire(root, stack.address, groupId);
    const director = await Director.sitDown(browser, stack.address, DIRECTOR, groupId);
    const hour: Hour = { takes: 0, clickMs: [], acknowledgedMs: [], verifiedMs: [], shownMs: [] };
    let place = -1;
    for (; hour.takes < takes; hour.takes++) {
      place = (place + 1 + integer(random, PRESETS - 1)) % PRESETS;
      const preset = presets[place] ?? assert.fail();
      const pressedAt = performance.now();
      hour.clickMs.push(await director.takes(place, preset.short_label));
      await studio.shows(preset);
      hour.shownMs.push(performance.now() - pressedAt);
      const take = await provedTake(root, groupId, preset);
      hour.acknowledgedMs.push(take.acknowledged_ms ?? Number.NaN);
      hour.verifiedMs.push(...(take.verified_ms === null ? [] : [take.verified_ms]));
      if ((hour.takes + 1) % 10 === 0) {
        tell(`${hour.takes + 1} takes`);
      }
    }
    judge(studio, takes);
    if (withFrames) {
      await makePresets(root, groupId, studio, MORE);
      hour.frames = await drawnFrames(director, presets);
    }
    await picture(director, presets[(place + 1) % PRESETS]);
    assert.deepEqual(director.complaints, [], "the browser has nothing to complain of");
    return hour;
  } catch (cause) {
    throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
  } finally {
    await browser.close();
    await studio?.close();
    await root.close();
    await stack.end();
    folder.remove();
  }
};

/** The desk with something next and something on air, where a folder for pictures is named. */
const picture = async ({ page, take }: Director, next: Preset | undefined): Promise<void> => {
  const folder = process.env["BILBYCAST_SCREENSHOTS"];
  if (folder === undefined || next === undefined) {
    return;
  }
  await page.locator(".key", { hasText: next.short_label }).first().click();
  await take.getByText("Space", { exact: true }).waitFor();
  for (const theme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: join(folder, `switcher-${theme}.png`) });
  }
};

/** Seconds for which frames are traced. */
const TRACED_SECONDS = 20;

/** With four pictures on either monitor, all of them live, and as many presets as a large desk has. */
const drawnFrames = async (director: Director, presets: readonly Preset[]): Promise<NonNullable<Hour["frames"]>> => {
  const { page } = director;
  await director.takes(0, presets[0]?.short_label ?? "");
  await page.getByLabel("Picture of PGM").selectOption("all");
  const load = async (place: number): Promise<void> => {
    await page.keyboard.press(`Digit${place + 1}`);
    await director.take.getByText(presets[place]?.short_label ?? "", { exact: true }).waitFor();
  };
  for (const place of [1, 2]) {
    await load(place);
    await page.getByLabel("Picture of PVW").selectOption("all");
  }
  await waitFor("eight live pictures", async () => (await page.locator(".mons canvas:visible").count()) >= 8, 60);
  const calm = await traceFrames(page, TRACED_SECONDS);
  const pressing = traceFrames(page, TRACED_SECONDS);
  for (let second = 0; second < TRACED_SECONDS - 1; second++) {
    await load(1 + (second % 2));
    await page.waitForTimeout(900);
  }
  return { calm, pressing: await pressing };
};

const makePresets = async (
  root: ManagerApi,
  groupId: string,
  studio: Studio,
  { count, label, name, page: pageName }: Page,
): Promise<Preset[]> => {
  const page = await root.post<{ id: string }>("/switcher/pages", { group_id: groupId, name: pageName });
  const all = studio.nodes.map(({ id }) => id);
  const presets: Preset[] = [];
  for (let i = 0; i < count; i++) {
    // All edges, or one of them: what the others carry stays.
    const on = i % 5 === 4 ? [all[i % all.length] ?? ""] : all;
    presets.push(
      await root.post<Preset>("/switcher/presets", {
        group_id: groupId,
        page_id: page.id,
        position: i,
        name: `${name} ${i + 1}`,
        short_label: `${label} ${i + 1}`,
        actions: studio.actions(i % 4, (i + 1 + Math.floor(i / 4)) % 4, on),
      }),
    );
  }
  return presets;
};

/** Somebody with no more rights than a director has. */
const hire = async (root: ManagerApi, address: string, groupId: string): Promise<void> => {
  const first = "First-Password-1";
  await root.post("/users", {
    group_id: groupId,
    role: "operator",
    username: DIRECTOR.username,
    password: first,
    display_name: "Dana Irector",
    email: null,
  });
  const api = await ManagerApi.logIn(address, DIRECTOR.username, first);
  await api.post("/auth/change-password", { current_password: first, new_password: DIRECTOR.password });
  await api.close();
};

const provedTake = async (root: ManagerApi, groupId: string, preset: Preset): Promise<Take> => {
  const { takes } = await root.until<{ takes: Take[] }>("a proved take", `/switcher/desks/${groupId}`, ({ takes: [newest] }) =>
    ["verified", "unconfirmed", "partial", "failed", "interrupted"].includes(newest?.state ?? ""),
  );
  const [take] = takes;
  assert.deepEqual([take?.preset_id, take?.state], [preset.id, "verified"], JSON.stringify(take?.results));
  return take ?? assert.fail();
};

/** A section that a switch cuts is thrown away by whoever reads it; nothing else may be noticed, and no picture is broken but those of a cut. */
const judge = (studio: Studio, takes: number): void => {
  for (const { broken, pictures, report } of studio.wires) {
    const { brokenSection, straySection, ...errors } = report.errors;
    const { brokenSection: _, straySection: __, ...none } = NO_ERRORS;
    assert.deepEqual(errors, none, JSON.stringify(report.first.slice(0, 20)));
    assert.ok(brokenSection <= takes && straySection <= takes);
    assert.ok(pictures > 25 * Math.min(takes, 5), `${pictures} pictures`);
    assert.ok(report.discontinuityCount > 0 && report.discontinuityCount <= takes);
    assert.equal(broken, 0, `${broken} of ${pictures} pictures are broken`);
  }
};
