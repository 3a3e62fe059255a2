import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { RtpPath } from "@bilbycast/protocols/rtp";
import { SeamlessMerge, type SeamlessTimes } from "@bilbycast/protocols/seamless";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import type { Link } from "@bilbycast/testkit/network";
import { markOf } from "@bilbycast/testkit/streams";
import { pathCounters, seamlessCounters } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";

/** One unit of the merged stream: the mark that it carries, and when it came out. */
export type Merged = { mark: number; at: number };

/** Two paths of one stream and their merge on virtual time, as a lane runs them. */
export class PathsRig {
  readonly counters = seamlessCounters();
  readonly pathCounters = [pathCounters(), pathCounters()] as const;
  readonly merge: SeamlessMerge;
  readonly memory: HeapMemory;
  readonly merged: Merged[] = [];
  /** A path that is cut at the receiver: nothing of it arrives. */
  readonly isCut: [boolean, boolean] = [false, false];
  readonly #paths: readonly [RtpPath, RtpPath];
  readonly #wire: RecordingWire;
  readonly #intake: TestIntake;
  readonly #out: PacketBatch;

  constructor(times: Partial<SeamlessTimes>, options: { rows?: number } = {}) {
    this.memory = new HeapMemory(64 * 2 ** 20);
    this.#wire = new RecordingWire(this.memory);
    this.#intake = new TestIntake(this.memory);
    this.#out = new PacketBatch(options.rows ?? 1_024);
    this.merge = new SeamlessMerge(this.memory, { differential: 0, window: 0, delay: 0, ...times }, this.counters, this.pathCounters);
    this.#paths = [new RtpPath(this.memory, 0, this.merge, this.counters), new RtpPath(this.memory, 1, this.merge, this.counters)];
  }

  /** Hands one batch of a path over. */
  receive(path: 0 | 1, datagrams: readonly Uint8Array[], now: number): number[] {
    for (const datagram of datagrams) {
      this.#intake.add(datagram);
    }
    this.#out.clear();
    this.#paths[path].receive(this.#intake.batch, instant(now), this.#out, this.#wire);
    const marks = this.#take(now);
    this.#intake.clear();
    return marks;
  }

  expire(now: number): number[] {
    this.#out.clear();
    this.#paths[0].expire(instant(now), this.#out, this.#wire);
    return this.#take(now);
  }

  /** Lets time pass until nothing arrives and nothing waits any more, or until `end`. */
  follow(links: readonly [Link, Link], end: number = Number.MAX_SAFE_INTEGER): void {
    for (;;) {
      const now = Math.min(links[0].deadline, links[1].deadline, this.merge.deadline);
      if (now > end || now === Infinity) {
        return;
      }
      this.#arrive(0, links[0], now);
      this.#arrive(1, links[1], now);
      if (this.merge.deadline <= now) {
        this.expire(now);
      }
    }
  }

  /** Closes everything; returns how many reservations were not given back. */
  close(): number {
    this.#paths[0].close();
    this.#paths[1].close();
    this.#intake.close();
    this.#wire.close();
    return this.memory.outstanding;
  }

  #arrive(path: 0 | 1, link: Link, now: number): void {
    const datagrams: Uint8Array[] = [];
    for (let next = link.poll(instant(now)); next !== undefined; next = link.poll(instant(now))) {
      datagrams.push(next);
    }
    if (datagrams.length > 0 && !this.isCut[path]) {
      this.receive(path, datagrams, now);
    }
  }

  #take(now: number): number[] {
    const marks = bytesOf(this.memory, this.#out).map(markOf);
    for (const mark of marks) {
      this.merged.push({ mark, at: now });
    }
    return marks;
  }
}
