import { splitAddress } from "@bilbycast/foundation/address";
import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { EgressStage, Packetizer, SenderMachine } from "@bilbycast/foundation/packets";
import type { UdpOptions } from "@bilbycast/engine/io";
import type { Declaration, OutputContext, Pacer, Running, SendOptions } from "@bilbycast/engine/transport";
import { PCR_TRUST_PLACES, PcrTrust } from "@bilbycast/protocols/mpegts";
import { LanePart, type PartBirth } from "./lane-part.ts";
import type { LaneFlow } from "./lane-flow.ts";
import type { PartOpened, ShareOrder } from "./orders.ts";
import { checkHold } from "./hold.ts";
import { SpareSockets } from "./spare-sockets.ts";
import { Sender } from "./sender.ts";
import { StageFeed } from "./stage-feed.ts";

/** An output of a flow: one or more senders, each with a cursor of its own on the flow's bus. */
export class LaneOutput extends LanePart {
  readonly #flow: LaneFlow;
  readonly #senders: Sender[] = [];
  readonly #feeds = new Map<EgressStage, StageFeed>();
  readonly #random32: () => number;
  readonly #share: ShareOrder | undefined;
  #trustAt: number | undefined;
  #spares: SpareSockets | undefined;

  constructor(birth: PartBirth, random32: () => number) {
    super(birth, "output");
    const { order, transport } = birth;
    const { share } = order;
    this.#flow = birth.flow;
    this.#share = share;
    this.#random32 = random32;
    check(transport.runsOn === "lane" && transport.openOutput !== undefined, `${order.kind} has no output that runs on a lane`);
    const context: OutputContext<Declaration> = {
      memory: this.memory,
      stats: this.meters,
      ...(share === undefined ? {} : { share: { index: share.index, count: share.count, board: new Int32Array(share.board) } }),
      random32: () => this.#random32(),
      crypto: this.crypto(),
      report: (event) => this.report(event),
      fault: (code, cause) => this.fault(code, cause),
      send: (options, packetizer) => this.#send(options, packetizer),
    };
    try {
      transport.openOutput(order.config as never, context);
      this.#spares?.demandOne();
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
    const sender = new Sender(this.lane, this.#flow, this, packetizer, {
      pacer,
      feed: stage === undefined ? undefined : this.#feedOf(stage, pacer),
      pcrTrust: this.#takeTrust(),
      counts: options.counts,
    });
    this.bear("expire" in packetizer ? packetizer : {});
    const closer = this.onClose(() => sender.close());
    const to = options.to === undefined ? undefined : splitAddress(options.to);
    const { lanes, bind: wanted } = options;
    const share = this.#share;
    // The port may be one that the system chose for the first one.
    const bind = wanted === undefined ? undefined : splitAddress(share?.bind ?? wanted);
    if (options.to !== undefined && to === undefined) {
      throw this.fault(options.fault, new Error(`${options.to} is no address`));
    }
    const udp: UdpOptions = {
      ...(to === undefined ? {} : { to }),
      ...(bind === undefined ? {} : { bind }),
      ...(options.interface === undefined ? {} : { interface: options.interface }),
      ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
      ...(options.device === undefined ? {} : { device: options.device }),
      ...(lanes === undefined ? {} : { lanes: lanes.most }),
      ...(lanes === undefined || share === undefined ? {} : { share: { index: share.index, count: share.count, by: lanes.by } }),
      dscp: options.dscp,
      trains: options.trains && hold === 0 && pacer === undefined,
      deaf: !("expire" in packetizer),
    };
    const open = (): Promise<void> | undefined => this.#openSocket(sender, udp, options.fault);
    const opening = options.spare === undefined ? open() : this.#spareSockets().add(options.spare, open);
    if (opening !== undefined) {
      this.opening.push(opening);
    }
    return closer;
  }

  /** Senders that are given one stage share what it makes. */
  #feedOf(stage: EgressStage, pacer: Pacer | undefined): StageFeed {
    const feed = this.#feeds.get(stage) ?? new StageFeed(this.lane, this.#flow, stage, pacer, this.meter("packetsDropped"));
    this.#feeds.set(stage, feed);
    return feed;
  }

  /** Throws or rejects with the Fault. */
  #openSocket(sender: Sender, options: UdpOptions, code: string): Promise<void> | undefined {
    try {
      const socket = this.lane.udp(options, sender);
      sender.use(socket);
      this.sockets.push(socket);
      // With several sockets it is the first one's.
      const isFirst = this.sockets.length === 1;
      const begin = (): void => {
        this.localAddress = isFirst ? socket.localAddress : this.localAddress;
        sender.begin();
        this.#senders.push(sender);
      };
      if (socket.opened === undefined) {
        begin();
        return undefined;
      }
      return socket.opened.then(begin, (cause: unknown) => Promise.reject(this.fault(code, cause)));
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
}
