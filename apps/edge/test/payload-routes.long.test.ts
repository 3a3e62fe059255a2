import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LiveSenders, openFeed, udpDrops, type LiveSource } from "@bilbycast/testkit/live";
import { freePorts, waitFor } from "@bilbycast/testkit/peers";
import { LIVE_DATAGRAM, liveLayout } from "@bilbycast/testkit/streams";
import { PacketDigests, type DigestReport } from "@bilbycast/testkit/ts-checker";
import { EdgeProcess } from "./edge-process.ts";

const RATE = 4_000_000;
/** Datagrams that are sent at least; so many are 4 s. */
const DATAGRAMS = 1_500;

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

const PROGRAM = [MADE.pmtPid, MADE.videoPid, MADE.audioPid, MADE.dataPid];
const SECRET = { passphrase: "a-passphrase-of-some-length", aes_key_len: 32, latency_ms: 200 };

const ROUTES: readonly Route[] = [
  { id: "udp", fields: { type: "udp" }, whole: true },
  { id: "udp-single", fields: { type: "udp", trains: false }, whole: true },
  { id: "rtp", fields: { type: "rtp" }, whole: true },
  { id: "delayed", fields: { type: "udp", delay: { mode: "fixed", ms: 100 } }, whole: true },
  { id: "srt", fields: { type: "srt" }, whole: true },
  { id: "srt-program", fields: { type: "srt", ...SECRET, program_number: MADE.programNumber }, passes: PROGRAM, begins: true },
  { id: "program", fields: { type: "udp", program_number: MADE.programNumber }, passes: PROGRAM, begins: true },
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

/** Parts of a configuration. */
type Parts = { inputs: Fields[]; outputs: Fields[]; flows: Fields[] };

const link = (id: string, input: Fields, outputs: Fields[]): Parts => ({
  inputs: [{ ...input, id: `${id}-in`, name: id }],
  outputs: outputs.map((output) => ({ name: id, id: `${id}-out`, ...output })),
  flows: [{ id, name: id, input_ids: [`${id}-in`], output_ids: outputs.map((output) => output["id"] ?? `${id}-out`) }],
});

const together = (...parts: readonly Parts[]): Parts => ({
  inputs: parts.flatMap(({ inputs }) => inputs),
  outputs: parts.flatMap(({ outputs }) => outputs),
  flows: parts.flatMap(({ flows }) => flows),
});

/** One hop over SRT: the output that calls, and the input that listens, secured as it asks. */
const srtHop = (port: number, fields: Fields): { output: Fields; input: Fields } => {
  const { program_number: programNumber, ...secret }: Fields = { latency_ms: 200, ...fields, type: "srt" };
  const filter = programNumber === undefined ? {} : { program_number: programNumber };
  return {
    output: { ...secret, ...filter, mode: "caller", remote_addr: `127.0.0.1:${port}` },
    input: { ...secret, mode: "listener", local_addr: `127.0.0.1:${port}` },
  };
};

/** All routes out of one input. What leaves over SRT comes back into a flow of its own, and from there to its sink. */
const routesFrom = async (input: Fields, ports: readonly number[]): Promise<Parts> => {
  const outputs: Fields[] = [];
  const back: Parts[] = [];
  for (const [i, { id, fields }] of ROUTES.entries()) {
    const sink = { type: "udp", dest_addr: `127.0.0.1:${ports[i]}` };
    if (fields["type"] === "srt") {
      const hop = srtHop(await freePorts(1), fields);
      outputs.push({ ...hop.output, id });
      back.push(link(`${id}-back`, hop.input, [sink]));
    } else {
      outputs.push({ ...sink, ...fields, id });
    }
  }
  return together(...back, link("f", input, outputs));
};

type StatsBody = { data?: { outputs?: { output_id: string; connections_open?: number }[] } };

/** Waits until every output over SRT has its connection. */
const connected = async (edge: EdgeProcess, flow: string, outputs: readonly string[]): Promise<void> => {
  await waitFor(
    `connections of ${flow}`,
    async () => {
      const { body } = await edge.call("GET", `/api/v1/stats/${flow}`);
      const all = (body as StatsBody).data?.outputs ?? [];
      return outputs.every((id) => all.some(({ output_id: found, connections_open: open }) => found === id && open === 1));
    },
    20,
  );
};

const SRT_ROUTES = ROUTES.filter(({ fields }) => fields["type"] === "srt").map(({ id }) => id);

/** The sinks, open, and what they must have got of a stream of so many datagrams. `late`: routes that were not open yet when it began. */
class Sinks {
  readonly sinks = ROUTES.map(({ fields }) => new Sink(fields["type"] === "rtp"));
  ports: readonly number[] = [];

  async open(t: TestContext): Promise<this> {
    this.ports = await Promise.all(this.sinks.map((sink) => sink.open(t)));
    return this;
  }

  /** Until all that passes whole is there, and what waits for a place on the grid, or for seven packets, has left. */
  async settle(datagrams: number, late: readonly string[] = []): Promise<void> {
    const whole = this.sinks.filter((_, i) => ROUTES[i]?.whole === true && !late.includes(ROUTES[i].id));
    await waitFor("its end", () => Promise.resolve(whole.every((sink) => sink.datagrams >= datagrams)));
    await sleep(800);
  }

  assertEqual(datagrams: number, late: readonly string[] = []): void {
    const expected = digestOf(datagrams);
    const payloads = payloadsOf(datagrams);
    for (const [i, route] of ROUTES.entries()) {
      const sink = this.sinks[i];
      assert.ok(sink !== undefined);
      if (route.begins === true || late.includes(route.id)) {
        assertSuffix(route, sink, expected, payloads);
      } else {
        assertAll(route, sink.digests.report(), expected);
      }
    }
  }
}

const pidsOf = ({ passes }: Route, expected: DigestReport): readonly number[] => {
  const pids = passes ?? Object.keys(expected.payloadByPid).map(Number);
  for (const pid of pids) {
    assert.ok(expected.payloadByPid[pid] !== undefined, `the source has PID ${pid}`);
  }
  return pids;
};

const assertAll = (route: Route, digest: DigestReport, expected: DigestReport): void => {
  if (route.whole === true) {
    assert.equal(digest.whole, expected.whole, `${route.id}: whole packets`);
  }
  for (const pid of pidsOf(route, expected)) {
    assert.equal(digest.payloadByPid[route.renamed?.[pid] ?? pid], expected.payloadByPid[pid], `${route.id}: payload of PID ${pid}`);
  }
};

const assertSuffix = (route: Route, sink: Sink, expected: DigestReport, payloads: Payloads): void => {
  for (const pid of pidsOf(route, expected)) {
    const all = payloads.of(pid);
    const part = sink.payloads.of(pid);
    const lacks = all.length - part.length;
    assert.ok(all.subarray(lacks).equals(part), `${route.id}: payload of PID ${pid} from the first packet on`);
    assert.ok(lacks < all.length * 0.4, `${route.id}: PID ${pid} lacks ${lacks} of ${all.length} bytes at its begin`);
  }
};

for (const kind of ["udp", "rtp", "srt"] as const) {
  test(`from ${kind} to each output every PID that passes keeps its payload, SHA-256 by SHA-256, those that nobody knows too`, async (t) => {
    const all = await new Sinks().open(t);
    const port = await freePorts(1);
    const listen = { type: kind === "rtp" ? "rtp" : "udp", bind_addr: `127.0.0.1:${port}` };
    const hop = srtHop(await freePorts(1), SECRET);
    const parts =
      kind === "srt"
        ? together(await routesFrom(hop.input, all.ports), link("lead", listen, [hop.output]))
        : await routesFrom(listen, all.ports);
    const edge = await EdgeProcess.start(t, { version: 2, ...parts });
    await connected(edge, "f", SRT_ROUTES);
    await connected(edge, "lead", kind === "srt" ? ["lead-out"] : []);

    const senders = await LiveSenders.open([{ source: SOURCE, to: `127.0.0.1:${port}`, rtp: kind === "rtp" }]);
    t.after(() => senders.close());
    await senders.start(0);
    await waitFor("the stream", async () => ((await senders.count()).sent[0] ?? 0) >= DATAGRAMS, 30);
    const { sent } = await senders.stop(0);
    const datagrams = sent[0] ?? 0;
    await all.settle(datagrams);

    assert.equal(udpDrops([port, ...all.ports]), 0, "the machine dropped datagrams: what follows is worth nothing");
    all.assertEqual(datagrams);
    assert.equal(edge.logged("does not run").length, 0);
  });
}

test("from a media player to each output every PID that passes keeps its payload, those that nobody knows too", async (t) => {
  const all = await new Sinks().open(t);
  const input = { type: "media_player", sources: [{ kind: "ts", name: "made.ts" }], loop_playback: false };
  const folder = { version: 2, ...(await routesFrom(input, all.ports)) };
  const edge = EdgeProcess.launch(t, folder);
  writeFileSync(join(edge.configPath, "..", "made.ts"), fileOf(DATAGRAMS));
  await edge.running(1);
  await all.settle(DATAGRAMS, SRT_ROUTES);

  assert.equal(udpDrops(all.ports), 0, "the machine dropped datagrams: what follows is worth nothing");
  // A caller is not there yet when the file begins.
  all.assertEqual(DATAGRAMS, SRT_ROUTES);
});

const fileOf = (datagrams: number): Uint8Array => {
  const feed = openFeed(SOURCE);
  const file = new Uint8Array(datagrams * LIVE_DATAGRAM);
  for (let i = 0; i < datagrams; i++) {
    feed.next(file.subarray(i * LIVE_DATAGRAM, (i + 1) * LIVE_DATAGRAM), 0);
  }
  return file;
};

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
