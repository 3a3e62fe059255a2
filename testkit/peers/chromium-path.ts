import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where the system's Chromium is: a browser's driver asks for the whole path. */
export const chromiumPath = (): string =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "chromium"))
    .find((file) => existsSync(file)) ?? "chromium";
