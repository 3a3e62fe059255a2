import { setU32, u32 } from "@bilbycast/foundation/bytes";
import type { Crypto } from "@bilbycast/foundation/crypto";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant, type Microseconds } from "@bilbycast/foundation/time";
import { Caller, DEFAULT_SETTINGS, Listener, SrtReceiver, SrtSender, type SrtEvent, type SrtSettings } from "@bilbycast/protocols/srt";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { Link, type LinkProperties } from "@bilbycast/testkit/network";
import { seeded } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { LinkWire } from "@bilbycast/testkit/wire";
import { srtMeters, writeAddress } from "./pair.ts";

/** A lane wakes so often. */
const TICK = 1_000;
/** Virtual time until the path turns bad: the connection stands by then, and has measured its round trip. */
const SETTLE = 2_000_000;
const PAYLOAD = 12;
const CHECK_WORD = 0x5a5a_5a5a;
const BUFFER = 8_192;
const SLOT = 1_536;
const REST = 2 * 2 ** 20;
const ROWS = 1_024;

export type LongHaulOptions = {
  seed: number;
  latencyMs: number;
  /** What the path is from the beginning, and what it becomes when the connection stands; the same both ways. */
  delay: Microseconds;
  path?: Partial<LinkProperties>;
  /** Packets in each millisecond. */
  perTick?: number;
  /** Of both ends. */
  settings?: Partial<SrtSettings>;
  /** How much faster the receiver's clock runs, and by how much a packet may miss its time. */
  skew?: number;
  slack?: Microseconds;
  /** Bytes that the sender draws where it wants chance of four bytes: its first sequence number among them. */
  draws?: number;
  /** Sees, and may change, every datagram on its way to the receiver. */
  tamper?: (datagram: Uint8Array) => void;
};

/** What became of the packets of a long run. */
export type Haul = {
  packets: number;
  lost: number;
  /** Delivered twice or after a later one; not at their time; with other bytes. */
  disordered: number;
  untimely: number;
  damaged: number;
};

/** One end of a long run. */
type End = { memory: HeapMemory; intake: TestIntake; wire: LinkWire; link: Link; meters: ReturnType<typeof srtMeters>; events: SrtEvent[] };

/**
 * A caller that sends to a listener over a seeded path, on virtual time, tick by tick as lanes run: small packets, nothing recorded, every
 * delivery judged at once. Some hundred times as fast as the time that it plays.
 */
export class LongHaul {
  readonly sender: End;
  readonly receiver: End;
  readonly haul: Haul = { packets: 0, lost: 0, disordered: 0, untimely: 0, damaged: 0 };
  now = 0;
  readonly #options: Required<LongHaulOptions>;
  readonly #send: SrtSender;
  readonly #receive: SrtReceiver;
  readonly #ring: HeapRing;
  readonly #out = new PacketBatch(ROWS);
  readonly #unit = new Uint8Array(PAYLOAD);
  readonly #peer: number;
  #started = 0;
  #expected = 0;

  constructor(options: LongHaulOptions) {
    const all = { path: {}, perTick: 1, settings: {}, skew: 0, slack: 2_000, draws: -1, tamper: () => {}, ...options };
    this.#options = all;
    const { seed, delay, tamper, draws } = all;
    this.sender = end(BUFFER, new Link(seeded(seed), { delay }), tamper);
    this.receiver = end(BUFFER, new Link(seeded(seed + 1), { delay }), () => {});
    const settings = { ...DEFAULT_SETTINGS, receiveLatencyMs: all.latencyMs, ...all.settings };
    const parts = ({ memory, meters, events }: End, crypto: Crypto, direction: "send" | "receive") => ({
      memory,
      crypto,
      meters,
      direction,
      settings: { ...settings, sendBuffer: direction === "send" ? BUFFER : 64, receiveBuffer: direction === "send" ? 64 : BUFFER },
      report: (event: SrtEvent) => void events.push(event),
    });
    const chance = seededCrypto(this.sender.memory, seeded(seed + 100));
    this.#send = new SrtSender(new Caller(parts(this.sender, draws < 0 ? chance : drawing(chance, draws), "send")));
    this.#receive = new SrtReceiver(
      new Listener(parts(this.receiver, seededCrypto(this.receiver.memory, seeded(seed + 200)), "receive"), 1),
    );
    this.#ring = new HeapRing(this.sender.memory, 1_024, 16);
    this.#peer = this.receiver.memory.reserve(32);
    writeAddress(this.receiver.memory, this.#peer, 1, 4_000);
  }

  /** Connects, and stands for `age` without a packet; then the path becomes what it is to be. */
  connect(age: Microseconds = 0): void {
    this.idle(SETTLE + age);
    Object.assign(this.sender.link.properties, this.#options.path);
    Object.assign(this.receiver.link.properties, this.#options.path);
    this.#started = this.now;
  }

  /** Lets time pass in which nothing is sent, in ticks of the machines' own deadlines. */
  idle(span: Microseconds): void {
    const until = this.now + span;
    while (this.now < until) {
      const next = Math.min(
        this.#send.deadline,
        this.sender.link.deadline,
        this.receiver.link.deadline,
        this.#near(this.#receive.deadline),
      );
      this.now = Math.min(until, Math.max(this.now + TICK, Math.ceil(next / TICK) * TICK));
      this.#turn();
    }
  }

  /** Sends so many packets. */
  carry(packets: number): void {
    const { perTick } = this.#options;
    for (const until = this.haul.packets + packets; this.haul.packets < until;) {
      this.now += TICK;
      this.sender.wire.now = this.now;
      for (let n = 0; n < perTick; n++) {
        this.#publish(this.haul.packets++);
      }
      this.#send.emit(this.#ring, this.haul.packets - perTick, this.haul.packets, this.sender.wire, instant(this.now));
      this.#turn();
    }
  }

  /** The path becomes perfect and what is under way arrives; what did not come is lost. */
  settle(): void {
    for (const { link } of [this.sender, this.receiver]) {
      Object.assign(link.properties, { loss: 0, bursts: undefined });
    }
    this.idle(SETTLE + 2_000 * this.#options.latencyMs);
    this.haul.lost += this.haul.packets - this.#expected;
    this.#expected = this.haul.packets;
  }

  /** The sender's time at which the receiver's deadline passes. */
  #near(deadline: number): number {
    return deadline / (1 + this.#options.skew);
  }

  #publish(mark: number): void {
    setU32(this.#unit, 0, Math.floor(mark / 2 ** 32));
    setU32(this.#unit, 4, mark >>> 0);
    setU32(this.#unit, 8, (mark ^ CHECK_WORD) >>> 0);
    this.#ring.publish(this.#unit, instant(this.now));
  }

  #turn(): void {
    const now = instant(this.now);
    const { sender, receiver } = this;
    sender.wire.now = this.now;
    receiver.wire.now = this.now;
    const far = instant(Math.round(this.now * (1 + this.#options.skew)));
    if (collect(receiver.link, now, sender.intake, 0) > 0) {
      this.#send.receive(sender.intake.batch, now, sender.wire);
      sender.intake.clear();
    }
    if (this.#send.deadline <= now) {
      this.#send.expire(now, sender.wire);
    }
    sender.wire.flush();
    if (collect(sender.link, now, receiver.intake, this.#peer) > 0) {
      this.#receive.receive(receiver.intake.batch, far, this.#out, receiver.wire);
      receiver.intake.clear();
      this.#judge();
    }
    if (this.#receive.deadline <= far) {
      this.#receive.expire(far, this.#out, receiver.wire);
      this.#judge();
    }
    receiver.wire.flush();
  }

  #judge(): void {
    const { bytes } = this.receiver.memory;
    const { haul } = this;
    const { perTick, delay, latencyMs, slack } = this.#options;
    const out = this.#out;
    for (let i = 0; i < out.count; i++) {
      const at = out.offset[i] ?? 0;
      const low = u32(bytes, at + 4);
      const mark = u32(bytes, at) * 2 ** 32 + low;
      if (out.length[i] !== PAYLOAD || u32(bytes, at + 8) !== (low ^ CHECK_WORD) >>> 0 || mark >= haul.packets) {
        haul.damaged++;
        continue;
      }
      if (mark < this.#expected) {
        haul.disordered++;
        continue;
      }
      haul.lost += mark - this.#expected;
      this.#expected = mark + 1;
      const due = this.#started + (Math.floor(mark / perTick) + 1) * TICK + delay + latencyMs * 1_000;
      if (Math.abs(this.now - due) > slack) {
        haul.untimely++;
      }
    }
    out.clear();
  }
}

const end = (packets: number, link: Link, tamper: (datagram: Uint8Array) => void): End => {
  const memory = new HeapMemory(REST + packets * SLOT);
  return {
    memory,
    intake: new TestIntake(memory),
    wire: new LinkWire(memory, (datagram, now) => {
      tamper(datagram);
      link.send(datagram, instant(now));
    }),
    link,
    meters: srtMeters(),
    events: [],
  };
};

/** Moves what has arrived into the intake; returns how many datagrams those are. */
const collect = (link: Link, now: number, intake: TestIntake, peer: number): number => {
  let count = 0;
  for (let next = link.poll(instant(now)); next !== undefined; next = link.poll(instant(now))) {
    intake.add(next, peer);
    count++;
  }
  return count;
};

/** Chance, but for draws of four bytes, which are always the same. */
const drawing = (crypto: Crypto, draws: number): Crypto => ({
  ...crypto,
  random: (target) => {
    if (target.length !== 4) {
      return crypto.random(target);
    }
    setU32(target, 0, draws);
    return target;
  },
});
