import { u16 } from "@bilbycast/foundation/bytes";
import type { Findings } from "./check-report.ts";
import { sameBytes, type Section } from "./sections.ts";
import { PIDS } from "./ts-packet.ts";
import { PID } from "./table-names.ts";

const PAT_ENTRY = 4;
const CA_DESCRIPTOR = 0x09;
const PID_MASK = 0x1fff;
/** Value of PCR_PID where a program has none: the same as the null PID. */
const NO_PCR = 0x1fff;

type Program = { pmtPid: number; since: number; pids: readonly number[] | undefined; isAbsent: boolean };

/** Which PIDs a receiver knows of at this moment. ISO/IEC 13818-1 §2.4.4.3 to §2.4.4.9. */
export class ProgramMaps {
  networkPid: number = PID.nit;
  /** Packet that brought the PAT by which the latest program came in. */
  changedAt = 0;
  /** Set once every program of a PAT had its map, or was given up. */
  isKnown = false;
  readonly #findings: Findings;
  readonly #absentAfter: number;
  readonly #programs = new Map<number, Program>();
  /** Sections of the PAT under way, by number. */
  #sections = new Map<number, Uint8Array>();
  #version = -1;
  #missing = 0;
  readonly #mapPids = new Uint8Array(PIDS);
  readonly #namedPids = new Uint8Array(PIDS);
  #accessPids: readonly number[] = [];

  /** `absentAfter`: packets of the stream after which a program map that the PAT names has to be there. */
  constructor(findings: Findings, absentAfter: number) {
    this.#findings = findings;
    this.#absentAfter = absentAfter;
  }

  isMapPid(pid: number): boolean {
    return this.#mapPids[pid] === 1;
  }

  /** A map, or the CAT, names the PID. */
  isNamed(pid: number): boolean {
    return this.#namedPids[pid] === 1;
  }

  hasProgram(programNumber: number, pmtPid: number | undefined): boolean {
    const program = this.#programs.get(programNumber);
    return program !== undefined && (pmtPid === undefined || program.pmtPid === pmtPid);
  }

  /** True when the programs are no longer what they were. */
  takePat({ version, number, last, body }: Section, packet: number): boolean {
    if (version !== this.#version || !sameBytes(this.#sections.get(number) ?? body, body)) {
      this.#sections = new Map();
      this.#version = version;
    }
    this.#sections.set(number, body.slice());
    return this.#sections.size > last && this.#adopt(packet);
  }

  takePmt({ pid, extension, body }: Section): void {
    const program = this.#programs.get(extension);
    if (program === undefined || program.pmtPid !== pid) {
      return;
    }
    if (program.pids === undefined && !program.isAbsent) {
      this.#missing--;
    }
    program.pids = pidsOf(body);
    program.isAbsent = false;
    this.#name();
  }

  takeCat({ body }: Section): void {
    this.#accessPids = accessPids(body, 0, body.length);
    this.#name();
  }

  /** Gives up maps that have not come in time. Called for each packet. */
  expire(packet: number): void {
    if (this.#missing === 0) {
      return;
    }
    for (const [programNumber, program] of this.#programs) {
      if (program.pids === undefined && !program.isAbsent && packet - program.since >= this.#absentAfter) {
        program.isAbsent = true;
        this.#missing--;
        this.#findings.add("absentPmt", program.pmtPid, packet, `program ${programNumber}`);
        this.#name();
      }
    }
  }

  #adopt(packet: number): boolean {
    const before = new Map(this.#programs);
    this.#programs.clear();
    this.networkPid = PID.nit;
    for (const body of this.#sections.values()) {
      for (let at = 0; at + PAT_ENTRY <= body.length; at += PAT_ENTRY) {
        const pid = u16(body, at + 2) & PID_MASK;
        const programNumber = u16(body, at);
        if (programNumber === 0) {
          this.networkPid = pid;
        } else {
          const known = before.get(programNumber);
          const isSame = known?.pmtPid === pid;
          this.#programs.set(programNumber, isSame ? known : { pmtPid: pid, since: packet, pids: undefined, isAbsent: false });
          this.changedAt = isSame ? this.changedAt : packet;
        }
      }
    }
    this.#missing = [...this.#programs.values()].filter(({ pids, isAbsent }) => pids === undefined && !isAbsent).length;
    this.#name();
    return [...before, ...this.#programs].some(([programNumber, { pmtPid }]) => {
      const [was, is] = [before.get(programNumber), this.#programs.get(programNumber)];
      return was?.pmtPid !== pmtPid || is?.pmtPid !== pmtPid;
    });
  }

  #name(): void {
    this.#mapPids.fill(0);
    this.#namedPids.fill(0);
    for (const pid of this.#accessPids) {
      this.#namedPids[pid] = 1;
    }
    for (const { pmtPid, pids } of this.#programs.values()) {
      this.#mapPids[pmtPid] = 1;
      for (const pid of pids ?? []) {
        this.#namedPids[pid] = 1;
      }
    }
    this.isKnown ||= this.#programs.size > 0 && this.#missing === 0;
  }
}

/** PCR_PID, elementary streams and entitlement control messages of a map. */
const pidsOf = (body: Uint8Array): number[] => {
  const pcrPid = u16(body, 0) & PID_MASK;
  const streams = 4 + (u16(body, 2) & 0x0fff);
  const pids = [...(pcrPid === NO_PCR ? [] : [pcrPid]), ...accessPids(body, 4, streams)];
  for (let at = streams; at + 5 <= body.length;) {
    const next = at + 5 + (u16(body, at + 3) & 0x0fff);
    pids.push(u16(body, at + 1) & PID_MASK, ...accessPids(body, at + 5, next));
    at = next;
  }
  return pids;
};

/** CA_PID of each CA_descriptor. ISO/IEC 13818-1 §2.6.16. */
const accessPids = (bytes: Uint8Array, from: number, end: number): number[] => {
  const pids: number[] = [];
  for (let at = from; at + 2 <= end; at += 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] === CA_DESCRIPTOR) {
      pids.push(u16(bytes, at + 4) & PID_MASK);
    }
  }
  return pids;
};
