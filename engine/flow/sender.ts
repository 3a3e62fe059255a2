import type { Packetizer, PacketRing, SenderMachine, Tally } from "@bilbycast/foundation/packets";
import { after } from "@bilbycast/foundation/time";
import type { Lane, LaneSocket, LaneTask, LaneTimer, SendMeters } from "@bilbycast/engine/io";
import type { Pacer, SendTallies } from "@bilbycast/engine/transport";
import type { PcrTrust } from "@bilbycast/protocols/mpegts";
import { Cursor } from "./cursor.ts";
import type { LaneFlow } from "./lane-flow.ts";
import type { LanePart } from "./lane-part.ts";
import { RETRY, type StageFeed, type UnitSender } from "./stage-feed.ts";

/** What stands between the flow's bus and the packetizer, if anything: when packets leave, what they become, who measures their PCRs, who counts too. */
export type SenderParts = {
  pacer?: Pacer | undefined;
  /** What comes from a stage has waited for the pacer before. */
  feed?: StageFeed | undefined;
  pcrTrust?: PcrTrust | undefined;
  counts?: SendTallies | undefined;
};

/** Cursor, pacer, packetizer, socket: step 7 of a pass. The cursor is on the flow's bus, or on the ring of a stage. As a task it reads what the receiver answers. */
export class Sender implements LaneTask, UnitSender {
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #cursor: Cursor;
  readonly #packetizer: Packetizer;
  readonly #machine: SenderMachine | undefined;
  readonly #timer: LaneTimer | undefined;
  readonly #meters: SendMeters;
  readonly #pacer: Pacer | undefined;
  readonly #release: LaneTimer | undefined;
  readonly #feed: StageFeed | undefined;
  readonly #partId: string;
  readonly #trust: PcrTrust | undefined;
  /** Of the flow's log of PCRs, the entry that is looked at next. */
  #pcrEntry = 0;
  #socket: LaneSocket | undefined;

  constructor(lane: Lane, flow: LaneFlow, output: LanePart, packetizer: Packetizer | SenderMachine, parts: SenderParts = {}) {
    const { counts, feed } = parts;
    const pacer = feed === undefined ? parts.pacer : undefined;
    this.#partId = output.id;
    this.#trust = parts.pcrTrust;
    this.#lane = lane;
    this.#flow = flow;
    this.#packetizer = packetizer;
    const dropped = both(output.meter("packetsDropped"), counts?.packetsDropped);
    this.#feed = feed;
    feed?.join(counts?.packetsDropped);
    // What waits for its time is no backlog: it may fill the bus.
    const ring = feed?.stage.ring ?? flow.bus;
    this.#cursor = new Cursor(ring, feed !== undefined || pacer !== undefined ? ring.mask + 1 : flow.queue, dropped);
    this.#pacer = pacer;
    this.#meters = {
      packetsSent: both(output.meter("packetsSent"), counts?.packetsSent),
      bytesSent: both(output.meter("bytesSent"), counts?.bytesSent),
      packetsRefused: output.meter("packetsRefused"),
      sendBlocked: output.meter("sendBlocked"),
      peerUnreachable: output.meter("peerUnreachable"),
    };
    if (pacer !== undefined) {
      this.#release = lane.timer({ run: () => this.#paced(), failed: (cause) => flow.failed(cause) });
    }
    if ("expire" in packetizer) {
      this.#machine = packetizer;
      this.#timer = lane.timer({ run: () => this.#expire(packetizer), failed: (cause) => flow.failed(cause) });
    }
  }

  use(socket: LaneSocket): void {
    this.#socket = socket;
  }

  /** The socket is open: begins behind the newest packet; a machine may have the first word. */
  begin(): void {
    this.#cursor.next = (this.#feed?.stage.ring ?? this.#flow.bus).head;
    this.#feed?.add(this);
    if (this.#machine !== undefined) {
      this.#timer?.set(this.#machine.deadline);
    }
  }

  goOnFrom(before: Sender): void {
    before.#feed?.finish();
    const next = before.#feed?.nextPacket ?? before.#cursor.next;
    if (this.#feed === undefined) {
      this.#cursor.next = next;
    } else {
      this.#feed.goOnFrom(next, before.#feed);
    }
  }

  /** True when the socket had no room. */
  drain(): boolean {
    if (this.#feed !== undefined) {
      return this.#feed.drain();
    }
    const cursor = this.#cursor;
    if (cursor.waiting() === 0) {
      return false;
    }
    const end = this.#allowed();
    return end > cursor.next && this.#send(this.#flow.bus, cursor, end);
  }

  get nextUnit(): number {
    return this.#cursor.next;
  }

  sendUnits(): boolean {
    const feed = this.#feed as StageFeed;
    return this.#cursor.waiting() > 0 && this.#send(feed.stage.ring, this.#cursor, feed.stage.ring.head);
  }

  /** Sends the packets of a ring up to `end`; true when the socket had no room for all. */
  #send(ring: PacketRing, cursor: Cursor, end: number): boolean {
    const socket = this.#socket as LaneSocket;
    const { sendList, now } = this.#lane;
    for (;;) {
      sendList.begin(socket, this.#meters);
      this.#packetizer.emit(ring, cursor.next, end, sendList, now);
      sendList.flush();
      const { stoppedAt } = sendList;
      cursor.next = stoppedAt < 0 ? end : Math.max(cursor.next, stoppedAt);
      this.#left(cursor.next);
      if (this.#machine !== undefined) {
        this.#timer?.set(this.#machine.deadline);
      }
      // A refused train has turned trains off for this socket: the same packets go once more, one by one.
      if (stoppedAt < 0 || !sendList.trainRefused) {
        return stoppedAt >= 0;
      }
    }
  }

  /** Answers of the receiver; only a machine has ears. */
  run(): void {
    const { received, sendList, now } = this.#lane;
    const socket = this.#socket as LaneSocket;
    received.clear();
    socket.receive(received);
    this.#meters.peerUnreachable.add(socket.takeUnreachable());
    if (this.#machine !== undefined && received.count > 0) {
      sendList.begin(socket, this.#meters);
      this.#machine.receive(received, now, sendList);
      sendList.flush();
      this.#timer?.set(this.#machine.deadline);
    }
  }

  failed(cause: unknown): void {
    this.#flow.failed(cause);
  }

  close(): void {
    this.#timer?.close();
    this.#release?.close();
    this.#farewell();
    this.#socket?.close();
    this.#packetizer.close();
    this.#feed?.close();
  }

  /** Number behind the last packet that may leave in this pass; sees to it that the next one has its own. */
  #allowed(): number {
    const { bus } = this.#flow;
    if (this.#pacer === undefined) {
      return bus.head;
    }
    const end = this.#pacer.allow(bus, this.#cursor.next, this.#lane.now);
    this.#release?.set(this.#pacer.due(bus, end));
    return end;
  }

  /** Everything before number `next` of what it reads has left: says so in numbers of the flow's bus. */
  #left(next: number): void {
    const ring = this.#feed?.stage.ring;
    const packet = ring === undefined ? next : next > ring.tail ? (ring.origin[(next - 1) & ring.mask] ?? 0) + 1 : 0;
    this.#flow.sent(this.#partId, packet);
    this.#measure(packet);
  }

  /** Looks at the PCRs that have left: everything before packet `next`. */
  #measure(next: number): void {
    const log = this.#flow.pcrLog;
    if (this.#trust === undefined || log === undefined || this.#pcrEntry === log.head) {
      return;
    }
    let entry = Math.max(this.#pcrEntry, log.tail);
    if (entry < log.head && log.packet(entry) < next) {
      const now = this.#lane.driver.now();
      for (; entry < log.head && log.packet(entry) < next; entry++) {
        this.#trust.sent(log.pid(entry), log.pcr(entry), log.breaks(entry), now);
      }
    }
    this.#pcrEntry = entry;
  }

  #paced(): void {
    if (this.drain()) {
      this.#release?.set(after(this.#lane.now, RETRY));
    }
  }

  #farewell(): void {
    if (this.#socket !== undefined && this.#machine?.farewell !== undefined) {
      const { sendList, now } = this.#lane;
      sendList.begin(this.#socket, this.#meters);
      this.#machine.farewell(now, sendList);
      sendList.flush();
    }
  }

  #expire(machine: SenderMachine): void {
    const { sendList, now } = this.#lane;
    sendList.begin(this.#socket as LaneSocket, this.#meters);
    machine.expire(now, sendList);
    sendList.flush();
    this.#timer?.set(machine.deadline);
  }
}

/** One counter, or two that move together. */
const both = (first: Tally, second: Tally | undefined): Tally =>
  second === undefined
    ? first
    : {
        add: (amount) => {
          first.add(amount);
          second.add(amount);
        },
        set: (value) => {
          first.set(value);
          second.set(value);
        },
      };
