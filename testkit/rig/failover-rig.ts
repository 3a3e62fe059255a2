import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { TsUnits } from "@bilbycast/protocols/mpegts";
import { ActivePath, FailoverPath, type Carrier } from "@bilbycast/protocols/seamless";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { markOf, tsUnit } from "@bilbycast/testkit/streams";
import { pathCounters, tallies } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";

/** Two paths of plain TS of which one at a time is used, as a lane runs them. */
export class FailoverRig {
  readonly changes: [to: Carrier, from: Carrier | undefined][] = [];
  readonly active = new ActivePath((to, from) => void this.changes.push([to, from]));
  readonly counters = [pathCounters(), pathCounters()] as const;
  readonly paths: readonly [FailoverPath, FailoverPath];
  readonly #memory = new HeapMemory(8 * 2 ** 20);
  readonly #intake = new TestIntake(this.#memory);
  readonly #wire = new RecordingWire(this.#memory);
  readonly #out = new PacketBatch(256);

  constructor() {
    const units = (): TsUnits => new TsUnits(this.#memory, tallies("notTs", "resyncs", "rtpStripped", "regrouped", "overflowed"));
    this.paths = [new FailoverPath(0, this.active, units(), this.counters[0]), new FailoverPath(1, this.active, units(), this.counters[1])];
  }

  /** Hands a batch of units of so many packets to a path; returns the marks of what passes. */
  receive(path: 0 | 1, marks: readonly number[], now: number, packets = 7): number[] {
    marks.forEach((mark) => this.#intake.add(tsUnit(mark, packets)));
    return this.#call(() => this.paths[path].receive(this.#intake.batch, instant(now), this.#out, this.#wire));
  }

  expire(path: 0 | 1, now: number): number[] {
    return this.#call(() => this.paths[path].expire(instant(now), this.#out, this.#wire));
  }

  /** Closes everything; returns how many reservations were not given back. */
  close(): number {
    this.paths.forEach((path) => path.close());
    this.#wire.close();
    this.#intake.close();
    return this.#memory.outstanding;
  }

  #call(run: () => void): number[] {
    this.#out.clear();
    run();
    const marks = bytesOf(this.#memory, this.#out).map(markOf);
    this.#intake.clear();
    return marks;
  }
}
