import { splitAddress } from "@bilbycast/foundation/address";
import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { Packetizer, SenderMachine } from "@bilbycast/foundation/packets";
import type { Declaration, OutputContext, Running, SendOptions } from "@bilbycast/engine/transport";
import { PCR_TRUST_PLACES, PcrTrust } from "@bilbycast/protocols/mpegts";
import { LanePart, type PartBirth } from "./lane-part.ts";
import type { LaneFlow } from "./lane-flow.ts";
import type { PartOpened } from "./orders.ts";
import { checkHold } from "./hold.ts";
import { Sender } from "./sender.ts";

/** An output of a flow: one or more senders, each with a cursor of its own on the flow's bus. */
export class LaneOutput extends LanePart {
  readonly #flow: LaneFlow;
  readonly #senders: Sender[] = [];
  readonly #random32: () => number;
  #trustAt: number | undefined;

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
      crypto: this.crypto(),
      report: (event) => this.report(event),
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
    return { ...this.known(), ...(this.#trustAt === undefined ? {} : { pcrTrust: this.#trustAt }) };
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

  /** The first sender's PCRs are measured. */
  #takeTrust(): PcrTrust | undefined {
    if (this.#trustAt !== undefined) {
      return undefined;
    }
    const { arena } = this.lane;
    this.#trustAt = this.memory.reserve(PCR_TRUST_PLACES * Float64Array.BYTES_PER_ELEMENT);
    return new PcrTrust(new Float64Array(arena.memory.buffer, this.#trustAt, PCR_TRUST_PLACES));
  }

  #send(options: SendOptions<Declaration>, packetizer: Packetizer | SenderMachine): Running {
    const { pacer, stage } = options;
    const hold = (pacer?.hold ?? 0) + (stage?.hold ?? 0);
    checkHold(this.#flow.bus, hold, this.#flow.rate);
    const sender = new Sender(this.lane, this.#flow, this, packetizer, { pacer, stage, pcrTrust: this.#takeTrust() });
    const closer = this.onClose(() => sender.close());
    const to = options.to === undefined ? undefined : splitAddress(options.to);
    const bind = options.bind === undefined ? undefined : splitAddress(options.bind);
    if (options.to !== undefined && to === undefined) {
      throw this.fault(options.fault, new Error(`${options.to} is no address`));
    }
    try {
      const deaf = !("expire" in packetizer);
      const socket = this.lane.udp(
        {
          ...(to === undefined ? {} : { to }),
          ...(bind === undefined ? {} : { bind }),
          ...(options.interface === undefined ? {} : { interface: options.interface }),
          ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
          ...(options.device === undefined ? {} : { device: options.device }),
          dscp: options.dscp,
          trains: options.trains && hold === 0 && pacer === undefined,
          deaf,
        },
        sender,
      );
      sender.use(socket);
      this.sockets.push(socket);
      this.localAddress = socket.localAddress;
      if (socket.opened === undefined) {
        sender.begin();
        this.#senders.push(sender);
      } else {
        this.opening.push(
          socket.opened.then(
            () => {
              this.localAddress = socket.localAddress;
              sender.skip();
              sender.begin();
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
