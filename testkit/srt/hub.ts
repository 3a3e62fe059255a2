import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { SrtReceiver, SrtSender } from "@bilbycast/protocols/srt";
import { bytesOf } from "@bilbycast/testkit/memory";
import { HeapRing } from "@bilbycast/testkit/ring";
import { Side, type SideOptions } from "./pair.ts";

type Member = { side: Side; machine: SrtSender; ring: HeapRing; port: number; published: number; isCut: boolean };

const STEP = 1_000;
const FIRST_PORT = 5_000;

/** A listener that receives and any number of callers that send, at virtual time and without a path between them. */
export class Hub {
  readonly listener: Side;
  readonly callers: Member[] = [];
  readonly units: Uint8Array[] = [];
  readonly #machine: SrtReceiver;
  readonly #out = new PacketBatch(256);
  now = 0;

  constructor(options: SideOptions) {
    this.listener = new Side(true, "receive", 7, options);
    this.#machine = new SrtReceiver(this.listener.endpoint);
  }

  call(options: SideOptions = {}): Member {
    const side = new Side(false, "send", 100 + this.callers.length, options);
    const ring = new HeapRing(side.memory, 128 * 1_024, 64);
    const port = FIRST_PORT + this.callers.length;
    const member = { side, machine: new SrtSender(side.endpoint), ring, port, published: 0, isCut: false };
    this.callers.push(member);
    return member;
  }

  publish(caller: Member, unit: Uint8Array): void {
    const n = caller.published++;
    caller.ring.publish(unit, instant(this.now));
    caller.machine.emit(caller.ring, n, n + 1, caller.side.wire, instant(this.now));
  }

  /** What somebody at that port says; returns what the listener answers to that port. */
  say(datagram: Uint8Array, port: number): Uint8Array[] {
    this.listener.arrive(datagram, 1, port);
    this.#hear();
    return this.#answers()
      .filter((answer) => answer.port === port)
      .map((answer) => answer.datagram);
  }

  /** Lets time pass until `end`, a millisecond at a time. */
  run(end: number): void {
    for (; this.now < end; this.now += STEP) {
      const now = instant(this.now);
      for (const { side, machine, port, isCut } of this.callers) {
        if (machine.deadline <= now) {
          machine.expire(now, side.wire);
        }
        for (const datagram of side.wire.takeDatagrams()) {
          if (!isCut) {
            this.listener.arrive(datagram, 1, port);
          }
        }
      }
      this.#hear();
      for (const { port, datagram } of this.#answers()) {
        const caller = this.callers.find((each) => each.port === port);
        if (caller !== undefined && !caller.isCut) {
          caller.side.arrive(datagram);
          caller.machine.receive(caller.side.intake.batch, now, caller.side.wire);
          caller.side.intake.clear();
        }
      }
    }
  }

  #hear(): void {
    const now = instant(this.now);
    const { intake, wire, memory } = this.listener;
    this.#out.clear();
    this.#machine.receive(intake.batch, now, this.#out, wire);
    this.units.push(...bytesOf(memory, this.#out));
    // What is said names its peers in the intake, so it leaves before that is spoilt.
    wire.flush();
    intake.clear();
    if (this.#machine.deadline <= now) {
      this.#out.clear();
      this.#machine.expire(now, this.#out, wire);
      this.units.push(...bytesOf(memory, this.#out));
    }
  }

  #answers(): { port: number; datagram: Uint8Array }[] {
    const { memory, wire } = this.listener;
    return wire.take().flatMap(({ peer, datagrams }) => {
      const port = (memory.bytes[peer + 2] ?? 0) * 256 + (memory.bytes[peer + 3] ?? 0);
      return datagrams.map((datagram) => ({ port, datagram }));
    });
  }
}
