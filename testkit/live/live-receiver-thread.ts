import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { splitAddress, type SplitAddress } from "@bilbycast/foundation/address";
import { u16, u32 } from "@bilbycast/foundation/bytes";
import { Arena, createDriver, Lane, type LaneSocket, type LaneTask } from "@bilbycast/engine/io";
import { sourceOf } from "@bilbycast/testkit/streams";
import { PacketDigests, TsChecker } from "@bilbycast/testkit/ts-checker";
import type { LiveBirth, LiveReport, ReceiverOrder, ReceiverPlan, SinkState, Turn } from "./live-orders.ts";

const TS_PACKET = 188;
const RTP_HEADER = 12;

const { port, plan } = workerData as LiveBirth<ReceiverPlan>;

/** Judges every datagram as it comes. */
class Sink implements LaneTask {
  readonly #lane: Lane;
  readonly #socket: LaneSocket;
  readonly #header: number;
  readonly #checker = new TsChecker(plan.checker);
  readonly #digests = new PacketDigests();
  readonly #turns: Turn[] = [];
  readonly #rtp = { sequenceErrors: 0, sourceChanges: 0 };
  #digest: LiveReport["digest"];
  #sequenceNumber = -1;
  #ssrc = -1;
  #datagrams = 0;
  #source = -1;

  constructor(lane: Lane, { rtp }: { rtp: boolean }) {
    this.#lane = lane;
    this.#header = rtp ? RTP_HEADER : 0;
    this.#socket = lane.udp({ bind: splitAddress("127.0.0.1:0") as SplitAddress, trains: true }, this);
  }

  get port(): number {
    return Number(this.#socket.localAddress.split(":")[1]);
  }

  get state(): SinkState {
    return { source: this.#source, datagrams: this.#datagrams };
  }

  report(): LiveReport {
    return { datagrams: this.#datagrams, check: this.#checker.report(), digest: this.#digest, turns: this.#turns, rtp: this.#rtp };
  }

  run(): void {
    const { received, arena } = this.#lane;
    for (let more = true; more;) {
      received.clear();
      more = this.#socket.receive(received);
      for (let i = 0; i < received.count; i++) {
        const at = received.offset[i] ?? 0;
        this.#take(arena.bytes, at, at + (received.length[i] ?? 0));
      }
    }
  }

  failed(cause: unknown): void {
    throw cause;
  }

  #take(bytes: Uint8Array, from: number, end: number): void {
    if (this.#header > 0) {
      this.#follow(u16(bytes, from + 2), u32(bytes, from + 8));
    }
    const start = from + this.#header;
    for (let at = start; at + TS_PACKET <= end; at += TS_PACKET) {
      const source = sourceOf(bytes, at);
      if (source >= 0 && source !== this.#source) {
        this.#source = source;
        this.#turns.push({ source, at: this.#lane.now, datagram: this.#datagrams });
      }
    }
    this.#checker.take(bytes, start, end);
    if (this.#datagrams < plan.digestOf) {
      this.#digests.take(bytes, start, end);
    }
    this.#datagrams++;
    if (this.#datagrams === plan.digestOf) {
      this.#digest = this.#digests.report();
    }
  }

  #follow(sequenceNumber: number, ssrc: number): void {
    if (this.#sequenceNumber >= 0) {
      this.#rtp.sequenceErrors += Number(sequenceNumber !== ((this.#sequenceNumber + 1) & 0xffff));
      this.#rtp.sourceChanges += Number(ssrc !== this.#ssrc);
    }
    this.#sequenceNumber = sequenceNumber;
    this.#ssrc = ssrc;
  }
}

const arena = new Arena(64 * 2 ** 20);
const driver = createDriver("koffi", arena, { trainsOut: false, trainsIn: true });
const lane = new Lane(arena, driver, 0, () => {
  for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
    obey(message.message as ReceiverOrder);
  }
});
const sinks = plan.sinks.map((sink) => new Sink(lane, sink));

const obey = (order: ReceiverOrder): void => {
  if (order.do === "report") {
    port.postMessage(sinks.map((sink) => sink.report()));
    return;
  }
  if (order.do === "end") {
    lane.stop();
  }
  port.postMessage(sinks.map(({ state }) => state));
};

port.postMessage({ wakeFd: driver.wake?.fd ?? -1, ports: sinks.map((sink) => sink.port) });
lane.run();
port.close();
