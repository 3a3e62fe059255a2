import { PacketBatch, type MediaMachine, type SenderMachine } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import {
  createGroupReceivers,
  createGroupSenders,
  DEFAULT_SETTINGS,
  type GroupMode,
  type ReceiveGroup,
  type SendGroup,
  type SrtEvent,
  type SrtSettings,
} from "@bilbycast/protocols/srt";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { tallies } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { srtMeters, writeAddress } from "./pair.ts";

const BUFFER = 2_048;
const SLOT = 1_536;
const REST = 4 * 1_024 * 1_024;
const ADDRESS_SIZE = 32;
const FIRST_PORT = 4_000;

export type GroupPairOptions = {
  seed?: number;
  mode?: GroupMode;
  /** Of the receiving side, where it has another. */
  peerMode?: GroupMode;
  caller?: "send" | "receive";
  /** One for each link. */
  links?: readonly Partial<LinkProperties>[];
  weights?: readonly number[];
  /** Sockets that the listening side has: one for all links, or one for each. */
  listeners?: "one" | "each";
  settings?: Partial<SrtSettings>;
};

/** A link that takes over sends at once what it has kept. */
const BURST = { bytes: 2 * 1_024 * 1_024, rows: 2_048 };

/** One socket: what leaves it, what comes to it, and what it reports. */
type GroupEnd = { meters: ReturnType<typeof srtMeters>; events: SrtEvent[]; wire: RecordingWire; intake: TestIntake };

/** A sending and a receiving group, one calling the other over seeded paths, on virtual time, each on one memory as on a lane. */
export class GroupPair {
  readonly there: readonly Link[];
  readonly back: readonly Link[];
  readonly deliveries: { unit: Uint8Array; at: number }[] = [];
  readonly sending: SendGroup;
  readonly receiving: ReceiveGroup;
  readonly senderEnds: readonly GroupEnd[];
  readonly receiverEnds: readonly GroupEnd[];
  readonly receiveMeters = tallies("delivered", "tooLate");
  /** Sees every datagram that leaves either side, and by which link. */
  tap: (datagram: Uint8Array, link: number, way: "there" | "back") => void = () => {};
  now = 0;
  readonly #callerSends: boolean;
  readonly #senders: readonly SenderMachine[];
  readonly #receivers: readonly MediaMachine[];
  readonly #senderMemory: HeapMemory;
  readonly #receiverMemory: HeapMemory;
  readonly #addresses: number;
  readonly #ring: HeapRing;
  readonly #out = new PacketBatch(256);
  #published = 0;

  constructor(options: GroupPairOptions = {}) {
    const { seed = 1, mode = "broadcast", caller = "send", links = [{}, {}], weights = [], listeners = "one" } = options;
    const settings = { ...DEFAULT_SETTINGS, receiveBuffer: BUFFER, sendBuffer: BUFFER, ...options.settings };
    this.#callerSends = caller === "send";
    const count = links.length;
    const listening = listeners === "one" ? 1 : count;
    const most = 4;
    const sizeOf = (sockets: number, packets: number): HeapMemory => new HeapMemory(REST + sockets * (packets * SLOT + BURST.bytes));
    const [sockets, others] = [count, listening * most];
    this.#senderMemory = sizeOf(this.#callerSends ? sockets : others, settings.sendBuffer);
    this.#receiverMemory = sizeOf(this.#callerSends ? others : sockets, settings.receiveBuffer);
    const endsOf = (memory: HeapMemory, number: number): GroupEnd[] =>
      Array.from({ length: number }, () => ({
        meters: srtMeters(),
        events: [],
        wire: new RecordingWire(memory),
        intake: new TestIntake(memory, BURST),
      }));
    this.senderEnds = endsOf(this.#senderMemory, this.#callerSends ? count : listening);
    this.receiverEnds = endsOf(this.#receiverMemory, this.#callerSends ? listening : count);
    const partsOf = (memory: HeapMemory, ends: readonly GroupEnd[], listens: boolean, n: number, groupMode = mode) => ({
      memory,
      crypto: seededCrypto(memory, seeded(seed + n)),
      settings,
      mode: groupMode,
      listens,
      most,
      sockets: ends.map(({ meters, events }, i) => ({
        meters,
        report: (event: SrtEvent) => void events.push(event),
        weight: weights[i] ?? 0,
      })),
    });
    const sending = createGroupSenders(partsOf(this.#senderMemory, this.senderEnds, !this.#callerSends, 100));
    const receiving = createGroupReceivers(
      partsOf(this.#receiverMemory, this.receiverEnds, this.#callerSends, 200, options.peerMode),
      this.receiveMeters,
    );
    [this.sending, this.#senders] = [sending.group, sending.machines];
    [this.receiving, this.#receivers] = [receiving.group, receiving.machines];
    this.there = links.map((link, i) => new Link(seeded(seed + 2 * i), link));
    this.back = links.map((link, i) => new Link(seeded(seed + 2 * i + 1), link));
    this.#ring = new HeapRing(this.#senderMemory, 256 * 1_024, 64);
    this.#addresses = (this.#callerSends ? this.#receiverMemory : this.#senderMemory).reserve(ADDRESS_SIZE * count);
    links.forEach((_, i) => writeAddress(this.#listenerMemory, this.#addresses + i * ADDRESS_SIZE, 1 + i, FIRST_PORT + i));
  }

  get #listenerMemory(): HeapMemory {
    return this.#callerSends ? this.#receiverMemory : this.#senderMemory;
  }

  /** Nothing passes a link any more, either way; or everything does again. */
  cut(link: number, loss = 1): void {
    for (const way of [this.there, this.back]) {
      const each = way[link];
      if (each !== undefined) {
        each.properties.loss = loss;
      }
    }
  }

  publish(unit: Uint8Array): void {
    const n = this.#published++;
    const now = instant(this.now);
    this.#ring.publish(unit, now);
    this.#senders.forEach((machine, i) => {
      const wire = this.senderEnds[i]?.wire;
      if (wire !== undefined) {
        machine.emit(this.#ring, n, n + 1, wire, now);
      }
      this.#fly(this.senderEnds, i, this.there, "there");
    });
  }

  /** Lets time pass until `end`. */
  run(end: number): void {
    for (;;) {
      const next = Math.min(...[...this.there, ...this.back, ...this.#senders, ...this.#receivers].map(({ deadline }) => deadline));
      if (next > end) {
        this.now = Math.max(this.now, end);
        return;
      }
      this.now = Math.max(this.now, next);
      this.#step();
    }
  }

  /** Publishes `count` units, one each `interval`; `before` is told the number of each. */
  stream(count: number, interval: number, unit: (n: number) => Uint8Array, before: (n: number) => void = () => {}): void {
    for (let n = 0; n < count; n++) {
      before(n);
      this.run(this.now + interval);
      this.publish(unit(n));
    }
  }

  /** Closes everything; returns how many reservations were not given back. */
  close(): number {
    this.#senders.forEach((machine) => machine.close());
    this.#receivers.forEach((machine) => machine.close());
    [...this.senderEnds, ...this.receiverEnds].forEach(({ wire, intake }) => [wire, intake].forEach((each) => each.close()));
    this.#ring.close();
    this.#listenerMemory.release(this.#addresses);
    return this.#senderMemory.outstanding + this.#receiverMemory.outstanding;
  }

  #step(): void {
    const now = instant(this.now);
    this.#collect(this.back, this.senderEnds, !this.#callerSends);
    this.#senders.forEach((machine, i) => {
      const end = this.senderEnds[i];
      if (end === undefined) {
        return;
      }
      if (end.intake.batch.count > 0) {
        machine.receive(end.intake.batch, now, end.wire);
        end.wire.flush();
        end.intake.clear();
      }
      if (machine.deadline <= now) {
        machine.expire(now, end.wire);
      }
      this.#fly(this.senderEnds, i, this.there, "there");
    });
    this.#collect(this.there, this.receiverEnds, this.#callerSends);
    this.#receivers.forEach((machine, i) => {
      const end = this.receiverEnds[i];
      if (end === undefined) {
        return;
      }
      if (end.intake.batch.count > 0) {
        this.#deliver(() => machine.receive(end.intake.batch, now, this.#out, end.wire));
        end.wire.flush();
        end.intake.clear();
      }
      if (machine.deadline <= now) {
        this.#deliver(() => machine.expire(now, this.#out, end.wire));
      }
      this.#fly(this.receiverEnds, i, this.back, "back");
    });
  }

  #deliver(call: () => void): void {
    this.#out.clear();
    call();
    this.deliveries.push(...bytesOf(this.#receiverMemory, this.#out).map((unit) => ({ unit, at: this.now })));
  }

  #collect(links: readonly Link[], ends: readonly GroupEnd[], listens: boolean): void {
    links.forEach((link, i) => {
      const end = ends[ends.length === 1 ? 0 : i];
      for (let next = link.poll(instant(this.now)); next !== undefined; next = link.poll(instant(this.now))) {
        end?.intake.add(next, listens ? this.#addresses + i * ADDRESS_SIZE : 0);
      }
    });
  }

  #fly(ends: readonly GroupEnd[], socket: number, links: readonly Link[], way: "there" | "back"): void {
    for (const { peer, datagrams } of ends[socket]?.wire.take() ?? []) {
      const memory = this.#listenerMemory;
      const link = peer === 0 ? socket : (memory.bytes[peer + 2] ?? 0) * 256 + (memory.bytes[peer + 3] ?? 0) - FIRST_PORT;
      for (const datagram of datagrams) {
        this.tap(datagram, link, way);
        links[link]?.send(datagram, instant(this.now));
      }
    }
  }
}
