import { build } from "vite";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** Builds the console, or the gallery of its parts, into a folder of the cache and says where. */
export const builtPages = async (which: "console" | "gallery"): Promise<string> => {
  const outDir = `${ROOT}/../../.cache/console-${which}-${process.pid}`;
  await build({
    root: which === "console" ? ROOT : `${ROOT}/gallery`,
    configFile: `${ROOT}/vite.config.ts`,
    logLevel: "error",
    build: { outDir, emptyOutDir: true },
  });
  return outDir;
};
