import { PacketBatch, type MediaMachine, type Memory } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import type { Link } from "@bilbycast/testkit/network";
import { RecordingWire } from "@bilbycast/testkit/wire";

/** One unit that came out of a machine, and when. */
export type Output = { unit: Uint8Array; at: Instant };

export type RigOptions = { memory?: HeapMemory; rows?: number };

/** Runs a media machine on virtual time as a lane does: batches in, borrowed bytes spoiled after each call, deadlines kept. */
export class MachineRig<M extends MediaMachine> {
  readonly memory: HeapMemory;
  readonly machine: M;
  readonly wire: RecordingWire;
  readonly out: PacketBatch;
  readonly #intake: TestIntake;

  constructor(make: (memory: Memory) => M, options: RigOptions = {}) {
    this.memory = options.memory ?? new HeapMemory();
    this.wire = new RecordingWire(this.memory);
    this.#intake = new TestIntake(this.memory);
    this.machine = make(this.memory);
    this.out = new PacketBatch(options.rows ?? 1_024);
  }

  /** Hands over one batch; returns what came out. */
  receive(datagrams: readonly Uint8Array[], now: number): Uint8Array[] {
    for (const datagram of datagrams) {
      this.#intake.add(datagram);
    }
    this.out.clear();
    this.machine.receive(this.#intake.batch, instant(now), this.out, this.wire);
    const units = bytesOf(this.memory, this.out);
    this.#intake.clear();
    return units;
  }

  expire(now: number): Uint8Array[] {
    this.out.clear();
    this.machine.expire(instant(now), this.out, this.wire);
    return bytesOf(this.memory, this.out);
  }

  /** Lets time pass until nothing arrives and nothing is due any more, or until `end`. */
  follow(link: Link, end: number = Number.MAX_SAFE_INTEGER): Output[] {
    const outputs: Output[] = [];
    for (;;) {
      const now = Math.min(link.deadline, this.machine.deadline);
      if (now > end) {
        return outputs;
      }
      const datagrams: Uint8Array[] = [];
      for (let next = link.poll(instant(now)); next !== undefined; next = link.poll(instant(now))) {
        datagrams.push(next);
      }
      const units = datagrams.length > 0 ? this.receive(datagrams, now) : this.expire(now);
      outputs.push(...units.map((unit) => ({ unit, at: instant(now) })));
    }
  }

  /** Closes everything; returns how many reservations were not given back. */
  close(): number {
    this.machine.close();
    this.#intake.close();
    this.wire.close();
    return this.memory.outstanding;
  }
}
