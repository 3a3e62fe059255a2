import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { PacketBatch, type MediaMachine, type SenderMachine } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import {
  createGroupReceivers,
  createGroupSenders,
  DEFAULT_SETTINGS,
  type GroupMode,
  type SendGroup,
  type SrtEvent,
  type SrtSettings,
} from "@bilbycast/protocols/srt";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { seeded } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { tallies } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { srtMeters, writeAddress } from "./pair.ts";

const BUFFER = 2_048;
const MEMORY = 96 * 1_024 * 1_024;
const BUFFER_SIZE = 4 * 2 ** 20;
const ADDRESSES = 1_024;
const ADDRESS_SIZE = 32;
const LONGEST_SLEEP_MS = 10;

/** `call`: ports of 127.0.0.1, one for each link; absent: one socket that listens. */
export type RealGroupOptions = { mode: GroupMode; call?: readonly number[]; weights?: readonly number[]; settings?: Partial<SrtSettings> };

type End = {
  socket: Socket;
  meters: ReturnType<typeof srtMeters>;
  events: SrtEvent[];
  wire: RecordingWire;
  intake: TestIntake;
  call: number | undefined;
};

/** A group on UDP sockets of 127.0.0.1 and the machine's own clock: what a lane does, for tests beside real peers. */
export class RealGroup {
  readonly ends: readonly End[];
  readonly units: Uint8Array[] = [];
  readonly receiveMeters = tallies("delivered", "tooLate");
  readonly sending: SendGroup | undefined;
  readonly #memory = new HeapMemory(MEMORY);
  readonly #senders: readonly SenderMachine[];
  readonly #receivers: readonly MediaMachine[];
  readonly #ring = new HeapRing(this.#memory, 256 * 1_024, 64);
  readonly #out = new PacketBatch(1_024);
  readonly #addresses = this.#memory.reserve(ADDRESSES * ADDRESS_SIZE);
  #arrived = 0;
  #published = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(sockets: readonly Socket[], direction: "send" | "receive", options: RealGroupOptions) {
    const memory = this.#memory;
    this.ends = sockets.map((socket, i) => ({
      socket,
      meters: srtMeters(),
      events: [],
      wire: new RecordingWire(memory),
      intake: new TestIntake(memory),
      call: options.call?.[i],
    }));
    const parts = {
      memory,
      crypto: seededCrypto(memory, seeded(Math.floor(performance.now()))),
      settings: { ...DEFAULT_SETTINGS, receiveBuffer: BUFFER, sendBuffer: BUFFER, ...options.settings },
      mode: options.mode,
      listens: options.call === undefined,
      most: 4,
      sockets: this.ends.map(({ meters, events }, i) => ({
        meters,
        report: (event: SrtEvent) => void events.push(event),
        weight: options.weights?.[i] ?? 0,
      })),
    };
    const sending = direction === "send" ? createGroupSenders(parts) : undefined;
    this.sending = sending?.group;
    this.#senders = sending?.machines ?? [];
    this.#receivers = direction === "receive" ? createGroupReceivers(parts, this.receiveMeters).machines : [];
    this.ends.forEach(({ socket, intake }, i) => {
      socket.on("message", (datagram, { port }) => {
        if (!this.#isClosed) {
          const at = this.#addresses + ADDRESS_SIZE * (this.#arrived++ % ADDRESSES);
          writeAddress(memory, at, 1, port);
          intake.add(datagram, options.call === undefined ? at : 0);
          this.#receive(i);
          this.#pass();
        }
      });
    });
    this.#pass();
  }

  static async open(direction: "send" | "receive", options: RealGroupOptions): Promise<RealGroup> {
    const sockets: Socket[] = [];
    for (let i = 0; i < (options.call?.length ?? 1); i++) {
      const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_SIZE });
      socket.on("error", () => {});
      socket.bind(0, "127.0.0.1");
      await once(socket, "listening");
      sockets.push(socket);
    }
    return new RealGroup(sockets, direction, options);
  }

  /** Of the first socket. */
  get port(): number {
    return this.ends[0]?.socket.address().port ?? 0;
  }

  get events(): SrtEvent[] {
    return this.ends.flatMap(({ events }) => events);
  }

  /** Links that stand. */
  get connected(): number {
    const count = (what: SrtEvent["event"]): number => this.events.filter(({ event }) => event === what).length;
    return count("connected") - count("disconnected");
  }

  bytes(): Buffer {
    return Buffer.concat(this.units);
  }

  send(unit: Uint8Array): void {
    const n = this.#published++;
    this.#ring.publish(unit, this.#now);
    this.#senders.forEach((machine, i) => {
      const wire = this.ends[i]?.wire;
      if (wire !== undefined) {
        machine.emit(this.#ring, n, n + 1, wire, this.#now);
      }
    });
    this.#pass();
  }

  close(): void {
    for (const [i, machine] of [...this.#senders, ...this.#receivers].entries()) {
      const wire = this.ends[i]?.wire;
      if (wire !== undefined) {
        machine.farewell?.(this.#now, wire);
      }
    }
    this.#flush();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.ends.forEach(({ socket }) => void socket.close());
  }

  get #now() {
    return instant(Math.floor(performance.now() * 1_000));
  }

  #receive(i: number): void {
    const end = this.ends[i];
    if (end === undefined) {
      return;
    }
    this.#senders[i]?.receive(end.intake.batch, this.#now, end.wire);
    this.#collect(() => this.#receivers[i]?.receive(end.intake.batch, this.#now, this.#out, end.wire));
    end.wire.flush();
    end.intake.clear();
  }

  #collect(call: () => void): void {
    this.#out.clear();
    call();
    this.units.push(...bytesOf(this.#memory, this.#out));
  }

  #pass(): void {
    if (this.#isClosed) {
      return;
    }
    let earliest = Infinity;
    this.ends.forEach(({ wire }, i) => {
      const machine = this.#senders[i];
      const receiver = this.#receivers[i];
      if (machine !== undefined && machine.deadline <= this.#now) {
        machine.expire(this.#now, wire);
      }
      if (receiver !== undefined && receiver.deadline <= this.#now) {
        this.#collect(() => receiver.expire(this.#now, this.#out, wire));
      }
      earliest = Math.min(earliest, machine?.deadline ?? Infinity, receiver?.deadline ?? Infinity);
    });
    this.#flush();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pass(), Math.min(LONGEST_SLEEP_MS, Math.max(0, (earliest - this.#now) / 1_000)));
  }

  #flush(): void {
    const { bytes } = this.#memory;
    for (const { wire, socket, call } of this.ends) {
      for (const { datagrams, peer } of wire.take()) {
        const port = call ?? (bytes[peer + 2] ?? 0) * 256 + (bytes[peer + 3] ?? 0);
        for (const datagram of datagrams) {
          socket.send(datagram, port, "127.0.0.1");
        }
      }
    }
  }
}
