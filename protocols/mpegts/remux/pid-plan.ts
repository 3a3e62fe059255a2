import { NULL_PID, PID_COUNT } from "../packet.ts";
import { caReferences } from "../psi/conditional-access.ts";
import { CAT_PID, PAT_PID, type ConditionalAccess, type ProgramMap } from "../psi/program-tables.ts";
import { isFree } from "./association.ts";
import type { PidOverride, RemuxRules } from "./rules.ts";
import { isAudio, isVideo } from "./stream-kinds.ts";

/** What is known of the source. */
export type KnownTables = {
  /** PID of the map by program_number. */
  programs: ReadonlyMap<number, number>;
  maps: ReadonlyMap<number, ProgramMap>;
  access: ConditionalAccess | undefined;
};

/** In `PidPlan.to`: the PID does not pass; it does not pass because another one has got its number. */
export const LEFT_OUT = -1;
export const IN_CONFLICT = -2;

/** What becomes of each PID of the source, as long as its tables say the same. */
export type PidPlan = {
  /** By the source's PID. */
  to: Int16Array;
  /** PIDs whose sections are read; true: they are written anew, in place of the packets that brought them. */
  tables: ReadonlyMap<number, boolean>;
  /** PCR_PID of each program whose PCR moves, by program_number. */
  pcrPids: ReadonlyMap<number, number>;
  /** Source PIDs whose PCRs are repeated on another PID: that PID in the output. */
  pcrCopies: ReadonlyMap<number, number>;
};

/** Pure: the same tables and rules make the same plan. */
export const planPids = (rules: RemuxRules, known: KnownTables): PidPlan => {
  const renamed = renames(rules, known);
  const passing = rules.programNumber === undefined ? undefined : pidsOf(rules.programNumber, known);
  const to = new Int16Array(PID_COUNT);
  const taken = new Set<number>();
  for (const [source, target] of renamed) {
    if (passing?.has(source) ?? true) {
      to[source] = taken.has(target) ? IN_CONFLICT : target;
      taken.add(target);
    }
  }
  for (let pid = 0; pid < PID_COUNT; pid++) {
    if (passing?.has(pid) === false) {
      to[pid] = LEFT_OUT;
    } else if (!renamed.has(pid)) {
      to[pid] = taken.has(pid) ? IN_CONFLICT : pid;
    }
  }
  if (rules.dropsNulls) {
    to[NULL_PID] = LEFT_OUT;
  }
  return { to, tables: tablesOf(rules, known), ...clocksOf(rules, known, to) };
};

/** Source PID to the PID that it gets: what the overrides say, and then the map. */
const renames = ({ programNumber, overrides, pidMap }: RemuxRules, { programs, maps }: KnownTables): Map<number, number> => {
  const found = new Map<number, number>();
  const rename = (source: number | undefined, target: number | undefined): void => {
    if (source !== undefined && target !== undefined && isFree(source) && !found.has(source)) {
      found.set(source, pidMap.get(target) ?? target);
    }
  };
  for (const [number, override] of overrides) {
    if (programNumber !== undefined && number !== programNumber) {
      continue;
    }
    const { elementaryStreams: streams = [] } = maps.get(number) ?? {};
    rename(programs.get(number), override.pmtPid);
    rename(streams.find(isVideo)?.pid, override.videoPid);
    streams.filter(isAudio).forEach(({ pid }, i) => rename(pid, override.audioPids?.[i]));
  }
  for (const [source, target] of pidMap) {
    if (!found.has(source)) {
      found.set(source, target);
    }
  }
  return found;
};

/** What a program consists of: its map, its streams, its PCR, and what a receiver needs to descramble it. */
const pidsOf = (programNumber: number, { programs, maps, access }: KnownTables): Set<number> => {
  const found = new Set([PAT_PID]);
  const programMapPid = programs.get(programNumber);
  if (programMapPid === undefined) {
    return found;
  }
  const map = maps.get(programNumber);
  const references = map === undefined ? [] : caReferences([map.programInfo, ...map.elementaryStreams.map((s) => s.descriptors)].flat());
  const systems = new Set(references.map(({ caSystemId }) => caSystemId));
  const emms = caReferences(access?.descriptors ?? []).filter(({ caSystemId }) => systems.has(caSystemId));
  const named = [
    programMapPid,
    ...(map === undefined ? [] : [map.pcrPid, ...map.elementaryStreams.map(({ pid }) => pid)]),
    ...[...references, ...emms].map(({ caPid }) => caPid),
  ];
  for (const pid of named) {
    if (isFree(pid)) {
      found.add(pid);
    }
  }
  if (references.length > 0) {
    found.add(CAT_PID);
  }
  return found;
};

/** The tables that are followed. A map goes through as it came where nothing in it may change. */
const tablesOf = ({ programNumber, overrides, pidMap }: RemuxRules, { programs }: KnownTables): Map<number, boolean> => {
  const tables = new Map([[PAT_PID, true]]);
  if (programNumber !== undefined || pidMap.size > 0) {
    tables.set(CAT_PID, pidMap.size > 0);
  }
  for (const [number, pid] of programs) {
    if (programNumber === undefined || number === programNumber) {
      tables.set(pid, tables.get(pid) === true || pidMap.size > 0 || overrides.size > 0);
    } else if (pid === programs.get(programNumber)) {
      // Maps of others lie on the same PID, and must not pass.
      tables.set(pid, true);
    }
  }
  return tables;
};

/** Where an override wants the PCR on another PID than the source has it, each PCR is repeated there. */
const clocksOf = (rules: RemuxRules, { maps }: KnownTables, to: Int16Array): Pick<PidPlan, "pcrPids" | "pcrCopies"> => {
  const pcrPids = new Map<number, number>();
  const pcrCopies = new Map<number, number>();
  for (const [number, override] of rules.overrides) {
    const map = rules.programNumber === undefined || rules.programNumber === number ? maps.get(number) : undefined;
    const target = pcrTarget(override, rules);
    const hasTarget = map?.elementaryStreams.some(({ pid }) => to[pid] === target);
    if (map === undefined || target === undefined || hasTarget !== true || !isFree(map.pcrPid)) {
      continue;
    }
    if (map.elementaryStreams.every(({ pid }) => pid !== map.pcrPid || to[pid] !== target)) {
      pcrPids.set(number, target);
      pcrCopies.set(map.pcrPid, target);
    }
  }
  return { pcrPids, pcrCopies };
};

const pcrTarget = ({ pcrPid }: PidOverride, { pidMap }: RemuxRules): number | undefined =>
  pcrPid === undefined ? undefined : (pidMap.get(pcrPid) ?? pcrPid);
