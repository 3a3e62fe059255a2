import { check } from "@bilbycast/foundation/check";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { integer, seeded, type Random } from "@bilbycast/testkit/random";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { Mutator } from "./mutator.ts";
import type { Subject, Totals, Trial } from "./subject.ts";

/** Datagrams until a machine is closed, looked after, and opened anew. */
const LIFETIME = 20_000;
const MEMORY_SIZE = 16 * 1_024 * 1_024;

/**
 * Feeds `count` valid and mutated datagrams in batches, on virtual time. Throws, naming the seed, when the machine throws, puts a row
 * into `out` that is no unit or lies in nobody's memory, loses something uncounted, or keeps memory when it is closed.
 */
export const fuzz = (subject: Subject, seed: number, count: number): void => {
  const random = seeded(seed);
  const memory = new HeapMemory(MEMORY_SIZE);
  const mutator = new Mutator(random, subject.longest);
  const valid = subject.valid(random);
  for (let done = 0; done < count; done += LIFETIME) {
    const some = Math.min(LIFETIME, count - done);
    try {
      live(subject.open(memory), memory, () => mutator.mutate(valid()), random, some);
      check(memory.outstanding === 0, "a closed machine keeps no memory");
    } catch (cause) {
      throw new Error(`${subject.name} failed with seed ${seed} between datagrams ${done} and ${done + some}`, { cause });
    }
  }
};

/** One machine from its opening to its end. */
const live = (trial: Trial, memory: HeapMemory, next: () => Uint8Array, random: Random, count: number): void => {
  const { machine } = trial;
  const intake = new TestIntake(memory);
  const wire = new RecordingWire(memory);
  const out = new PacketBatch([64, 200, 1_024][integer(random, 3)] ?? 64);
  const totals: Totals = { datagrams: 0, bytes: 0, units: 0, unitBytes: 0 };
  let now = 1_000_000;
  while (totals.datagrams < count) {
    for (let rows = 1 + integer(random, 64); rows > 0; rows--) {
      const datagram = next();
      if (!intake.fits(datagram.length)) {
        break;
      }
      intake.add(datagram);
      totals.datagrams++;
      totals.bytes += datagram.length;
    }
    out.clear();
    machine.receive(intake.batch, instant(now), out, wire);
    look(memory, out, totals);
    intake.clear();
    now += integer(random, 3_000);
    while (machine.deadline <= now) {
      expire(trial, memory, now, out, wire, totals);
    }
    check(trial.imbalance(totals) === undefined, trial.imbalance(totals) ?? "");
  }
  while (machine.deadline < Infinity) {
    expire(trial, memory, machine.deadline, out, wire, totals);
  }
  check(trial.imbalance(totals) === undefined, trial.imbalance(totals) ?? "");
  machine.close();
  intake.close();
  wire.close();
};

const expire = ({ machine }: Trial, memory: HeapMemory, now: number, out: PacketBatch, wire: RecordingWire, totals: Totals): void => {
  const before = machine.deadline;
  out.clear();
  machine.expire(instant(Math.max(now, before)), out, wire);
  check(machine.deadline !== before || out.count > 0, "a deadline that has passed moves on or brings something");
  look(memory, out, totals);
};

/** Every row is 1 to 7 whole TS packets in memory that somebody holds. */
const look = (memory: HeapMemory, out: PacketBatch, totals: Totals): void => {
  for (let i = 0; i < out.count; i++) {
    const offset = out.offset[i] ?? 0;
    const length = out.length[i] ?? 0;
    check(length > 0 && length <= 7 * 188 && length % 188 === 0, "a row has the length of a unit");
    check(memory.reserved(offset, length), "a row lies in reserved memory");
    for (let at = offset; at < offset + length; at += 188) {
      check(memory.bytes[at] === 0x47, "every packet of a unit begins with its sync byte");
    }
    totals.unitBytes += length;
  }
  totals.units += out.count;
};
