import { splitAddress } from "@bilbycast/foundation/address";
import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { Packetizer, SenderMachine } from "@bilbycast/foundation/packets";
import type { Lane, LaneSocket, LaneTask, LaneTimer, SendMeters } from "@bilbycast/engine/io";
import type { Declaration, OutputContext, Running, SendOptions } from "@bilbycast/engine/transport";
import { Cursor } from "./cursor.ts";
import { LanePart, type PartBirth } from "./lane-part.ts";
import type { LaneFlow } from "./lane-flow.ts";
import type { PartOpened } from "./orders.ts";

/** An output of a flow: one or more senders, each with a cursor of its own on the flow's bus. */
export class LaneOutput extends LanePart {
  readonly #flow: LaneFlow;
  readonly #senders: Sender[] = [];
  readonly #random32: () => number;

  constructor(birth: PartBirth, random32: () => number) {
    super(birth, "output");
    const { order, transport } = birth;
    this.#flow = birth.flow;
    this.#random32 = random32;
    check(transport.runsOn === "lane" && transport.openOutput !== undefined, `${order.kind} has no output that runs on a lane`);
    const context: OutputContext<Declaration> = {
      memory: this.memory,
      stats: this.meters,
      random32: () => this.#random32(),
      fault: (code, cause) => this.fault(code, cause),
      send: (options, packetizer) => this.#send(options, packetizer),
    };
    try {
      transport.openOutput(order.config as never, context);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  opened(): PartOpened {
    return { partId: this.id, ...(this.localAddress === "" ? {} : { localAddress: this.localAddress }) };
  }

  /** Goes on where another output stands on the bus. */
  takeOver(from: LaneOutput): void {
    for (const [i, sender] of this.#senders.entries()) {
      const before = from.#senders[i];
      if (before !== undefined) {
        sender.goOnFrom(before);
      }
    }
  }

  /** True when the socket of one of its senders had no room: it is to be tried again. */
  drain(): boolean {
    let blocked = false;
    for (const sender of this.#senders) {
      blocked = sender.drain() || blocked;
    }
    return blocked;
  }

  #send(options: SendOptions<Declaration>, packetizer: Packetizer | SenderMachine): Running {
    const sender = new Sender(this.lane, this.#flow, this, packetizer);
    const closer = this.onClose(() => sender.close());
    const to = splitAddress(options.to);
    const bind = options.bind === undefined ? undefined : splitAddress(options.bind);
    if (to === undefined) {
      throw this.fault(options.fault, new Error(`${options.to} is no address`));
    }
    try {
      const deaf = !("expire" in packetizer);
      const socket = this.lane.udp(
        { to, ...(bind === undefined ? {} : { bind }), dscp: options.dscp, trains: options.trains, deaf },
        sender,
      );
      sender.use(socket);
      this.localAddress = socket.localAddress;
      if (socket.opened === undefined) {
        this.#senders.push(sender);
      } else {
        this.opening.push(
          socket.opened.then(
            () => {
              this.localAddress = socket.localAddress;
              sender.skip();
              this.#senders.push(sender);
            },
            (cause: unknown) => Promise.reject(this.fault(options.fault, cause)),
          ),
        );
      }
    } catch (cause) {
      throw cause instanceof Fault ? cause : this.fault(options.fault, cause);
    }
    return closer;
  }
}

/** Cursor, packetizer, socket: step 7 of a pass. As a task it reads what the receiver answers. */
class Sender implements LaneTask {
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #cursor: Cursor;
  readonly #packetizer: Packetizer;
  readonly #machine: SenderMachine | undefined;
  readonly #timer: LaneTimer | undefined;
  readonly #meters: SendMeters;
  #socket: LaneSocket | undefined;

  constructor(lane: Lane, flow: LaneFlow, output: LaneOutput, packetizer: Packetizer | SenderMachine) {
    this.#lane = lane;
    this.#flow = flow;
    this.#packetizer = packetizer;
    this.#cursor = new Cursor(flow.bus, flow.queue, output.meter("packetsDropped"));
    this.#meters = {
      packetsSent: output.meter("packetsSent"),
      bytesSent: output.meter("bytesSent"),
      packetsRefused: output.meter("packetsRefused"),
      sendBlocked: output.meter("sendBlocked"),
      peerUnreachable: output.meter("peerUnreachable"),
    };
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
    const socket = this.#socket as LaneSocket;
    const { sendList, now } = this.#lane;
    const { bus } = this.#flow;
    for (;;) {
      sendList.begin(socket, this.#meters);
      this.#packetizer.emit(bus, cursor.next, bus.head, sendList, now);
      sendList.flush();
      const { stoppedAt } = sendList;
      cursor.next = stoppedAt < 0 ? bus.head : Math.max(cursor.next, stoppedAt);
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
    this.#socket?.close();
    this.#packetizer.close();
  }

  #expire(machine: SenderMachine): void {
    const { sendList, now } = this.#lane;
    sendList.begin(this.#socket as LaneSocket, this.#meters);
    machine.expire(now, sendList);
    sendList.flush();
    this.#timer?.set(machine.deadline);
  }
}
