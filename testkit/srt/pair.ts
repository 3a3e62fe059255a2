import { check } from "@bilbycast/foundation/check";
import { PacketBatch } from "@bilbycast/foundation/packets";
import type { Crypto } from "@bilbycast/foundation/crypto";
import { instant } from "@bilbycast/foundation/time";
import {
  Caller,
  DEFAULT_SETTINGS,
  Listener,
  Rendezvous,
  SRT_COUNTERS,
  SRT_GAUGES,
  SrtReceiver,
  SrtSender,
  type Endpoint,
  type SharedPort,
  type SrtEvent,
  type SrtSettings,
} from "@bilbycast/protocols/srt";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { GaugeTally, tallies } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";

/** Packets; a stream of one a millisecond needs no more for a second of latency. */
const BUFFER = 2_048;
/** Bytes: a packet, and all that is no buffer. */
const SLOT = 1_536;
/** Where senders' addresses lie: as many as an intake has rows. */
const ADDRESSES = 1_024;
const FEW = 64;
const ADDRESS_SIZE = 32;
const MOST_ROUNDS = 100;
const REST = 1_024 * 1_024;

/**
 * `memory`: to be used again, from a side that was released. `isSmall`: room for a few datagrams at a time, which is made much faster.
 * `port`: where it is one of several listeners. `derive`: in place of the derivation of keys, which is slow on purpose.
 */
export type SideOptions = {
  settings?: Partial<SrtSettings>;
  most?: number;
  rendezvous?: boolean;
  memory?: HeapMemory;
  isSmall?: boolean;
  derive?: Crypto["deriveKey"];
  port?: SharedPort;
};

export const srtMeters = () => ({
  ...tallies(...SRT_COUNTERS),
  ...(Object.fromEntries(SRT_GAUGES.map((name) => [name, new GaugeTally()])) as Record<(typeof SRT_GAUGES)[number], GaugeTally>),
});

/** An address in the memory, as a lane's socket writes it: IPv4, 10.0.0.`host`. */
export const writeAddress = (memory: HeapMemory, at: number, host: number, port: number): void => {
  memory.bytes.set([2, 0, port >> 8, port & 0xff, 10, 0, 0, host], at);
  memory.bytes.fill(0, at + 8, at + 28);
};

/** One end: memory, machine, wire and what it reports. `listens`: its socket hears everybody. */
export class Side {
  readonly memory: HeapMemory;
  readonly meters = srtMeters();
  readonly events: SrtEvent[] = [];
  readonly wire: RecordingWire;
  readonly intake: TestIntake;
  readonly endpoint: Endpoint;
  readonly #address: number;
  readonly #addresses: number;
  readonly #listens: boolean;
  #arrived = 0;

  constructor(listens: boolean, direction: "send" | "receive", seed: number, options: SideOptions = {}) {
    const { settings: wanted = {}, most = 1, rendezvous = false, memory, isSmall = false, derive, port } = options;
    const settings = { ...DEFAULT_SETTINGS, receiveBuffer: BUFFER, sendBuffer: BUFFER, ...wanted };
    const packets = direction === "send" ? settings.sendBuffer : settings.receiveBuffer;
    this.memory = memory ?? new HeapMemory(REST + most * packets * SLOT);
    this.wire = new RecordingWire(this.memory);
    this.intake = new TestIntake(this.memory, isSmall ? { bytes: 64 * 1_024, rows: FEW } : {});
    const parts = {
      memory: this.memory,
      crypto: { ...seededCrypto(this.memory, seeded(seed)), ...(derive === undefined ? {} : { deriveKey: derive }) },
      settings,
      meters: this.meters,
      direction,
      report: (event: SrtEvent) => void this.events.push(event),
      ...(port === undefined ? {} : { port }),
    };
    this.#listens = listens && !rendezvous;
    this.#addresses = isSmall ? FEW : ADDRESSES;
    this.#address = this.memory.reserve(this.#addresses * ADDRESS_SIZE);
    this.endpoint = rendezvous ? new Rendezvous(parts) : listens ? new Listener(parts, most) : new Caller(parts);
  }

  /** Puts a datagram into the intake. */
  arrive(datagram: Uint8Array, host = 1, port = 4_000): void {
    const at = this.#address + ADDRESS_SIZE * (this.#arrived++ % this.#addresses);
    writeAddress(this.memory, at, host, port);
    this.intake.add(datagram, this.#listens ? at : 0);
  }

  get said(): string[] {
    return this.events.map((event) =>
      event.event === "connected" || event.event === "link_active" ? event.event : `${event.event} ${event.reason}`,
    );
  }

  release(): number {
    this.wire.close();
    this.intake.close();
    this.memory.release(this.#address);
    return this.memory.outstanding;
  }
}

export type PairOptions = {
  seed?: number;
  caller?: "send" | "receive";
  sender?: SideOptions;
  receiver?: SideOptions;
  there?: Partial<LinkProperties>;
  back?: Partial<LinkProperties>;
  /** Microseconds that the receiver's clock is ahead of the sender's, and how much faster it runs. */
  offset?: number;
  skew?: number;
};

export type Delivery = { unit: Uint8Array; at: number };

/** A sender and a receiver, one calling the other over a seeded path, on virtual time. */
export class Pair {
  readonly sender: Side;
  readonly receiver: Side;
  readonly there: Link;
  readonly back: Link;
  readonly ring: HeapRing;
  readonly deliveries: Delivery[] = [];
  /** Sees every datagram that leaves either side. */
  tap: (datagram: Uint8Array) => void = () => {};
  readonly #send: SrtSender;
  readonly #receive: SrtReceiver;
  readonly #out = new PacketBatch(256);
  readonly #offset: number;
  readonly #skew: number;
  #published = 0;
  now = 0;

  constructor(options: PairOptions = {}) {
    const { seed = 1, caller = "send", there = {}, back = there, offset = 0, skew = 0 } = options;
    this.sender = new Side(caller !== "send", "send", seed + 100, options.sender);
    this.receiver = new Side(caller === "send", "receive", seed + 200, options.receiver);
    this.#send = new SrtSender(this.sender.endpoint);
    this.#receive = new SrtReceiver(this.receiver.endpoint);
    this.there = new Link(seeded(seed), there);
    this.back = new Link(seeded(seed + 1), back);
    this.ring = new HeapRing(this.sender.memory, (options.sender?.isSmall === true ? 16 : 256) * 1_024, 64);
    this.#offset = offset;
    this.#skew = skew;
  }

  /** The receiver's time. */
  #far(now: number): number {
    return Math.round(now * (1 + this.#skew)) + this.#offset;
  }

  /** The sender's time at which the receiver's deadline passes. */
  #near(deadline: number): number {
    return Math.ceil((deadline - this.#offset) / (1 + this.#skew));
  }

  publish(unit: Uint8Array): void {
    const n = this.#published++;
    this.ring.publish(unit, instant(this.now));
    this.#send.emit(this.ring, n, n + 1, this.sender.wire, instant(this.now));
    this.#fly(this.sender, this.there);
  }

  /** Lets time pass until `end`. */
  run(end: number): void {
    for (;;) {
      const next = Math.min(this.there.deadline, this.back.deadline, this.#send.deadline, this.#near(this.#receive.deadline));
      if (next > end) {
        this.now = Math.max(this.now, end);
        return;
      }
      this.now = Math.max(this.now, next);
      this.#step();
    }
  }

  /** Publishes `count` units, one each `interval`. */
  stream(count: number, interval: number, unit: (n: number) => Uint8Array): void {
    for (let n = 0; n < count; n++) {
      this.run(this.now + interval);
      this.publish(unit(n));
    }
  }

  /** Gives one side what nobody may have sent, and lets it do what is due then; returns how many bytes it says. */
  inject(to: "sender" | "receiver", datagrams: readonly Uint8Array[], passed: number): number {
    const side = this[to];
    datagrams.forEach((datagram) => side.arrive(datagram));
    this.now += passed;
    const now = instant(to === "sender" ? this.now : this.#far(this.now));
    const { batch } = side.intake;
    if (to === "sender") {
      this.#send.receive(batch, now, side.wire);
      side.intake.clear();
      this.#due(
        () => this.#send.expire(now, side.wire),
        () => this.#send.deadline <= now,
      );
    } else {
      this.#deliver(() => this.#receive.receive(batch, now, this.#out, side.wire));
      side.intake.clear();
      this.#due(
        () => this.#deliver(() => this.#receive.expire(now, this.#out, side.wire)),
        () => this.#receive.deadline <= now,
      );
    }
    return side.wire.takeDatagrams().reduce((sum, { length }) => sum + length, 0);
  }

  farewell(side: "sender" | "receiver"): void {
    if (side === "sender") {
      this.#send.farewell(instant(this.now), this.sender.wire);
      this.#fly(this.sender, this.there);
    } else {
      this.#receive.farewell(instant(this.#far(this.now)), this.receiver.wire);
      this.#fly(this.receiver, this.back);
    }
  }

  /** Closes everything; returns how many reservations were not given back. */
  close(): number {
    this.#send.close();
    this.#receive.close();
    this.ring.close();
    return this.sender.release() + this.receiver.release();
  }

  #step(): void {
    const now = instant(this.now);
    this.#collect(this.back, this.sender);
    if (this.sender.intake.batch.count > 0) {
      this.#send.receive(this.sender.intake.batch, now, this.sender.wire);
      this.sender.wire.flush();
      this.sender.intake.clear();
    }
    if (this.#send.deadline <= now) {
      this.#send.expire(now, this.sender.wire);
    }
    this.#fly(this.sender, this.there);
    this.#collect(this.there, this.receiver);
    const far = instant(this.#far(this.now));
    const { batch } = this.receiver.intake;
    if (batch.count > 0) {
      this.#deliver(() => this.#receive.receive(batch, far, this.#out, this.receiver.wire));
      this.receiver.intake.clear();
    }
    if (this.#receive.deadline <= far) {
      this.#deliver(() => this.#receive.expire(far, this.#out, this.receiver.wire));
    }
    this.#fly(this.receiver, this.back);
  }

  /** A machine whose deadline has passed does something about it. */
  #due(expire: () => void, isDue: () => boolean): void {
    for (let round = 0; isDue(); round++) {
      check(round < MOST_ROUNDS, "a deadline that has passed moves on");
      expire();
    }
  }

  #deliver(call: () => void): void {
    this.#out.clear();
    call();
    this.deliveries.push(...bytesOf(this.receiver.memory, this.#out).map((unit) => ({ unit, at: this.now })));
  }

  #collect(link: Link, side: Side): void {
    for (let next = link.poll(instant(this.now)); next !== undefined; next = link.poll(instant(this.now))) {
      side.arrive(next);
    }
  }

  #fly(from: Side, link: Link): void {
    for (const datagram of from.wire.takeDatagrams()) {
      this.tap(datagram);
      link.send(datagram, instant(this.now));
    }
  }
}
