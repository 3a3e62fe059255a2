import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { fetchSource, ownOrigins, run, type SourcePackage } from "./source-package.ts";

/** libsrt with socket groups, which no distribution compiles in; with AEAD too where the version has it. */
export type Libsrt = { version: string; hasAead: boolean; program(name: LibsrtProgram): string };

const PROGRAMS = ["srt-live-transmit", "srt-test-live", "srt-test-mpbond"] as const;
export type LibsrtProgram = (typeof PROGRAMS)[number];

/** Debian packages that the build needs. */
export const LIBSRT_BUILD_PACKAGES = ["cmake", "make", "g++", "dpkg-dev", "libssl-dev"];

const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "bilbycast", "libsrt");
const FACTS = "facts.json";
/** Releases that have a version with AEAD where the machine's own has none, newest first. */
const NEWER_SUITES: Readonly<Record<string, readonly string[]>> = { debian: ["forky", "trixie"], ubuntu: ["resolute", "questing"] };

/** The newest libsrt that was built on this machine. */
export const findLibsrt = (): Libsrt | undefined => {
  const versions = existsSync(CACHE) ? readdirSync(CACHE).filter((name) => existsSync(join(CACHE, name, FACTS))) : [];
  const newest = versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  if (newest === undefined) {
    return undefined;
  }
  const folder = join(CACHE, newest);
  const { hasAead } = JSON.parse(readFileSync(join(folder, FACTS), "utf8")) as { hasAead: boolean };
  return { version: newest, hasAead, program: (name) => join(folder, name) };
};

/** The same; throws when there is none: a test that needs it never passes without. */
export const builtLibsrt = (): Libsrt => {
  const found = findLibsrt();
  if (found === undefined) {
    throw new Error("libsrt with socket groups has not been built: run node tools/run.cjs tools/peers.ts");
  }
  return found;
};

/** Builds it from the distribution's source package unless that was done before; a reason when it cannot be had. */
export const buildLibsrt = (print: (line: string) => void): string | undefined => {
  if (findLibsrt() !== undefined) {
    return undefined;
  }
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, ".build-"));
  try {
    const source = newestSource(folder, print);
    if (typeof source === "string") {
      return source;
    }
    print(`building libsrt ${source.version} with socket groups`);
    return compile(source, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Of the newest suite whose source package can be had from where this machine gets its own packages. */
const newestSource = (folder: string, print: (line: string) => void): SourcePackage | string => {
  const { ID: system = "", VERSION_CODENAME: own = "" } = systemFacts();
  const reasons: string[] = [];
  for (const suite of [...(NEWER_SUITES[system] ?? []), own]) {
    const place = join(folder, suite);
    mkdirSync(place, { recursive: true });
    const source = fetchSource("srt", ownOrigins(own), suite, place);
    if (typeof source !== "string") {
      return source;
    }
    print(`no source package of libsrt from ${suite}`);
    reasons.push(source);
  }
  return reasons.join("\n");
};

const systemFacts = (): Record<string, string> =>
  Object.fromEntries(
    readFileSync("/etc/os-release", "utf8")
      .split("\n")
      .map((line) => line.split("=", 2))
      .map(([name = "", value = ""]) => [name, value.replaceAll('"', "")]),
  );

const compile = (source: SourcePackage, folder: string): string | undefined => {
  const tree = join(folder, "tree");
  const unpacked = run("dpkg-source", ["--no-check", "-x", source.description, tree], folder);
  if (unpacked !== undefined) {
    return unpacked;
  }
  const hasAead = readFileSync(join(tree, "CMakeLists.txt"), "utf8").includes("ENABLE_AEAD_API_PREVIEW");
  const options = [
    ...["-DENABLE_BONDING=ON", "-DENABLE_TESTING=ON", "-DENABLE_SHARED=OFF", "-DENABLE_UNITTESTS=OFF"],
    ...(hasAead ? ["-DENABLE_AEAD_API_PREVIEW=ON", "-DUSE_ENCLIB=openssl-evp"] : ["-DUSE_ENCLIB=openssl"]),
    ...["-DCMAKE_BUILD_TYPE=None", "-DCMAKE_C_FLAGS=-O1", "-DCMAKE_CXX_FLAGS=-O1"],
  ];
  const made = join(folder, "made");
  const failed =
    run("cmake", ["-S", tree, "-B", made, ...options], folder) ??
    run("cmake", ["--build", made, "--parallel", `${availableParallelism()}`, "--target", ...PROGRAMS], folder);
  if (failed !== undefined) {
    return failed;
  }
  const place = join(folder, "place");
  mkdirSync(place);
  for (const name of PROGRAMS) {
    cpSync(join(made, name), join(place, name));
  }
  writeFileSync(join(place, FACTS), JSON.stringify({ hasAead }));
  // Somebody else may have been faster.
  if (!existsSync(join(CACHE, source.version))) {
    renameSync(place, join(CACHE, source.version));
  }
  return undefined;
};
