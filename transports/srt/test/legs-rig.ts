import assert from "node:assert/strict";
import { PacketBatch, type SenderMachine } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import type { EventReport } from "@bilbycast/engine/transport";
import { inputContext, outputContext } from "@bilbycast/testkit/lane-context";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded, type Random } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { writeAddress } from "@bilbycast/testkit/srt";
import { markOf } from "@bilbycast/testkit/streams";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { declaration } from "../declaration.ts";
import { openInput } from "../input.ts";
import { openOutput } from "../output.ts";

/** SRT header and RTP header before a unit in the clear. */
const HEADERS = 28;
/** Of a data packet: which key encrypts it. */
const KEY_FLAGS = 0x18;
const ADDRESS_SIZE = 32;
const MEMORY = 128 * 2 ** 20;

type LegIndex = 0 | 1;

export type LegsOptions = {
  seed: number;
  /** Fields of either half, the second leg's in `redundancy`. */
  output: Record<string, unknown>;
  input: Record<string, unknown>;
  /** Of each path, both ways. */
  paths: readonly [Partial<LinkProperties>, Partial<LinkProperties>];
};

/** One path between the halves, with what was sent over it and what of that it lost. */
class Path {
  readonly there: Link;
  readonly back: Link;
  /** Units that came to the other end at least once, where they can be read. */
  readonly arrived = new Set<number>();

  constructor(random: Random, properties: Partial<LinkProperties>) {
    this.there = new Link(random, properties);
    this.back = new Link(random, properties);
  }

  set loss(loss: number) {
    this.there.properties.loss = loss;
    this.back.properties.loss = loss;
  }

  send(datagram: Uint8Array, now: number): void {
    const before = this.there.lost.length;
    this.there.send(datagram, instant(now));
    const isData = (datagram[0] ?? 0) < 0x80 && datagram.length > HEADERS;
    if (isData && ((datagram[4] ?? 0) & KEY_FLAGS) === 0) {
      const mark = markOf(datagram.subarray(HEADERS));
      if (this.there.lost.length === before) {
        this.arrived.add(mark);
      }
    }
  }
}

/** An output with two legs and an input with two, as they are opened in the product, over two seeded paths at virtual time. */
export class LegsRig {
  readonly paths: readonly [Path, Path];
  readonly units: { mark: number; at: number }[] = [];
  readonly events: EventReport[] = [];
  now = 0;
  readonly #far = new HeapMemory(MEMORY);
  readonly #near = new HeapMemory(MEMORY);
  readonly #input;
  readonly #output;
  readonly #running: { close(): void }[];
  readonly #ring = new HeapRing(this.#near, 256 * 1_024, 64);
  readonly #ends: readonly { near: End; far: End }[];
  readonly #out = new PacketBatch(1_024);
  #published = 0;

  constructor({ seed, output, input, paths }: LegsOptions) {
    const random = seeded(seed);
    this.paths = [new Path(random, paths[0]), new Path(random, paths[1])];
    this.#output = outputContext(declaration, this.#near, seeded(seed + 1));
    this.#input = inputContext(declaration, this.#far);
    const context = { ...this.#input.context, report: (event: EventReport) => void this.events.push(event) };
    this.#running = [openOutput(checked("output", output), this.#output.context), openInput(checked("input", input), context)];
    this.#ends = this.#output.opened.map(({ options }, i) => ({
      near: new End(this.#near, options.to === undefined),
      far: new End(this.#far, this.#input.opened[i]?.options.to === undefined),
    }));
    assert.equal(this.#ends.length, 2);
  }

  /** A counter of the input, or of the output. */
  count(name: keyof typeof declaration.stats, side: "input" | "output" = "input"): number {
    const { stats } = (side === "input" ? this.#input : this.#output).context;
    return (stats[name] as unknown as { value: number }).value;
  }

  /** Lets time pass until both legs are connected. */
  connect(): void {
    const isThere = (): boolean => this.count("connectionsOpen") === 1 && this.count("srtLeg2ConnectionsOpen") === 1;
    for (const end = this.now + 5_000_000; !isThere();) {
      assert.ok(this.now < end, "both legs connect");
      this.run(this.now + 1_000);
    }
  }

  publish(unit: Uint8Array): void {
    const n = this.#published++;
    this.#ring.publish(unit, instant(this.now));
    for (const leg of [0, 1] as const) {
      this.#sender(leg).emit(this.#ring, n, n + 1, this.#nearEnd(leg).wire, instant(this.now));
      this.#depart(leg);
    }
  }

  /** One unit each `interval` microseconds. */
  stream(count: number, interval: number, unit: (n: number) => Uint8Array): void {
    for (let i = 0; i < count; i++) {
      this.run(this.now + interval);
      this.publish(unit(this.#published));
    }
  }

  /** Lets time pass until `end`. */
  run(end: number): void {
    for (;;) {
      let next = Infinity;
      for (const leg of [0, 1] as const) {
        const { there, back } = this.paths[leg];
        next = Math.min(next, there.deadline, back.deadline, this.#sender(leg).deadline, this.#receiver(leg).deadline);
      }
      if (next > end) {
        this.now = Math.max(this.now, end);
        return;
      }
      this.now = Math.max(this.now, next);
      this.#step(0);
      this.#step(1);
    }
  }

  /** Closes everything; returns how many reservations were not given back. */
  close(): number {
    for (const part of this.#running) {
      part.close();
    }
    for (const { near, far } of this.#ends) {
      near.close();
      far.close();
    }
    this.#ring.close();
    return this.#near.outstanding + this.#far.outstanding;
  }

  #sender(leg: LegIndex): SenderMachine {
    return this.#output.opened[leg]?.packetizer as SenderMachine;
  }

  #receiver(leg: LegIndex) {
    return this.#input.opened[leg]?.machine ?? assert.fail("there are two legs");
  }

  #nearEnd(leg: LegIndex): End {
    return this.#ends[leg]?.near ?? assert.fail("there are two legs");
  }

  #farEnd(leg: LegIndex): End {
    return this.#ends[leg]?.far ?? assert.fail("there are two legs");
  }

  #step(leg: LegIndex): void {
    const now = instant(this.now);
    const near = this.#nearEnd(leg);
    const sender = this.#sender(leg);
    near.collect(this.paths[leg].back, this.now);
    if (near.intake.batch.count > 0) {
      sender.receive(near.intake.batch, now, near.wire);
      near.wire.flush();
      near.intake.clear();
    }
    if (sender.deadline <= now) {
      sender.expire(now, near.wire);
    }
    this.#depart(leg);
    const far = this.#farEnd(leg);
    const receiver = this.#receiver(leg);
    far.collect(this.paths[leg].there, this.now);
    if (far.intake.batch.count > 0) {
      this.#deliver(() => receiver.receive(far.intake.batch, now, this.#out, far.wire));
      far.wire.flush();
      far.intake.clear();
    }
    if (receiver.deadline <= now) {
      this.#deliver(() => receiver.expire(now, this.#out, far.wire));
    }
    for (const datagram of far.wire.takeDatagrams()) {
      this.paths[leg].back.send(datagram, now);
    }
  }

  #depart(leg: LegIndex): void {
    for (const datagram of this.#nearEnd(leg).wire.takeDatagrams()) {
      this.paths[leg].send(datagram, this.now);
    }
  }

  #deliver(call: () => void): void {
    this.#out.clear();
    call();
    this.units.push(...bytesOf(this.#far, this.#out).map((unit) => ({ mark: markOf(unit), at: this.now })));
  }
}

/** A socket of one leg on one side. */
class End {
  readonly wire: RecordingWire;
  readonly intake: TestIntake;
  readonly #memory: HeapMemory;
  readonly #peer: number;
  readonly #listens: boolean;

  constructor(memory: HeapMemory, listens: boolean) {
    this.#memory = memory;
    this.wire = new RecordingWire(memory);
    this.intake = new TestIntake(memory);
    this.#listens = listens;
    this.#peer = memory.reserve(ADDRESS_SIZE);
    writeAddress(memory, this.#peer, 1, 4_000);
  }

  collect(link: Link, now: number): void {
    for (let next = link.poll(instant(now)); next !== undefined; next = link.poll(instant(now))) {
      this.intake.add(next, this.#listens ? this.#peer : 0);
    }
  }

  close(): void {
    this.wire.close();
    this.intake.close();
    this.#memory.release(this.#peer);
  }
}

const checked = (side: "input" | "output", config: Record<string, unknown>) => {
  const parsed = declaration[side].parse(config);
  const problems = side === "input" ? declaration.checkInput(parsed) : declaration.checkOutput(parsed as never);
  assert.deepEqual(problems, []);
  return parsed as never;
};
