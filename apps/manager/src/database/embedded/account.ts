import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Fault } from "@bilbycast/foundation/fault";

/** Who runs the server. */
export type Account = { uid: number; gid: number };

/**
 * The account that root gives the server when nobody made one: PostgreSQL refuses to run as root. It is in nobody's
 * range (regular users end at 60000, systemd's and containers' own begin above), so no other program runs as it, and
 * it needs no entry in /etc/passwd, which a container or a read-only system would not let us make.
 */
const UNNAMED: Account = { uid: 61_000, gid: 61_000 };

/** An account of this name, made by a package or an administrator, comes first. */
const OWN_NAME = "bilbycast";

/** The account for a server whose data lie, or will lie, in the folder; `undefined` for whoever is not root and is to run it as itself. */
export const accountFor = (data: string): Account | undefined => {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const owner = ownerOf(data);
  return owner !== undefined && owner.uid !== 0 ? owner : (namedAccounts().find(({ name }) => name === OWN_NAME) ?? UNNAMED);
};

/**
 * Who makes the first files. `initdb` wants an account that the system has a name for, which the server itself does not:
 * the files are handed over afterwards. `undefined` stands for this process itself.
 */
export const initialiserFor = (account: Account | undefined): Account | undefined => {
  if (account === undefined) {
    return undefined;
  }
  const names = namedAccounts();
  const found =
    names.find(({ uid }) => uid === account.uid) ?? names.find(({ name }) => name === "nobody") ?? names.find(({ uid }) => uid !== 0);
  if (found === undefined) {
    throw unnamed(account.uid);
  }
  return found;
};

/** Also what `initdb` says when this process has no name. */
export const unnamed = (uid: number | undefined): Fault =>
  new Fault(
    "database_account_unknown",
    `The system has no name for the account ${uid ?? "of this process"}, and PostgreSQL cannot be set up without. Run as root or as a user of /etc/passwd, or set DATABASE_URL.`,
  );

const namedAccounts = (): (Account & { name: string })[] => {
  try {
    return readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .filter(([name, , uid, gid]) => name !== undefined && /^\d+$/.test(uid ?? "") && /^\d+$/.test(gid ?? ""))
      .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  } catch {
    return [];
  }
};

const ownerOf = (path: string): Account | undefined => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : { uid: stats.uid, gid: stats.gid };
};

/** The first folder above the path, from the root, that the account may not pass through. */
export const obstacleFor = (account: Account, path: string): string | undefined => {
  const above: string[] = [];
  for (let folder = path; above[0] !== folder; folder = dirname(folder)) {
    above.unshift(folder);
  }
  return above.find((folder) => {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats === undefined) {
      return false;
    }
    const bit = stats.uid === account.uid ? 0o100 : stats.gid === account.gid ? 0o010 : 0o001;
    return (stats.mode & bit) === 0;
  });
};
