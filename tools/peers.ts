import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { buildLibsrt, findLibsrt, LIBSRT_BUILD_PACKAGES } from "@bilbycast/testkit/libsrt";

/** A program that tests and benchmarks talk to, and the Debian packages that bring it. */
export type TestPeer = { binary: string; packages: readonly string[] };

/** Every real peer that a test may ask for. A test never skips for want of one: it is installed here or the run fails. */
export const TEST_PEERS: readonly TestPeer[] = [
  { binary: "ffmpeg", packages: ["ffmpeg"] },
  { binary: "ffprobe", packages: ["ffmpeg"] },
  { binary: "cvlc", packages: ["vlc-bin", "vlc-plugin-base"] },
  { binary: "multicat", packages: ["multicat"] },
  { binary: "dvblast", packages: ["dvblast"] },
  { binary: "socat", packages: ["socat"] },
  { binary: "srt-live-transmit", packages: ["srt-tools"] },
  { binary: "nginx", packages: ["nginx", "libnginx-mod-rtmp"] },
  { binary: "openssl", packages: ["openssl"] },
  {
    binary: "gst-launch-1.0",
    packages: ["gstreamer1.0-tools", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad"],
  },
  { binary: "gcc", packages: ["gcc", "libc6-dev"] },
  { binary: "ip", packages: ["iproute2"] },
  { binary: "nft", packages: ["nftables"] },
  { binary: "tc", packages: ["iproute2"] },
  { binary: "ss", packages: ["iproute2"] },
  { binary: "setpriv", packages: ["util-linux"] },
  { binary: "taskset", packages: ["util-linux"] },
  { binary: "unshare", packages: ["util-linux"] },
  { binary: "nsenter", packages: ["util-linux"] },
  { binary: "curl", packages: ["curl"] },
  { binary: "chromium", packages: ["chromium"] },
  { binary: "tcpdump", packages: ["tcpdump"] },
];

/** The peers whose program is neither in PATH nor in the administrators' folders. */
export const missingPeers = (peers: readonly TestPeer[], path: string): TestPeer[] =>
  peers.filter(
    (peer) => ![...path.split(delimiter), ...SYSTEM_FOLDERS].some((folder) => folder !== "" && isProgram(join(folder, peer.binary))),
  );

/** Debian keeps `nft` here and does not put it into everybody's PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const run = (command: string, args: readonly string[]): string | undefined => {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const [program = command, ...rest] = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", command, ...args];
  const done = spawnSync(program, rest, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  return done.status === 0 ? undefined : (done.error?.message ?? done.stderr.trim());
};

const install = (peers: readonly TestPeer[]): string | undefined => {
  const packages = [...new Set(peers.flatMap((peer) => peer.packages))];
  console.log(`installing ${packages.join(" ")}`);
  // An index that cannot be renewed is no reason to stop: the packages may be in the old one.
  const stale = run("apt-get", ["update", "-qq"]);
  const refused = run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  return refused === undefined ? undefined : [stale, refused].filter(Boolean).join("\n");
};

const main = (): number => installed() || builtGroups();

/** libsrt with socket groups, which no distribution has: built here once. */
const builtGroups = (): number => {
  if (findLibsrt() !== undefined) {
    return 0;
  }
  const stale = run("apt-get", ["update", "-qq"]);
  const refused = run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...LIBSRT_BUILD_PACKAGES]);
  const failed = buildLibsrt(console.log);
  if (failed === undefined) {
    return 0;
  }
  console.error("The tests need libsrt with socket groups, and it could not be built from the distribution's source package.");
  console.error([stale, refused, failed].filter(Boolean).join("\n"));
  return 1;
};

const installed = (): number => {
  const path = process.env["PATH"] ?? "";
  const missing = missingPeers(TEST_PEERS, path);
  if (missing.length === 0) {
    return 0;
  }
  const refused = install(missing);
  const still = missingPeers(TEST_PEERS, path);
  if (still.length === 0) {
    return 0;
  }
  console.error(
    `The tests need these programs, and they could not be installed: ${still.map((peer) => `${peer.binary} (package ${peer.packages.join(", ")})`).join("; ")}.`,
  );
  console.error(refused ?? "apt-get said that all went well.");
  console.error("Install them by hand (on other systems with their own package manager) and run the tests again.");
  return 1;
};

if (import.meta.main) {
  process.exitCode = main();
}
