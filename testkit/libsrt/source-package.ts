import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { originsOf, sourceStanza, type PackageOrigin } from "./package-origins.ts";

/** A source package that was fetched: its version, and the file that describes it. */
export type SourcePackage = { version: string; description: string };

const APT_FOLDER = "/etc/apt";

/** Origins of the release that this machine runs, as its apt knows them. */
export const ownOrigins = (suite: string): PackageOrigin[] => {
  const parts = join(APT_FOLDER, "sources.list.d");
  const files = [join(APT_FOLDER, "sources.list"), ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [])];
  return files
    .filter((file) => existsSync(file) && /\.(list|sources)$/.test(file))
    .flatMap((file) => originsOf(readFileSync(file, "utf8"), file.endsWith(".sources") ? "sources" : "list", suite));
};

/** Fetches a source package of a suite into `folder`, with an apt state of its own there; a reason when it cannot be had. */
export const fetchSource = (name: string, origins: readonly PackageOrigin[], suite: string, folder: string): SourcePackage | string => {
  const parts = join(folder, "sources.list.d");
  for (const each of [parts, join(folder, "state/lists/partial"), join(folder, "cache/archives/partial")]) {
    mkdirSync(each, { recursive: true });
  }
  writeFileSync(join(parts, "source.sources"), origins.map((origin) => sourceStanza(origin, suite)).join("\n"));
  const options = [
    ...["-o", "Dir::Etc::sourcelist=/dev/null", "-o", `Dir::Etc::sourceparts=${parts}`],
    ...["-o", `Dir::State=${join(folder, "state")}`, "-o", "Dir::State::status=/var/lib/dpkg/status"],
    ...["-o", `Dir::Cache=${join(folder, "cache")}`, "-o", "APT::Sandbox::User="],
  ];
  const fetched =
    run("apt-get", [...options, "update", "-qq"], folder) ?? run("apt-get", [...options, "source", "-qq", "--download-only", name], folder);
  if (fetched !== undefined) {
    return fetched;
  }
  const description = readdirSync(folder).find((file) => file.endsWith(".dsc"));
  const version = description === undefined ? undefined : /^Version: (\S+)$/m.exec(readFileSync(join(folder, description), "utf8"))?.[1];
  return description === undefined || version === undefined
    ? `apt-get brought no description of ${name}`
    : { version, description: join(folder, description) };
};

/** Runs a program; what it complained of when it failed. */
export const run = (program: string, args: readonly string[], folder: string): string | undefined => {
  const done = spawnSync(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", maxBuffer: 2 ** 26 });
  return done.status === 0 ? undefined : `${program}: ${done.error?.message ?? (done.stderr + done.stdout).trim().slice(-2_000)}`;
};
