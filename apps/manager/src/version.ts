import { readFileSync } from "node:fs";

/** The program's version, as its manifest says. */
export const managerVersion = (): string => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
};
