import type { EgressStage } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import {
  ConstantRateStage,
  PACKET_SIZE,
  pid as pidOf,
  RemuxStage,
  SectionAssembler,
  UNIT_SIZE,
  type RemuxRules,
} from "@bilbycast/protocols/mpegts";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { HeapRing } from "@bilbycast/testkit/ring";
import { GaugeTally, tallies } from "@bilbycast/testkit/tally";

/** A unit as it left, and what the ring says of it. */
export type Left = { at: number; bytes: Uint8Array; origin: number; arrival: number };

const NO_RULES: RemuxRules = { overrides: new Map(), pidMap: new Map(), dropsNulls: false };

export const rulesOf = (rules: Partial<RemuxRules>): RemuxRules => ({ ...NO_RULES, ...rules });

/** A bus, a stage behind it, and a reader of the stage that always keeps up. Time is the test's. */
export class StageRig {
  readonly memory = new HeapMemory(16 * 1_024 * 1_024);
  readonly counts = {
    ...tallies("packetsFilteredOut", "pidConflicts", "nullsInserted", "padOverrun"),
    programAbsent: new GaugeTally(),
  };
  readonly bus = new HeapRing(this.memory, 512 * UNIT_SIZE, 512);
  readonly left: Left[] = [];
  stage: EgressStage;
  now = 1_000_000;
  #next = 0;
  #sent = 0;

  constructor(rules: Partial<RemuxRules>, rate?: number) {
    this.stage = this.open(rules, rate);
  }

  open(rules: Partial<RemuxRules>, rate?: number): EgressStage {
    const all = rulesOf({ ...rules, dropsNulls: rate !== undefined });
    return rate === undefined
      ? new RemuxStage(this.memory, all, this.counts)
      : new ConstantRateStage(this.memory, all, rate, 0, this.counts);
  }

  /** Puts packets onto the bus, seven to a unit, `gap` microseconds apart, and lets the stage work. */
  feed(packets: Uint8Array, gap = 0): Uint8Array {
    for (let at = 0; at < packets.length; at += UNIT_SIZE) {
      this.bus.publish(packets.subarray(at, at + UNIT_SIZE), instant(this.now));
      this.work();
      this.wait(gap);
    }
    return packets;
  }

  /** Lets time pass, stopping at each deadline on the way. */
  wait(span: number): void {
    const end = this.now + span;
    while (this.stage.deadline <= end) {
      this.now = Math.max(this.now, this.stage.deadline);
      this.work();
    }
    this.now = end;
  }

  work(): void {
    for (let before = -1; before !== this.#next;) {
      before = this.#next;
      this.#next = this.stage.take(this.bus, this.#next, this.bus.head, this.#sent, instant(this.now));
      this.#read();
    }
  }

  /** Another stage takes the place of this one, as senders do it. */
  replace(rules: Partial<RemuxRules>, rate?: number): void {
    const next = this.open(rules, rate);
    this.stage.flush();
    this.#read();
    next.goOnFrom(this.stage, instant(this.now));
    this.stage.close();
    this.stage = next;
    this.#sent = 0;
  }

  /** Flushes, and gives all that left since the last time, back to back. */
  take(): Uint8Array {
    this.stage.flush();
    this.#read();
    return joined(this.left.splice(0).map(({ bytes }) => bytes));
  }

  close(): void {
    this.stage.close();
    this.bus.close();
  }

  #read(): void {
    const { ring } = this.stage;
    for (; this.#sent < ring.head; this.#sent++) {
      const column = this.#sent & ring.mask;
      const at = ring.offset[column] ?? 0;
      const bytes = this.memory.bytes.slice(at, at + (ring.length[column] ?? 0));
      this.left.push({ at: this.now, bytes, origin: ring.origin[column] ?? -1, arrival: ring.arrival[column] ?? -1 });
    }
  }
}

export const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** The packets of a stream, one by one. */
export const packetsOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / PACKET_SIZE }, (_, i) => bytes.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE));

/** The packets of each PID, in order. */
export const byPid = (bytes: Uint8Array): Map<number, Uint8Array[]> => {
  const found = new Map<number, Uint8Array[]>();
  for (const packet of packetsOf(bytes)) {
    const pid = pidOf(packet, 0);
    const packets = found.get(pid) ?? [];
    packets.push(packet);
    found.set(pid, packets);
  }
  return found;
};

/** The sections of a PID that are whole. */
export const sectionsOf = (bytes: Uint8Array, pid: number): Uint8Array[] => {
  const found: Uint8Array[] = [];
  const assembler = new SectionAssembler((section) => void found.push(section.slice()));
  for (const packet of byPid(bytes).get(pid) ?? []) {
    assembler.push(packet, 0);
  }
  return found;
};
