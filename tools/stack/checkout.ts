import { spawnSync } from "node:child_process";
import { chownSync, cpSync, lchownSync, mkdirSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Not in a clone: what is installed, built or kept beside it. */
const LEFT_OUT = new Set(["node_modules", ".git", ".cache", "dist"]);

/**
 * This checkout as it stands, copied below a folder that belongs to the account and that nobody else can enter, as a home is. Its packages are
 * hard links to those of this checkout: they are read, and installing them is another matter. Answers where it is.
 */
export const copyCheckout = (home: string, { uid, gid }: { uid: number; gid: number }): string => {
  const copy = join(home, "bilbycast");
  mkdirSync(home, { mode: 0o700 });
  cpSync(ROOT, copy, {
    recursive: true,
    filter: (path) =>
      !relative(ROOT, path)
        .split("/")
        .some((name) => LEFT_OUT.has(name)),
  });
  const source = join(ROOT, "node_modules");
  const target = join(copy, "node_modules");
  // Where the system keeps temporary files apart they are real copies.
  if (spawnSync("cp", ["-al", source, target]).status !== 0 && spawnSync("cp", ["-a", source, target]).status !== 0) {
    throw new Error(`the packages could not be brought to ${target}`);
  }
  if (process.getuid?.() === 0) {
    giveTo(copy, uid, gid, relative(copy, target));
    chownSync(home, uid, gid);
  }
  return copy;
};

/** All of it, but of the packages the folders alone: their files are this checkout's as well. */
const giveTo = (folder: string, uid: number, gid: number, packages: string): void => {
  lchownSync(folder, uid, gid);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isPackage = relative(folder, path).startsWith(packages);
    if (!isPackage || entry.isDirectory()) {
      lchownSync(path, uid, gid);
    }
  }
};
