import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { splitAddress, type SplitAddress } from "@bilbycast/foundation/address";
import { setU16, setU32 } from "@bilbycast/foundation/bytes";
import { after } from "@bilbycast/foundation/time";
import { Arena, createDriver, Lane, type LaneSocket, type LaneTask, type SendMeters } from "@bilbycast/engine/io";
import { Meter } from "@bilbycast/engine/telemetry";
import { LIVE_DATAGRAM } from "@bilbycast/testkit/streams";
import { openFeed, type LiveFeed } from "./live-feed.ts";
import type { LiveBirth, LiveStream, SenderAnswer, SenderOrder, SenderPlan } from "./live-orders.ts";

/** Datagrams of one stream that leave in a row. */
const BURST = 32;
const RTP_HEADER = 12;
const MP2T = 33;
const EVERY_US = 500;

const { port, plan } = workerData as LiveBirth<SenderPlan>;

const rethrow = (cause: unknown): void => {
  throw cause;
};

const sendMeters = (): SendMeters => {
  const values = new Float64Array(5);
  const meter = (i: number): Meter => new Meter(values, i);
  return { packetsSent: meter(0), bytesSent: meter(1), packetsRefused: meter(2), sendBlocked: meter(3), peerUnreachable: meter(4) };
};

/** Sends one stream at its rate, counted from its start: what a pass was late for leaves in the next. */
class Sender implements LaneTask {
  sent = 0;
  readonly #lane: Lane;
  readonly #feed: LiveFeed;
  readonly #rtp: boolean;
  readonly #socket: LaneSocket;
  readonly #meters = sendMeters();
  readonly #slot: number;
  readonly #timer;
  readonly #ssrc: number;
  #startedAt = 0;
  #base = 0;
  #runs = false;

  constructor(lane: Lane, stream: LiveStream, number: number) {
    this.#lane = lane;
    this.#feed = openFeed(stream.source);
    this.#rtp = stream.rtp;
    this.#ssrc = number + 1;
    this.#socket = lane.udp({ to: splitAddress(stream.to) as SplitAddress, trains: false }, { run: () => {}, failed: rethrow });
    this.#slot = lane.arena.reserve(BURST * (LIVE_DATAGRAM + RTP_HEADER));
    this.#timer = lane.timer(this);
  }

  get isOver(): boolean {
    return this.sent >= this.#feed.length;
  }

  start(): void {
    if (!this.#runs) {
      this.#runs = true;
      this.#startedAt = this.#lane.now;
      this.#base = this.sent;
      this.#timer.set(this.#lane.now);
    }
  }

  stop(): void {
    this.#runs = false;
  }

  run(): void {
    if (!this.#runs || this.isOver) {
      return;
    }
    const elapsed = this.#lane.now - this.#startedAt;
    const due = this.#base + 1 + Math.floor((elapsed * this.#feed.rate) / (LIVE_DATAGRAM * 8 * 1e6));
    const end = Math.min(due, this.#feed.length);
    while (this.sent < end) {
      this.#send(Math.min(BURST, end - this.sent));
    }
    this.#timer.set(after(this.#lane.now, EVERY_US));
  }

  failed(cause: unknown): void {
    rethrow(cause);
  }

  #send(count: number): void {
    const { sendList, arena } = this.#lane;
    const header = this.#rtp ? RTP_HEADER : 0;
    const size = LIVE_DATAGRAM + header;
    sendList.begin(this.#socket, this.#meters);
    for (let i = 0; i < count; i++) {
      const at = this.#slot + i * size;
      if (this.#rtp) {
        arena.bytes[at] = 0x80;
        arena.bytes[at + 1] = MP2T;
        setU16(arena.bytes, at + 2, this.sent + i);
        setU32(arena.bytes, at + 4, Math.floor((this.#lane.now * 9) / 100));
        setU32(arena.bytes, at + 8, this.#ssrc);
      }
      this.#feed.next(arena.bytes, at + header);
      sendList.ensure(1, 0);
      sendList.message(0, i, 0);
      sendList.piece(at, size);
    }
    sendList.flush();
    this.sent += count;
  }
}

const arena = new Arena(64 * 2 ** 20);
const driver = createDriver("koffi", arena, { trainsOut: false, trainsIn: false });
const lane = new Lane(arena, driver, 0, () => {
  for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
    obey(message.message as SenderOrder);
  }
});
const senders = plan.streams.map((stream, number) => new Sender(lane, stream, number));

const obey = (order: SenderOrder): void => {
  if (order.do === "end") {
    lane.stop();
  } else if (order.do !== "count") {
    const named = senders.filter((_, number) => order.streams.includes(number));
    named.forEach((sender) => (order.do === "start" ? sender.start() : sender.stop()));
  }
  const answer: SenderAnswer = { sent: senders.map(({ sent }) => sent), over: senders.map(({ isOver }) => isOver) };
  port.postMessage(answer);
};

port.postMessage({ wakeFd: driver.wake?.fd ?? -1 });
lane.run();
port.close();
