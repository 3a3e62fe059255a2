import { arm, hasTally, key } from "../desk-page.ts";
import { PEOPLE, uuid } from "../plant.ts";
import { take, type DeskState, type Scene } from "./state.ts";

const opensClose = async ({ page }: Scene): Promise<void> => {
  await key(page, "CLOSE").locator(".face").click();
  await page.getByRole("dialog", { name: "Preset CLOSE" }).getByLabel("Name", { exact: true }).fill("Mine");
};

/** Somebody else saves the preset that is open here. */
const savesClose = ({ manager }: Scene): void => {
  const { id, version, updated_by: _, ...draft } = manager.desk.shelf.byLabel("CLOSE");
  manager.desk.shelf.update(id, version, { ...draft, name: "Theirs" }, PEOPLE.okafor);
};

/** Who else is here, who keeps the desk, and the editor. */
export const PEOPLE_AND_EDITOR: readonly DeskState[] = [
  {
    name: "two-directors",
    bring: async ({ page, manager }) => {
      manager.desk.sit(uuid(70_001), "live", true, PEOPLE.okafor);
      manager.desk.sit(uuid(70_002), "edit", false, PEOPLE.mensah);
      await page.locator(".seats", { hasText: "Dela Mensah" }).waitFor();
    },
    signs: (page) => [
      page.locator(".seats", { hasText: "Tunde Okafor (armed)" }),
      page.locator(".seats", { hasText: "Dela Mensah (edit)" }),
    ],
  },
  {
    name: "locked-by-me",
    bring: ({ page }) => page.keyboard.press("l"),
    signs: (page) => [page.getByRole("button", { name: "Unlock desk", pressed: true })],
  },
  {
    name: "locked-by-another",
    plant: ({ desk }) => void desk.lock(true, false, PEOPLE.okafor),
    bring: async ({ page }) => {
      await page.keyboard.press("3");
      await hasTally(page, "CLOSE", "pvw");
    },
    signs: (page) => [
      take(page, "off", "Locked by Tunde Okafor"),
      page.locator(".banner.warning", { hasText: "Tunde Okafor has locked this desk." }),
      page.getByRole("button", { name: "Locked by Tunde Okafor", exact: true, disabled: true }).and(page.locator(".btn.locked")),
    ],
  },
  {
    name: "taken-over",
    bring: async ({ page, manager }) => {
      await arm(page);
      await page.keyboard.press("l");
      await page.getByRole("button", { name: "Unlock desk" }).waitFor();
      manager.desk.lock(true, true, PEOPLE.okafor);
    },
    signs: (page) => [
      page.locator(".banner.warning", { hasText: "Tunde Okafor took over this desk." }),
      page.locator(".armed.safe", { hasText: "another director" }),
    ],
  },
  {
    name: "edit-mode",
    path: "?mode=edit",
    signs: (page) => [page.locator(".editing", { hasText: "EDIT" }), page.locator(".desk.edit .key.edit .lb", { hasText: /^MATCH$/ })],
  },
  {
    name: "edit-draft",
    path: "?mode=edit",
    bring: opensClose,
    signs: (page) => [page.getByRole("dialog", { name: "Preset CLOSE" }).locator('input[value="Mine"]')],
  },
  {
    name: "edit-invalid",
    path: "?mode=edit",
    bring: async ({ page }) => {
      await page.getByRole("button", { name: "New preset" }).click();
      await page.getByRole("button", { name: "Create preset" }).click();
    },
    signs: (page) => [
      page.getByRole("dialog", { name: "New preset" }).getByText(/\d to mend/),
      page.getByText("Choose an input for one flow at least."),
    ],
  },
  {
    name: "edit-conflict",
    path: "?mode=edit",
    bring: async (scene) => {
      await opensClose(scene);
      savesClose(scene);
    },
    signs: (page) => [page.locator(".sheet .note.warning", { hasText: "Tunde Okafor changed this preset since you opened it." })],
  },
  {
    name: "edit-merge",
    path: "?mode=edit",
    bring: async (scene) => {
      await opensClose(scene);
      savesClose(scene);
      await scene.page.getByRole("button", { name: "See both" }).click();
    },
    signs: (page) => [page.getByRole("region", { name: "Changed by both" }).getByRole("radio", { name: "Theirs" })],
  },
  {
    name: "edit-delete",
    path: "?mode=edit",
    bring: async ({ page }) => {
      await key(page, "BARS").locator(".face").click();
      await page.getByRole("button", { name: "Delete preset" }).click();
    },
    signs: (page) => [page.getByRole("alertdialog").getByText("Its key is empty then. Nothing on air changes.")],
  },
  {
    name: "edit-page",
    path: "?mode=edit",
    bring: ({ page }) => page.getByRole("button", { name: "Change page" }).click(),
    signs: (page) => [page.getByRole("dialog", { name: "Page Match" }).getByRole("button", { name: "Save page" })],
  },
  {
    name: "key-sheet",
    bring: ({ page }) => page.keyboard.press("?"),
    signs: (page) => [page.getByRole("dialog", { name: "Keys of this page" }).getByText("Load PVW from row 1")],
  },
];
