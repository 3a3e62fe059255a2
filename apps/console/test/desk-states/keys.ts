import { arm, hasTally, key, loadToTake } from "../desk-page.ts";
import { alarms, cards, me, PEOPLE, uuid } from "../plant.ts";
import type { DeskState } from "./state.ts";

const [AMS, NGA] = [uuid(3), uuid(5)];
const named = (label: string): RegExp => new RegExp(`^${label}$`);
const byId = (list: readonly { id: string }[]): Record<string, unknown> => Object.fromEntries(list.map((each) => [each.id, each]));

/** Keys beside those on a bus, the list of what a take changes, and the line of alarms. */
export const KEYS: readonly DeskState[] = [
  {
    name: "keys-at-rest",
    signs: (page) => [
      page.locator(".key.pgm:not(.edit) .lb", { hasText: named("MATCH") }),
      page.locator('.key.add[data-place="23"]', { hasText: "Empty" }),
      page.locator(".key.none:not(.edit, .as-now, .differs) .lb", { hasText: named("GOAL") }),
      page.locator(".key.none.as-now:not(.edit)", { hasText: "as now" }).locator(".lb", { hasText: named("CLEAN") }),
      page.locator(".key.none.differs:not(.edit)", { hasText: "1 differs" }).locator(".lb", { hasText: named("HS CAM") }),
      page.locator(".key.offline:not(.edit)", { hasText: "node offline" }).locator(".lb", { hasText: named("MAN REM") }),
    ],
    leave: ({ page }) => page.getByRole("button", { name: "Edit" }).click(),
  },
  {
    name: "key-on-both-buses",
    bring: async ({ page }) => {
      await page.keyboard.press("1");
      await hasTally(page, "MATCH", "both");
    },
    signs: (page) => [
      page.locator(".key.both .lb", { hasText: named("MATCH") }),
      page.locator(".imp .big", { hasText: "Nothing on air will change" }),
      // What stays is named once.
      page.locator(".imp .act.same .ch", { hasText: /^cam-match-clean/ }),
    ],
  },
  {
    name: "key-differs-from-the-plant",
    bring: async ({ page, manager }) => {
      manager.desk.drift(NGA, "flow-1", "slate");
      await key(page, "MATCH").getByText("1 differs").waitFor();
    },
    signs: (page) => [
      key(page, "MATCH").and(page.locator(".none.differs")),
      key(page, "BREAK").getByText("as now"),
      page.locator(".monitor.none", { hasText: "MATCH was changed on a node" }),
    ],
  },
  {
    name: "key-labels-of-eight-letters",
    plant: ({ desk: { shelf } }) => {
      for (const [was, label] of [
        ["MATCH", "HALFTIME"],
        ["REPLAY A", "COMMENTS"],
        ["CLOSE", "WARM-UPS"],
        ["GOAL", "MAGAZINE"],
      ] as const) {
        const { id, version, updated_by: _, ...draft } = shelf.byLabel(was);
        shelf.update(id, version, { ...draft, short_label: label }, PEOPLE.okafor);
      }
    },
    opened: (page) => key(page, "HALFTIME"),
    bring: async ({ page }) => {
      await arm(page);
      await loadToTake(page, "2");
    },
    signs: (page) => [page.locator(".key.pvw .lb", { hasText: named("COMMENTS") }), key(page, "MAGAZINE"), key(page, "WARM-UPS")],
  },
  {
    name: "key-not-known",
    plant: ({ desk }) => void desk.untold.set(NGA, "not_told_yet"),
    signs: (page) => [key(page, "GOAL").and(page.locator(".unknown")), key(page, "GOAL").getByText("not known")],
  },
  {
    name: "key-node-gone",
    plant: (manager) => {
      manager.desk.untold.set(AMS, "node_gone");
      manager.live("nodes", () => byId(cards(Date.now()).filter(({ id }) => id !== AMS)));
    },
    signs: (page) => [key(page, "MATCH").and(page.locator(".gone")), key(page, "REPLAY A").getByText("node gone")],
  },
  {
    name: "key-no-right",
    who: "mensah",
    signs: (page) => [key(page, "REPLAY A").and(page.locator(".no-right")), key(page, "MATCH").getByText("no right")],
  },
  {
    name: "key-actions",
    bring: async ({ page }) => {
      await key(page, "REPLAY A").hover();
      await page.getByRole("button", { name: "Actions of REPLAY A" }).click();
    },
    signs: (page) => [page.locator(".key .acts", { hasText: "Hold: to air" })],
  },
  {
    name: "key-looked-at",
    bring: async ({ page }) => {
      await page.keyboard.press("3");
      await hasTally(page, "CLOSE", "pvw");
      await page.keyboard.press("Shift+Digit2");
      await page.locator(".imp .big", { hasText: "9 outputs on 3 nodes" }).waitFor();
    },
    signs: (page) => [page.locator(".looked", { hasText: "REPLAY A, not loaded" })],
  },
  {
    name: "keys-of-the-emergency-page",
    bring: async ({ page }) => {
      await page.keyboard.press("F5");
      await key(page, "EMER 1").waitFor();
    },
    signs: (page) => [key(page, "EMER 3"), page.locator(".pages .t[aria-current]", { hasText: "Emergency" })],
  },
  {
    name: "no-presets-yet",
    plant: ({ desk }) => desk.empty(),
    opened: (page) => page.locator(".keys.none"),
    signs: (page) => [
      page.getByRole("link", { name: "Make the first one" }),
      page.locator(".monitor.none", { hasText: "No preset is on air" }),
      page.getByText("Nothing was taken yet."),
    ],
  },
  {
    name: "alarm-open",
    signs: (page) => [page.locator(".strip", { hasText: "84 % of units in use" }).getByRole("button", { name: "Acknowledge" })],
    leave: async ({ page, manager }) => {
      manager.live("alarms", () => ({}));
      await page.reload();
      await page.getByText("No open alarms on the nodes of this desk").waitFor();
    },
  },
  {
    name: "alarm-seen",
    plant: (manager) =>
      manager.live("alarms", () =>
        byId(
          alarms(Date.now())
            .filter(({ is_raised: isRaised }) => isRaised)
            .map((alarm) => ({ ...alarm, acknowledged_by: "T. Okafor", acknowledged_at: new Date().toISOString() })),
        ),
      ),
    signs: (page) => [page.locator(".strip", { hasText: "seen by T. Okafor" })],
  },
  {
    name: "alarm-none",
    plant: (manager) => manager.live("alarms", () => ({})),
    signs: (page) => [page.getByText("No open alarms on the nodes of this desk")],
  },
  {
    name: "viewer-refused",
    who: "lind",
    opened: (page) => page.getByText("This desk is not yours to steer"),
    signs: (page) => [page.getByText(/Needs Operator\./)],
  },
  {
    name: "desk-out-of-sight",
    who: "lind",
    plant: (manager) => manager.answer("me", ({ person }) => ({ status: 200, value: me({ ...person, role: "operator" }) })),
    opened: (page) => page.getByText("The desk is out of sight"),
    signs: (page) => [page.getByText("The desk is out of sight"), page.getByRole("button", { name: "Lock desk", disabled: true })],
  },
];
