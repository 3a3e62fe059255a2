import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the parts of an embedded server lie. */
export type Layout = {
  /** Root's or the user's own; others may pass through it and see nothing. */
  folder: string;
  /** What PostgreSQL keeps; its account's alone. */
  data: string;
  /** Copies of the programs, one folder for each version. */
  programs: string;
  log: string;
  /** The only door to the server; its account's alone. */
  sockets: string;
};

/** Length of the longest path of a socket on macOS; Linux allows four more. */
const SOCKET_PATH_BYTES = 103;

/** PostgreSQL names its socket by its port, also where it has no port. */
export const SOCKET_PORT = 5432;

export const socketFile = (sockets: string): string => join(sockets, `.s.PGSQL.${SOCKET_PORT}`);

/** The layout below an absolute folder without links in it; the sockets move out of it where the system's limit for their path asks for that. */
export const layoutOf = (folder: string, temporary = tmpdir()): Layout => {
  const inside = join(folder, "sockets");
  const name = `bilbycast-db-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`;
  return {
    folder,
    data: join(folder, "data"),
    programs: join(folder, "programs"),
    log: join(folder, "postgresql.log"),
    sockets: Buffer.byteLength(socketFile(inside)) <= SOCKET_PATH_BYTES ? inside : join(temporary, name),
  };
};
