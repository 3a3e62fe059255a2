import type { Packetizer, SenderMachine } from "@bilbycast/foundation/packets";
import { after } from "@bilbycast/foundation/time";
import type { Lane, LaneSocket, LaneTask, LaneTimer, SendMeters } from "@bilbycast/engine/io";
import type { Pacer } from "@bilbycast/engine/transport";
import type { PcrTrust } from "@bilbycast/protocols/mpegts";
import { Cursor } from "./cursor.ts";
import type { LaneFlow } from "./lane-flow.ts";
import type { LanePart } from "./lane-part.ts";

/** A paced packet for which the socket had no room is tried again this much later. */
const RETRY = 1_000;

/** What a sender may be given besides: who says when packets leave, who measures their PCRs. */
export type SenderOptions = { pacer?: Pacer | undefined; pcrTrust?: PcrTrust | undefined };

/** Cursor, packetizer, socket: step 7 of a pass. As a task it reads what the receiver answers. */
export class Sender implements LaneTask {
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #cursor: Cursor;
  readonly #packetizer: Packetizer;
  readonly #machine: SenderMachine | undefined;
  readonly #timer: LaneTimer | undefined;
  readonly #meters: SendMeters;
  readonly #pacer: Pacer | undefined;
  readonly #release: LaneTimer | undefined;
  readonly #partId: string;
  readonly #trust: PcrTrust | undefined;
  /** Of the flow's log of PCRs, the entry that is looked at next. */
  #pcrEntry = 0;
  #socket: LaneSocket | undefined;

  constructor(lane: Lane, flow: LaneFlow, output: LanePart, packetizer: Packetizer | SenderMachine, options: SenderOptions = {}) {
    const { pacer } = options;
    this.#partId = output.id;
    this.#trust = options.pcrTrust;
    this.#lane = lane;
    this.#flow = flow;
    this.#packetizer = packetizer;
    // What waits for its time is no backlog: it may fill the bus.
    this.#cursor = new Cursor(flow.bus, pacer === undefined ? flow.queue : flow.bus.mask + 1, output.meter("packetsDropped"));
    this.#pacer = pacer;
    this.#meters = {
      packetsSent: output.meter("packetsSent"),
      bytesSent: output.meter("bytesSent"),
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

  /** Begins behind the newest packet, when opening took its time. */
  skip(): void {
    this.#cursor.next = this.#flow.bus.head;
  }

  goOnFrom(before: Sender): void {
    this.#cursor.next = before.#cursor.next;
  }

  drain(): boolean {
    const cursor = this.#cursor;
    if (cursor.waiting() === 0) {
      return false;
    }
    const end = this.#allowed();
    if (end === cursor.next) {
      return false;
    }
    const socket = this.#socket as LaneSocket;
    const { sendList, now } = this.#lane;
    const { bus } = this.#flow;
    for (;;) {
      sendList.begin(socket, this.#meters);
      this.#packetizer.emit(bus, cursor.next, end, sendList, now);
      sendList.flush();
      const { stoppedAt } = sendList;
      cursor.next = stoppedAt < 0 ? end : Math.max(cursor.next, stoppedAt);
      this.#flow.sent(this.#partId, cursor.next);
      this.#measure(cursor.next);
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
    this.#socket?.close();
    this.#packetizer.close();
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

  #expire(machine: SenderMachine): void {
    const { sendList, now } = this.#lane;
    sendList.begin(this.#socket as LaneSocket, this.#meters);
    machine.expire(now, sendList);
    sendList.flush();
    this.#timer?.set(machine.deadline);
  }
}
