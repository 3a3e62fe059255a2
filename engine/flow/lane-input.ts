import { splitAddress } from "@bilbycast/foundation/address";
import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { MediaMachine } from "@bilbycast/foundation/packets";
import { LentRing, ROUNDS, type Lane, type LaneSocket, type LaneTask, type LaneTimer, type UdpOptions } from "@bilbycast/engine/io";
import type { InputContext, LaneTransport, ReceiveOptions, Running } from "@bilbycast/engine/transport";
import type { Declaration } from "@bilbycast/engine/transport";
import { ArrivalGaps } from "./arrival-gaps.ts";
import { InputTables } from "./input-tables.ts";
import { LanePart, type PartBirth } from "./lane-part.ts";
import type { LaneFlow } from "./lane-flow.ts";
import type { PartOpened, PartOrder, TapOrder } from "./orders.ts";
import { NeighbourInput, SharedInput } from "./shared-input.ts";
import { SpareSockets } from "./spare-sockets.ts";

/** Units that a session may be ahead of its lane: 200 ms at 100 Mbit/s. */
const LENT_UNITS = 2_048;

/** An input of a flow, active or standing by. */
export class LaneInput extends LanePart {
  /** What is kept of its tables; only of a transport stream. */
  readonly tables: InputTables | undefined;
  readonly #flow: LaneFlow;
  #lent: LentReceiver | undefined;
  #shared: SharedInput | undefined;
  #spares: SpareSockets | undefined;

  constructor(birth: PartBirth) {
    super(birth, "input");
    const { order, transport } = birth;
    this.#flow = birth.flow;
    const { gives } = transport.declaration;
    this.tables = gives === "ts" ? new InputTables(this.lane, order.tag, order.mirrored) : undefined;
    try {
      if (order.tap !== undefined) {
        this.#tap(order.tap, birth.source);
      } else if (transport.runsOn === "lane") {
        this.#openHere(order, transport);
      } else {
        this.#lend(order);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  opened(): PartOpened {
    const lent = this.#lent?.ring.layout;
    return { ...this.known(), ...(lent === undefined ? {} : { lent }) };
  }

  /** A session or another lane may have written. */
  woken(): void {
    this.#lent?.wake();
    this.#shared?.wake();
  }

  /** Reads another flow, of this lane or of another. */
  #tap(tap: TapOrder, source: LaneFlow | undefined): void {
    if ("memory" in tap) {
      this.#shared = new SharedInput(this.lane, this.#flow, this, tap);
    }
    this.patience = 0;
    const reader = this.#shared ?? (source === undefined ? undefined : new NeighbourInput(this.lane, this.#flow, this, source));
    check(reader !== undefined, "an input that reads a flow of its lane is given it");
    this.onClose(() => reader.close());
  }

  #openHere(order: PartOrder, transport: LaneTransport): void {
    const open = transport.openInput;
    check(open !== undefined, `${transport.declaration.kind} has no input`);
    const context: InputContext<Declaration> = {
      memory: this.memory,
      stats: this.meters,
      crypto: this.crypto(),
      fault: (code, cause) => this.fault(code, cause),
      report: (event) => this.report(event),
      receive: (options, machine) => this.#receive(options, machine),
    };
    open(order.config as never, context);
    this.#spares?.demandOne();
  }

  #receive(options: ReceiveOptions<Declaration>, machine: MediaMachine): Running {
    const receiver = new Receiver(this.lane, this.#flow, this, machine);
    this.bear(machine);
    const closer = this.onClose(() => receiver.close());
    const bind = splitAddress(options.bind);
    const to = options.to === undefined ? undefined : splitAddress(options.to);
    if (bind === undefined || (options.to !== undefined && to === undefined)) {
      throw this.fault(options.fault, new Error(`${bind === undefined ? options.bind : options.to} is no address`));
    }
    const { interface: by, source, device, dscp, ttl, spare } = options;
    const udp: UdpOptions = {
      bind,
      ...(by === undefined ? {} : { interface: by }),
      ...(source === undefined ? {} : { source }),
      ...(device === undefined ? {} : { device }),
      ...(to === undefined ? {} : { to }),
      ...(dscp === undefined ? {} : { dscp }),
      ...(ttl === undefined ? {} : { ttl }),
      trains: true,
    };
    const open = (): Promise<void> | undefined => this.#openSocket(receiver, udp, options.fault);
    const opening = spare === undefined ? open() : this.#spareSockets().add(spare, open);
    if (opening !== undefined) {
      this.opening.push(opening);
    }
    return closer;
  }

  /** Throws or rejects with the Fault. */
  #openSocket(receiver: Receiver, options: UdpOptions, code: string): Promise<void> | undefined {
    try {
      const opening = receiver.open(options);
      this.sockets.push(receiver.socket);
      // With several sockets it is the first one's.
      const isFirst = this.sockets.length === 1;
      const tell = (): void => {
        this.localAddress = isFirst ? receiver.localAddress : this.localAddress;
      };
      const begin = (): void => {
        tell();
        receiver.begin();
      };
      if (opening === undefined) {
        begin();
        return undefined;
      }
      tell();
      return opening.then(begin, (cause: unknown) => Promise.reject(this.fault(code, cause)));
    } catch (cause) {
      throw cause instanceof Fault ? cause : this.fault(code, cause);
    }
  }

  #spareSockets(): SpareSockets {
    if (this.#spares === undefined) {
      const spares = new SpareSockets(this.lane, (cause) => this.#flow.failed(cause));
      this.#spares = spares;
      this.onClose(() => spares.close());
    }
    return this.#spares;
  }

  #lend(order: PartOrder): void {
    const lent = new LentReceiver(this.lane, this.#flow, this);
    this.#lent = lent;
    this.patience = 0;
    // A session may write into the ring until it is told to stop, and it is told by main, not here.
    this.onClose(() => this.#flow.keepOrClose(() => lent.ring.close()));
    this.onClose(() => lent.close());
    const { wake } = order;
    if (wake !== undefined) {
      wake.on("message", () => lent.wake());
      this.onClose(() => wake.close());
    }
  }
}

const gapsOf = (input: LaneInput): ArrivalGaps =>
  new ArrivalGaps({ shortest: input.meter("shortestGapUs"), longest: input.meter("longestGapUs") });

/** Socket, machine, flow: steps 2 to 5 of a pass. */
class Receiver implements LaneTask {
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #input: LaneInput;
  readonly #machine: MediaMachine;
  readonly #timer: LaneTimer;
  readonly #packets;
  readonly #bytes;
  readonly #oversize;
  readonly #last;
  readonly #gaps;
  readonly #replies;
  #socket: LaneSocket | undefined;

  constructor(lane: Lane, flow: LaneFlow, input: LaneInput, machine: MediaMachine) {
    this.#lane = lane;
    this.#flow = flow;
    this.#input = input;
    this.#machine = machine;
    this.#packets = input.meter("packetsReceived");
    this.#bytes = input.meter("bytesReceived");
    this.#oversize = input.meter("oversize");
    this.#last = input.meter("lastReceivedUs");
    this.#gaps = gapsOf(input);
    this.#replies = {
      packetsSent: input.meter("repliesSent"),
      bytesSent: input.meter("replyBytesSent"),
      packetsRefused: input.meter("repliesRefused"),
      sendBlocked: input.meter("repliesRefused"),
      peerUnreachable: input.meter("repliesRefused"),
    };
    this.#timer = lane.timer({ run: () => this.#expire(), failed: (cause) => flow.failed(cause) });
  }

  get localAddress(): string {
    return this.#socket?.localAddress ?? "";
  }

  get socket(): LaneSocket {
    return this.#socket as LaneSocket;
  }

  open(options: UdpOptions): Promise<void> | undefined {
    this.#socket = this.#lane.udp(options, this);
    return this.#socket.opened;
  }

  /** The socket is open: a machine may have the first word. */
  begin(): void {
    this.#timer.set(this.#machine.deadline);
  }

  run(): void {
    const lane = this.#lane;
    const socket = this.#socket as LaneSocket;
    const { received, produced, sendList } = lane;
    for (let round = 0; round < ROUNDS; round++) {
      received.clear();
      const more = socket.receive(received);
      const { count } = received;
      if (count > 0) {
        this.#packets.add(count);
        this.#bytes.add(socket.receivedBytes);
        this.#last.set(lane.now);
        this.#gaps.take(count, lane.now);
        produced.clear();
        sendList.begin(socket, this.#replies);
        this.#machine.receive(received, lane.now, produced, sendList);
        sendList.flush();
        this.#flow.publish(this.#input, produced);
      }
      lane.took(count, more && round === ROUNDS - 1);
      if (!more) {
        break;
      }
    }
    const oversize = socket.takeOversize();
    if (oversize > 0) {
      this.#oversize.add(oversize);
    }
    this.#timer.set(this.#machine.deadline);
  }

  failed(cause: unknown): void {
    this.#flow.failed(cause);
  }

  close(): void {
    this.#timer.close();
    this.#farewell();
    this.#socket?.close();
    this.#machine.close();
  }

  #farewell(): void {
    if (this.#socket !== undefined && this.#machine.farewell !== undefined) {
      const { now, sendList } = this.#lane;
      sendList.begin(this.#socket, this.#replies);
      this.#machine.farewell(now, sendList);
      sendList.flush();
    }
  }

  #expire(): void {
    const { now, produced, sendList } = this.#lane;
    produced.clear();
    sendList.begin(this.#socket as LaneSocket, this.#replies);
    this.#machine.expire(now, produced, sendList);
    sendList.flush();
    this.#flow.publish(this.#input, produced);
    this.#timer.set(this.#machine.deadline);
  }
}

/** What a session wrote ahead comes onto the bus when it is due. */
class LentReceiver {
  readonly ring: LentRing;
  readonly #lane: Lane;
  readonly #flow: LaneFlow;
  readonly #input: LaneInput;
  readonly #timer: LaneTimer;
  readonly #packets;
  readonly #bytes;
  readonly #last;
  readonly #gaps;

  constructor(lane: Lane, flow: LaneFlow, input: LaneInput) {
    this.#lane = lane;
    this.#flow = flow;
    this.#input = input;
    this.#packets = input.meter("packetsReceived");
    this.#bytes = input.meter("bytesReceived");
    this.#last = input.meter("lastReceivedUs");
    this.#gaps = gapsOf(input);
    this.ring = new LentRing(lane.arena, LENT_UNITS);
    this.ring.release();
    this.#timer = lane.timer({ run: () => this.#release(), failed: (cause) => flow.failed(cause) });
  }

  /** Wakes come between passes, so the work is put into the next one. */
  wake(): void {
    this.#timer.set(this.#lane.now);
    this.#lane.driver.nudge?.();
  }

  close(): void {
    this.#timer.close();
  }

  #release(): void {
    const { produced, now } = this.#lane;
    produced.clear();
    const bytes = this.ring.take(now, produced);
    if (produced.count > 0) {
      this.#packets.add(produced.count);
      this.#bytes.add(bytes);
      this.#last.set(now);
      this.#gaps.take(produced.count, now);
      this.#flow.publish(this.#input, produced);
    }
    this.ring.release();
    this.#timer.set(this.ring.deadline);
  }
}
