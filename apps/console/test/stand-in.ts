import { rmSync } from "node:fs";
import { after, afterEach, before, beforeEach } from "node:test";
import { closeBrowser } from "./browser.ts";
import { builtPages } from "./built.ts";
import { FakeManager } from "./fake-manager.ts";

/** Has each test of a file find the built console over a stand-in of the manager: a new one, of which `onStart` is told. `folder`: of the build. */
export const withStandIn = (onStart: (manager: FakeManager, folder: string) => void): void => {
  let folder = "";
  let manager: FakeManager | undefined;
  before(async () => {
    folder = await builtPages("console");
  });
  after(async () => {
    await closeBrowser();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    manager = await FakeManager.start(folder);
    onStart(manager, folder);
  });
  afterEach(() => manager?.close());
};
