import { CAT_PID, PAT_PID, pid as pidOf, readSection } from "@bilbycast/protocols/mpegts";
import { byPid, packetsOf, sectionsOf } from "./stage-rig.ts";

/** What of a stream an operation may change: docs/reference/egress.md. Everything else is compared bit by bit. */
export type Allowed = {
  /** PID in the output of a PID of the source; negative where it does not pass. */
  to: (pid: number) => number;
  /** Tables may be written anew, in packets and with counters of their own. */
  tables: boolean;
  /** The PAT is made, not mapped. */
  madeAssociation?: boolean;
};

/** Everything in the output that is not the source's and that the operation may not do, in words. */
export const forbiddenChanges = (sent: Uint8Array, out: Uint8Array, allowed: Allowed): string[] => {
  const { to } = allowed;
  const [came, left] = [byPid(sent), byPid(out)];
  const anew = new Set([...came.keys()].filter((pid) => allowed.tables && isTable(pid, sent)));
  const newTables = new Set([...anew].map(to));
  const expected = new Set([...came.keys()].map(to).filter((pid) => pid >= 0));
  const problems = [...expected].filter((pid) => !left.has(pid)).map((pid) => `PID ${pid} is missing`);
  problems.push(...[...left.keys()].filter((pid) => !expected.has(pid)).map((pid) => `PID ${pid} is one too many`));
  for (const [pid, packets] of came) {
    if (to(pid) < 0) {
      continue;
    }
    if (anew.has(pid)) {
      problems.push(...sectionProblems(sectionsOf(sent, pid), sectionsOf(out, to(pid)), pid, allowed));
    } else {
      problems.push(...packetProblems(packets, left.get(to(pid)) ?? [], pid));
    }
  }
  const orderOf = (bytes: Uint8Array, named: (pid: number) => number): string =>
    packetsOf(bytes)
      .map((packet) => named(pidOf(packet, 0)))
      .filter((pid) => pid >= 0 && !newTables.has(pid))
      .join();
  if (orderOf(out, (pid) => pid) !== orderOf(sent, to)) {
    problems.push("packets stand in another order");
  }
  return problems;
};

const isTable = (pid: number, bytes: Uint8Array): boolean =>
  pid === PAT_PID || pid === CAT_PID || sectionsOf(bytes, pid).some((section) => readSection(section)?.tableId === 2);

const hex = (bytes: Uint8Array): string => bytes.join();

/** A packet may have another PID: 13 bits. */
const packetProblems = (came: Uint8Array[], left: Uint8Array[], pid: number): string[] => {
  const bare = (packet: Uint8Array | undefined): string => {
    const rest = packet?.slice() ?? new Uint8Array(0);
    blank(rest, 1);
    return hex(rest);
  };
  const differing = came.findIndex((packet, i) => bare(packet) !== bare(left[i]));
  return [
    ...(came.length === left.length ? [] : [`PID ${pid}: ${came.length} packets came and ${left.length} left`]),
    ...(differing < 0 ? [] : [`PID ${pid}: packet ${differing} differs in more than its PID`]),
  ];
};

/** Sections may differ in PIDs, version_number and CRC_32, and in nothing else. */
const sectionProblems = (came: Uint8Array[], left: Uint8Array[], pid: number, { madeAssociation }: Allowed): string[] => {
  const problems = left.every((section) => readSection(section) !== undefined) && left.length > 0 ? [] : [`PID ${pid}: no right sections`];
  const bare = (sections: Uint8Array[]): string =>
    [...new Set(sections.map((section) => hex(withoutFields(section, pid))))].toSorted().join(" ");
  const isMade = pid === PAT_PID && madeAssociation === true;
  return isMade || bare(came) === bare(left) ? problems : [...problems, `PID ${pid}: sections differ in more than PIDs and version`];
};

const blank = (bytes: Uint8Array, at: number): void => {
  bytes[at] = (bytes[at] ?? 0) & 0xe0;
  bytes[at + 1] = 0;
};

const length12 = (bytes: Uint8Array, at: number): number => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) & 0xfff;

const withoutFields = (section: Uint8Array, pid: number): Uint8Array => {
  const rest = section.slice(0, section.length - 4);
  rest[5] = (rest[5] ?? 0) & 0xc1;
  const blankAccess = (from: number, end: number): void => {
    for (let at = from; at + 2 <= end; at += 2 + (rest[at + 1] ?? 0)) {
      if (rest[at] === 9) {
        blank(rest, at + 4);
      }
    }
  };
  if (pid === PAT_PID) {
    for (let at = 8; at < rest.length; at += 4) {
      blank(rest, at + 2);
    }
  } else if (pid === CAT_PID) {
    blankAccess(8, rest.length);
  } else {
    blank(rest, 8);
    const info = 12 + length12(rest, 10);
    blankAccess(12, info);
    for (let at = info; at < rest.length;) {
      const next = at + 5 + length12(rest, at + 3);
      blank(rest, at + 1);
      blankAccess(at + 5, next);
      at = next;
    }
  }
  return rest;
};
