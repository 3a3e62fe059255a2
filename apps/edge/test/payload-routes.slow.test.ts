import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { LiveSenders, openFeed, udpDrops, type LiveSource } from "@bilbycast/testkit/live";
import { freePorts, waitFor } from "@bilbycast/testkit/peers";
import { LIVE_DATAGRAM, liveLayout } from "@bilbycast/testkit/streams";
import { PacketDigests, type DigestReport } from "@bilbycast/testkit/ts-checker";
import { EdgeProcess } from "./edge-process.ts";

const RATE = 4_000_000;
/** Datagrams that are sent at least; so many are 5 s. */
const DATAGRAMS = 1_900;

const [, , MADE] = liveLayout("different", 11, RATE);
assert.ok(MADE !== undefined);
const SOURCE: LiveSource = { made: MADE };

/** A sink that makes digests of all that comes. */
class Sink {
  readonly digests = new PacketDigests();
  readonly payloads = new Payloads();
  datagrams = 0;
  readonly #socket = createSocket({ type: "udp4", recvBufferSize: 4_194_304 });
  readonly #header: number;

  constructor(rtp: boolean) {
    this.#header = rtp ? 12 : 0;
    this.#socket.on("message", (datagram) => {
      this.datagrams++;
      this.digests.take(datagram, this.#header);
      this.payloads.take(datagram, this.#header);
    });
  }

  async open(t: TestContext): Promise<number> {
    t.after(() => this.#socket.close());
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    return this.#socket.address().port;
  }
}

/** Payloads of each PID, one behind the other. */
class Payloads {
  readonly #pieces = new Map<number, Uint8Array[]>();

  take(bytes: Uint8Array, from: number): void {
    for (let at = from; at < bytes.length; at += 188) {
      const pid = (((bytes[at + 1] ?? 0) & 0x1f) << 8) | (bytes[at + 2] ?? 0);
      const control = ((bytes[at + 3] ?? 0) >> 4) & 3;
      const start = at + 4 + (control >= 2 ? 1 + (bytes[at + 4] ?? 0) : 0);
      const pieces = this.#pieces.get(pid) ?? [];
      this.#pieces.set(pid, pieces);
      if (control % 2 === 1) {
        pieces.push(bytes.slice(start, at + 188));
      }
    }
  }

  of(pid: number): Buffer {
    return Buffer.concat(this.#pieces.get(pid) ?? []);
  }
}

type Fields = Record<string, unknown>;

/**
 * What each output asks for, the PIDs that it must carry bit for bit in their payload (all when absent), and what they are called there.
 * `begins`: what comes before the first tables cannot be told from other programs.
 */
type Route = {
  id: string;
  fields: Fields;
  passes?: readonly number[];
  renamed?: Readonly<Record<number, number>>;
  whole?: true;
  begins?: true;
};

const ROUTES: readonly Route[] = [
  { id: "udp", fields: { type: "udp" }, whole: true },
  { id: "udp-single", fields: { type: "udp", trains: false }, whole: true },
  { id: "rtp", fields: { type: "rtp" }, whole: true },
  { id: "delayed", fields: { type: "udp", delay: { mode: "fixed", ms: 100 } }, whole: true },
  {
    id: "program",
    fields: { type: "udp", program_number: MADE.programNumber },
    passes: [MADE.pmtPid, MADE.videoPid, MADE.audioPid, MADE.dataPid],
    begins: true,
  },
  {
    id: "mapped",
    fields: { type: "rtp", pid_map: { [MADE.videoPid]: 0x901, [MADE.dataPid]: 0x902 } },
    passes: [0x11, 0x12, MADE.videoPid, MADE.audioPid, MADE.dataPid],
    renamed: { [MADE.videoPid]: 0x901, [MADE.dataPid]: 0x902 },
  },
  {
    id: "constant",
    fields: { type: "udp", cbr_pad_to_kbps: 6_000 },
    passes: [0, 0x11, 0x12, MADE.pmtPid, MADE.videoPid, MADE.audioPid, MADE.dataPid],
  },
];

for (const kind of ["udp", "rtp"] as const) {
  test(`from ${kind} to each output every PID that passes keeps its payload, SHA-256 by SHA-256, those that nobody knows too`, async (t) => {
    const port = await freePorts(1);
    const sinks = ROUTES.map(({ fields }) => new Sink(fields["type"] === "rtp"));
    const ports = await Promise.all(sinks.map((sink) => sink.open(t)));
    const edge = await EdgeProcess.start(t, {
      version: 2,
      inputs: [{ type: kind, id: "in", name: "In", bind_addr: `127.0.0.1:${port}` }],
      outputs: ROUTES.map(({ id, fields }, i) => ({ ...fields, id, name: id, dest_addr: `127.0.0.1:${ports[i]}` })),
      flows: [{ id: "f", name: "F", input_ids: ["in"], output_ids: ROUTES.map(({ id }) => id) }],
    });
    const senders = await LiveSenders.open([{ source: SOURCE, to: `127.0.0.1:${port}`, rtp: kind === "rtp" }]);
    t.after(() => senders.close());
    await senders.start(0);
    await waitFor("the stream", async () => ((await senders.count()).sent[0] ?? 0) >= DATAGRAMS, 30);
    const { sent } = await senders.stop(0);
    await waitFor("its end", () => Promise.resolve(sinks.slice(0, 4).every(({ datagrams }) => datagrams === sent[0])), 10);
    // What waits for a place on the grid, or for seven packets, has left by then.
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 500);
    await promise;

    assert.equal(udpDrops([port, ...ports]), 0, "the machine dropped datagrams: what follows is worth nothing");
    const expected = digestOf(sent[0] ?? 0);
    const payloads = payloadsOf(sent[0] ?? 0);
    for (const [i, { id, passes, renamed = {}, whole, begins }] of ROUTES.entries()) {
      const sink = sinks[i];
      assert.ok(sink !== undefined);
      const digest = sink.digests.report();
      if (whole === true) {
        assert.equal(digest.whole, expected.whole, `${id}: whole packets`);
      }
      for (const pid of passes ?? Object.keys(expected.payloadByPid).map(Number)) {
        assert.ok(expected.payloadByPid[pid] !== undefined, `the source has PID ${pid}`);
        if (begins === true) {
          const all = payloads.of(pid);
          const part = sink.payloads.of(pid);
          assert.ok(all.subarray(all.length - part.length).equals(part), `${id}: payload of PID ${pid} from the first tables on`);
          assert.ok(all.length - part.length < (RATE / 8) * 0.3, `${id}: PID ${pid} lacks ${all.length - part.length} bytes at its begin`);
          continue;
        }
        assert.equal(digest.payloadByPid[renamed[pid] ?? pid], expected.payloadByPid[pid], `${id}: payload of PID ${pid}`);
      }
    }
    assert.equal(edge.logged("does not run").length, 0);
  });
}

const payloadsOf = (datagrams: number): Payloads => {
  const feed = openFeed(SOURCE);
  const payloads = new Payloads();
  for (let i = 0; i < datagrams; i++) {
    const datagram = new Uint8Array(LIVE_DATAGRAM);
    feed.next(datagram, 0);
    payloads.take(datagram, 0);
  }
  return payloads;
};

const digestOf = (datagrams: number): DigestReport => {
  const feed = openFeed(SOURCE);
  const digests = new PacketDigests();
  const datagram = new Uint8Array(LIVE_DATAGRAM);
  for (let i = 0; i < datagrams; i++) {
    feed.next(datagram, 0);
    digests.take(datagram);
  }
  return digests.report();
};
