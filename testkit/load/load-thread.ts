import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { splitAddress, type SplitAddress } from "@bilbycast/foundation/address";
import { setU16, setU32 } from "@bilbycast/foundation/bytes";
import { after } from "@bilbycast/foundation/time";
import { Arena, createDriver, Lane, type LaneSocket, type LaneTask, type SendMeters } from "@bilbycast/engine/io";
import { Meter } from "@bilbycast/engine/telemetry";
import { DatagramForm, FORM_SIZE } from "./datagram-form.ts";
import type { LoadAnswer, LoadBirth, LoadOrder, LoadPlan, SinkReport } from "./load-orders.ts";

/** Datagrams of one stream that leave in a row. */
const BURST = 32;
const RTP_HEADER = 12;
const EVERY_US = 500;

const { port, plan } = workerData as LoadBirth;
const tell = (answer: LoadAnswer): void => port.postMessage(answer);

const rethrow = (cause: unknown): void => {
  throw cause;
};

/** Sends its streams at their rate, counted from the beginning: what a pass was late for leaves in the next. */
class Source implements LaneTask {
  readonly #lane: Lane;
  readonly #plan: LoadPlan;
  readonly #form: DatagramForm;
  readonly #sockets: LaneSocket[];
  readonly #sent: number[];
  readonly #slot: number;
  readonly #meters: SendMeters;
  readonly #timer;
  #startedAt = 0;
  #until = 0;
  #base: number[] = [];

  constructor(lane: Lane, plan: LoadPlan, form: DatagramForm) {
    this.#lane = lane;
    this.#plan = plan;
    this.#form = form;
    const values = new Float64Array(5);
    const [packetsSent, bytesSent, packetsRefused, sendBlocked, peerUnreachable] = Array.from(values, (_, i) => new Meter(values, i)) as [
      Meter,
      Meter,
      Meter,
      Meter,
      Meter,
    ];
    this.#meters = { packetsSent, bytesSent, packetsRefused, sendBlocked, peerUnreachable };
    this.#sockets = plan.streams.map((to) =>
      lane.udp({ to: splitAddress(to) as SplitAddress, trains: plan.trains }, { run: () => {}, failed: rethrow }),
    );
    this.#sent = plan.streams.map(() => 0);
    this.#slot = lane.arena.reserve(BURST * (FORM_SIZE + RTP_HEADER));
    this.#timer = lane.timer(this);
  }

  get sent(): number[] {
    return this.#sent;
  }

  start(seconds: number): void {
    this.#startedAt = this.#lane.now;
    this.#until = this.#startedAt + seconds * 1e6;
    this.#base = [...this.#sent];
    this.#timer.set(this.#lane.now);
  }

  run(): void {
    const { now } = this.#lane;
    const due = Math.floor(((Math.min(now, this.#until) - this.#startedAt) * this.#plan.rate) / 1e6);
    for (const [stream, socket] of this.#sockets.entries()) {
      while ((this.#sent[stream] ?? 0) - (this.#base[stream] ?? 0) < due) {
        this.#send(stream, socket, Math.min(BURST, due - (this.#sent[stream] ?? 0) + (this.#base[stream] ?? 0)));
      }
    }
    if (now < this.#until) {
      this.#timer.set(after(now, EVERY_US));
    } else {
      tell({ sent: this.#sent });
    }
  }

  failed(cause: unknown): void {
    rethrow(cause);
  }

  #send(stream: number, socket: LaneSocket, count: number): void {
    const { sendList, arena } = this.#lane;
    const first = this.#sent[stream] ?? 0;
    const header = this.#plan.rtp ? RTP_HEADER : 0;
    const size = FORM_SIZE + header;
    for (let i = 0; i < count; i++) {
      const at = this.#slot + i * size;
      if (this.#plan.rtp) {
        arena.bytes[at] = 0x80;
        arena.bytes[at + 1] = 33;
        setU16(arena.bytes, at + 2, first + i);
        setU32(arena.bytes, at + 4, Math.floor((this.#lane.now * 9) / 100));
        setU32(arena.bytes, at + 8, stream + 1);
      }
      this.#form.write(arena.bytes, at + header, stream, first + i);
    }
    sendList.begin(socket, this.#meters);
    if (this.#plan.trains && count > 1) {
      sendList.ensure(1, 0);
      sendList.message(size, 0, 0);
      sendList.piece(this.#slot, count * size);
    } else {
      for (let i = 0; i < count; i++) {
        sendList.ensure(1, 0);
        sendList.message(0, i, 0);
        sendList.piece(this.#slot + i * size, size);
      }
    }
    sendList.flush();
    this.#sent[stream] = first + count;
  }
}

/** Looks at every byte that arrives. */
class Sink implements LaneTask {
  readonly report: SinkReport;
  readonly #lane: Lane;
  readonly #form: DatagramForm;
  readonly #socket: LaneSocket;

  constructor(lane: Lane, form: DatagramForm, stream: number) {
    this.#lane = lane;
    this.#form = form;
    this.report = { stream, received: 0, missing: 0, reordered: 0, foreign: 0, first: -1, last: -1 };
    this.#socket = lane.udp({ bind: splitAddress(plan.listen ?? "127.0.0.1:0") as SplitAddress, trains: true }, this);
  }

  get port(): number {
    return Number(this.#socket.localAddress.split(":")[1]);
  }

  run(): void {
    const { received, arena } = this.#lane;
    const { report } = this;
    for (let more = true; more;) {
      received.clear();
      more = this.#socket.receive(received);
      for (let i = 0; i < received.count; i++) {
        const number = this.#form.read(arena.bytes, received.offset[i] ?? 0, received.length[i] ?? 0, report.stream);
        if (number < 0) {
          report.foreign++;
        } else {
          this.#place(number);
        }
      }
    }
  }

  failed(cause: unknown): void {
    rethrow(cause);
  }

  #place(number: number): void {
    const { report } = this;
    report.received++;
    if (report.first < 0) {
      report.first = number;
    } else if (number > report.last) {
      report.missing += number - report.last - 1;
    } else {
      report.reordered++;
      report.missing--;
    }
    report.last = Math.max(report.last, number);
  }
}

const arena = new Arena(64 * 2 ** 20);
const driver = createDriver("koffi", arena, { trainsOut: true, trainsIn: true });
const lane = new Lane(arena, driver, 0, () => {
  for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
    obey(message.message as LoadOrder);
  }
});
const form = new DatagramForm(plan.seed);
const sinks = plan.sinks.map((stream) => new Sink(lane, form, stream));
let source: Source | undefined;

const obey = (order: LoadOrder | { streams: string[] }): void => {
  if ("streams" in order) {
    source = new Source(lane, { ...plan, streams: order.streams }, form);
    tell({ sent: [] });
  } else if (order.do === "send") {
    source?.start(order.seconds);
  } else if (order.do === "report") {
    tell({ sinks: sinks.map(({ report }) => report) });
  } else {
    lane.stop();
    tell({ stopped: true });
  }
};

tell({ ports: sinks.map((sink) => sink.port), wakeFd: driver.wake?.fd ?? -1 });
lane.run();
port.close();
