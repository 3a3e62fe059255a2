import type { Memory, Tally } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import { hasPcr } from "../media-time.ts";
import { continuityCounter, PACKET_SIZE, PID_COUNT, pid as pidOf, transportError, writeHeader } from "../packet.ts";
import { IN_CONFLICT } from "./pid-plan.ts";
import { readsTables, type RemuxRules } from "./rules.ts";
import { TableRelay } from "./table-relay.ts";
import { NOWHERE, type UnitWriter } from "./unit-writer.ts";

/** What a `Remux` counts. */
export type RemuxCounts = {
  /** 1 while the program that passes is not in the stream, 0 otherwise. */
  programAbsent: Tally;
  /** Packets that do not belong to the program that passes. */
  packetsFilteredOut: Tally;
  /** Packets left out because another PID was given their number. */
  pidConflicts: Tally;
};

/** A route is the PID in the output, or one of these; `SPECIAL` is added where there is more to do than to pass or drop. */
const DROP = PID_COUNT;
const CONFLICT = PID_COUNT + 1;
const SPECIAL = 2 * PID_COUNT;

/** What there is to do: read sections; drop their packets, as they are written anew; note the counter; repeat the PCR. */
const TABLE = 1;
const ANEW = 2;
const COUNTED = 4;
const CLOCK = 8;

/** Words of memory are in the machine's own order; a header is taken apart as a word only where that is known. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Lets packets through, each as the rules say of its PID, and puts them into units of its own. A packet costs a look into a table
 * and its part of a copy; the source's bytes stay as they are.
 */
export class Remux {
  readonly #memory: Memory;
  readonly #counts: RemuxCounts;
  readonly #writer: UnitWriter;
  readonly #relay: TableRelay | undefined;
  readonly #routes = new Uint16Array(PID_COUNT);
  readonly #duties = new Uint8Array(PID_COUNT);
  readonly #clock = new Uint8Array(PACKET_SIZE);

  constructor(memory: Memory, rules: RemuxRules, writer: UnitWriter, counts: RemuxCounts) {
    this.#memory = memory;
    this.#counts = counts;
    this.#writer = writer;
    if (readsTables(rules)) {
      this.#relay = new TableRelay(rules, writer, () => this.#replan());
      this.#replan();
    } else {
      this.#routes.set(Uint16Array.from({ length: PID_COUNT }, (_, pid) => pid));
      if (rules.dropsNulls) {
        this.#routes[PID_COUNT - 1] = DROP;
      }
    }
  }

  /** The program that passes is not in the stream. */
  get isAbsent(): boolean {
    return this.#relay?.isPresent === false;
  }

  /** Takes a unit of the source, whole packets that lie at `offset`. */
  take(offset: number, length: number): void {
    const { bytes, words } = this.#memory;
    const routes = this.#routes;
    const writer = this.#writer;
    const inWords = IS_LITTLE_ENDIAN && (offset & 3) === 0;
    let run = 0;
    let dropped = 0;
    let at = offset;
    for (const end = offset + length; at < end; at += PACKET_SIZE) {
      const word = inWords ? (words[at >>> 2] ?? 0) : 0;
      const pid = inWords ? (word & 0x1f00) | ((word >>> 16) & 0xff) : pidOf(bytes, at);
      const route = routes[pid] ?? DROP;
      if (route === pid) {
        run++;
        continue;
      }
      if (run > 0) {
        writer.append(at - run * PACKET_SIZE, run);
        run = 0;
      }
      if (route === DROP) {
        dropped++;
      } else if (route < DROP) {
        writer.appendAs(at, route);
      } else {
        this.#special(at, pid);
      }
    }
    if (run > 0) {
      writer.append(at - run * PACKET_SIZE, run);
    }
    if (dropped > 0) {
      this.#counts.packetsFilteredOut.add(dropped);
    }
  }

  /** Takes the place of another one that sent to the same receiver, and tells it at once what changes. */
  goOnFrom(before: Remux, now: Instant): void {
    if (this.#relay !== undefined && before.#relay !== undefined) {
      this.#writer.begin(now, now, NOWHERE);
      this.#relay.goOnFrom(before.#relay);
    }
  }

  #special(at: number, pid: number): void {
    const { bytes } = this.#memory;
    const duty = this.#duties[pid] ?? 0;
    if ((duty & TABLE) !== 0) {
      if (!transportError(bytes, at)) {
        this.#relay?.push(pid, bytes, at);
      }
      if ((duty & ANEW) !== 0) {
        return;
      }
    }
    // Reading a table may have changed the plan.
    const route = (this.#routes[pid] ?? DROP) & (SPECIAL - 1);
    if (route < DROP) {
      this.#writer.appendAs(at, route);
      if (this.#relay !== undefined) {
        this.#relay.lastCounter[route] = continuityCounter(bytes, at);
      }
    } else {
      (route === CONFLICT ? this.#counts.pidConflicts : this.#counts.packetsFilteredOut).add(1);
    }
    if ((duty & CLOCK) !== 0 && hasPcr(bytes, at) && !transportError(bytes, at)) {
      this.#repeatClock(at, pid);
    }
  }

  /** A packet without payload behind the one that brought the PCR: its counter is that of the last packet. ISO/IEC 13818-1 §2.4.3.3. */
  #repeatClock(at: number, pid: number): void {
    const relay = this.#relay;
    const target = relay?.plan.pcrCopies.get(pid);
    if (relay === undefined || target === undefined) {
      return;
    }
    const { bytes } = this.#memory;
    const packet = this.#clock;
    writeHeader(packet, 0, { pid: target, payload: false, adaptationField: PACKET_SIZE - 5 });
    // discontinuity_indicator, and PCR_flag.
    packet[5] = ((bytes[at + 5] ?? 0) & 0x80) | 0x10;
    for (let i = 6; i < 12; i++) {
      packet[i] = bytes[at + i] ?? 0;
    }
    this.#writer.write(packet, Math.max(0, relay.lastCounter[target] ?? 0));
  }

  #replan(): void {
    const relay = this.#relay;
    if (relay === undefined) {
      return;
    }
    const { to, tables, pcrCopies } = relay.plan;
    const targets = new Set(pcrCopies.values());
    for (let pid = 0; pid < PID_COUNT; pid++) {
      const target = to[pid] ?? -1;
      const route = target >= 0 ? target : target === IN_CONFLICT ? CONFLICT : DROP;
      const isTable = tables.has(pid);
      const duty =
        (isTable ? TABLE : 0) |
        (tables.get(pid) === true ? ANEW : 0) |
        (targets.has(target) ? COUNTED : 0) |
        (pcrCopies.has(pid) ? CLOCK : 0);
      this.#duties[pid] = duty;
      this.#routes[pid] = duty === 0 && route !== CONFLICT ? route : route | SPECIAL;
    }
    this.#counts.programAbsent.set(relay.isPresent ? 0 : 1);
  }
}
