import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test, type TestContext } from "node:test";
import type { EdgeEventRecord, FlowStats, InputStats } from "@bilbycast/contracts/edge-api";
import { LiveSenders } from "@bilbycast/testkit/live";
import { freePorts, waitFor } from "@bilbycast/testkit/peers";
import { liveLayout, MadeMux, rtpPacket } from "@bilbycast/testkit/streams";
import { EdgeProcess } from "./edge-process.ts";
import { parseMetrics } from "./metrics-page.ts";

const RATE = 5_000_000;
const [LIVE, SPARE] = liveLayout("different", 4, RATE);
assert.ok(LIVE !== undefined && SPARE !== undefined);

type Change = Record<string, unknown>;

/** An edge with a flow of two inputs and an output, and live streams into both. */
class Stage {
  readonly edge: EdgeProcess;
  readonly port: number;

  private constructor(edge: EdgeProcess, port: number) {
    this.edge = edge;
    this.port = port;
  }

  static async open(t: TestContext, change: Change = {}): Promise<Stage> {
    const port = await freePorts(4, 3);
    const edge = await EdgeProcess.start(t, {
      version: 2,
      inputs: [
        { type: "udp", id: "air", name: "On air", bind_addr: `127.0.0.1:${port}` },
        { type: "udp", id: "spare", name: "Spare", active: false, bind_addr: `127.0.0.1:${port + 1}` },
      ],
      outputs: [{ type: "udp", id: "out", name: "Out", dest_addr: `127.0.0.1:${port + 2}` }],
      flows: [{ id: "f", name: "F", input_ids: ["air", "spare"], output_ids: ["out"], ...change }],
    });
    return new Stage(edge, port);
  }

  async live(t: TestContext): Promise<this> {
    const senders = await LiveSenders.open([
      { source: { made: LIVE as NonNullable<typeof LIVE> }, to: `127.0.0.1:${this.port}`, rtp: false },
      { source: { made: SPARE as NonNullable<typeof SPARE> }, to: `127.0.0.1:${this.port + 1}`, rtp: false },
    ]);
    t.after(() => senders.close());
    await senders.start(0, 1);
    return this;
  }

  async flow(): Promise<FlowStats> {
    const { body } = await this.edge.call("GET", "/api/v1/stats/f");
    assert.ok(body["data"] !== undefined, JSON.stringify(body));
    return body["data"] as FlowStats;
  }

  async input(id: string): Promise<InputStats> {
    const found = (await this.flow()).inputs_live.find(({ input_id }) => input_id === id);
    assert.ok(found !== undefined);
    return found;
  }

  async events(code: string): Promise<EdgeEventRecord[]> {
    const { body } = await this.edge.call("GET", "/api/v1/events");
    const { events } = body["data"] as { events: EdgeEventRecord[] };
    return events.filter(({ details }) => details.error_code === code);
  }
}

test("programs of every input stand in the statistics, of the standby one too, and faults and media of the one on air", async (t) => {
  const stage = await (await Stage.open(t)).live(t);
  await waitFor("a second of both", async () => ((await stage.flow()).media_analysis?.total_bitrate_bps ?? 0) > 0.9 * RATE);
  const flow = await stage.flow();
  const [air, spare] = flow.inputs_live;

  assert.deepEqual(
    [air, spare].map((input) => input?.psi_catalog?.programs.map(({ program_number, pmt_pid }) => [program_number, pmt_pid])),
    [[[10, 0x1000]], [[11, 0x1010]]],
  );
  assert.deepEqual(
    spare?.psi_catalog?.programs[0]?.streams.map(({ pid, kind }) => [pid, kind]),
    [
      [0x110, "video"],
      [0x111, "audio"],
      [0x112, "data"],
    ],
  );
  assert.deepEqual(flow.tr101290, air?.tr101290);
  assert.deepEqual(
    [flow.tr101290?.signal, flow.tr101290?.cc_errors, flow.tr101290?.pat_errors, flow.tr101290?.crc_errors],
    ["in_sync", 0, 0, 0],
  );
  assert.equal(spare?.tr101290?.signal, "in_sync");
  assert.equal(flow.media_analysis?.payload_format, "raw_ts");
  assert.equal(flow.input !== undefined && "tr101290" in flow.input, false, "said once");
  const trust = flow.outputs[0]?.["pcr_trust"] as { samples: number; p99_us: number } | undefined;
  assert.ok(trust !== undefined && trust.samples > 20, JSON.stringify(trust));
});

test("the Prometheus page has the checks, the media and the clocks of the input on air", async (t) => {
  const stage = await (await Stage.open(t)).live(t);
  await waitFor("a second of both", async () => ((await stage.flow()).media_analysis?.total_bitrate_bps ?? 0) > 0.9 * RATE);

  const { address } = await stage.edge.running(1);
  const page = parseMetrics(await (await fetch(`${address}/metrics`)).text());
  const samples = (name: string) => page.get(`bilbycast_edge_${name}`)?.samples ?? [];

  assert.deepEqual(
    samples("tr101290_cc_errors_total").map(({ labels, value }) => [labels, value]),
    [[{ flow_id: "f" }, 0]],
  );
  assert.ok((samples("tr101290_ts_packets_total")[0]?.value ?? 0) > 1_000);
  assert.equal(samples("tr101290_priority1_ok")[0]?.value, 1);
  assert.deepEqual(
    samples("media_video_info").map(({ labels }) => [labels["pid"], labels["codec"]]),
    [["256", "H.264/AVC"]],
  );
  assert.deepEqual(
    samples("media_pid_bitrate_bps").map(({ labels }) => [labels["pid"], labels["type"]]),
    [
      ["256", "video"],
      ["257", "audio"],
      ["258", "data"],
    ],
  );
  assert.equal(samples("flow_output_pcr_trust_p95_us").length, 1);
});

test("media analysis and TR 101 290 are switched off and on while the flow plays, and no packet is lost by it", async (t) => {
  const stage = await (await Stage.open(t)).live(t);
  const change = (fields: Change): Promise<unknown> =>
    stage.edge.call("PUT", "/api/v1/flows/f", { name: "F", input_ids: ["air", "spare"], output_ids: ["out"], ...fields });
  await waitFor(
    "analysis",
    async () => (await stage.flow()).media_analysis !== undefined && (await stage.flow()).tr101290 !== undefined,
    20,
  );

  await change({ media_analysis: false });
  await waitFor("no media", async () => (await stage.flow()).media_analysis === undefined);
  assert.ok((await stage.flow()).tr101290 !== undefined);
  await change({ media_analysis: false, tr101290: false, thumbnail: false });
  await waitFor("no checks", async () => (await stage.flow()).tr101290 === undefined);
  assert.equal((await stage.input("spare")).psi_catalog?.programs.length, 1, "programs are always known");
  await change({});
  await waitFor(
    "analysis again",
    async () => (await stage.flow()).media_analysis !== undefined && (await stage.flow()).tr101290 !== undefined,
    10,
  );

  const flow = await stage.flow();
  const air = await stage.input("air");
  assert.equal((await stage.events("flow_started")).length, 1);
  assert.equal(flow.tr101290?.cc_errors, 0);
  assert.deepEqual([flow.outputs[0]?.packets_dropped, air["units_published"]], [0, air.packets_received]);
});

/** Sample 14.2 of ANSI/SCTE 35. */
const INSERT = new Uint8Array(Buffer.from("/DAvAAAAAAAA///wFAVIAACPf+/+c2nALv4AUsz1AAAAAAAKAAhDVUVJAAABNWLbowo=", "base64"));

test("a cue becomes an event of the input that brought it, and a fault an alarm that ends", async (t) => {
  const stage = await Stage.open(t);
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  const send = async (port: number, mux: MadeMux): Promise<void> => {
    const bytes = mux.take();
    for (let at = 0; at < bytes.length; at += 1_316) {
      await new Promise<void>((resolve) => socket.send(bytes.subarray(at, at + 1_316), port, "127.0.0.1", () => resolve()));
    }
  };
  const program = { programNumber: 7, programMapPid: 0x100, streams: [{ pid: 0x1f4, streamType: 0x86 }] };
  // Again and again, as cues are sent: the analysers may come up a moment later than the flow.
  await waitFor(
    "the cue",
    async () => {
      await send(stage.port + 1, new MadeMux().tables([program]).section(0x1f4, INSERT).stuff(20));
      return (await stage.events("content_analysis_scte35_cue")).length > 0;
    },
    20,
  );
  const [cue] = await stage.events("content_analysis_scte35_cue");
  assert.deepEqual([cue?.flow_id, cue?.input_id, cue?.severity, cue?.category], ["f", "spare", "info", "content_analysis"]);
  assert.deepEqual([cue?.details["command"], cue?.details["pid"], cue?.details["duration_ms"]], ["splice_insert", 0x1f4, 60_294]);

  await waitFor("the alarm", async () => (await stage.events("tr101290_sync_loss")).length > 0);
  assert.equal((await stage.events("tr101290_sync_loss"))[0]?.input_id, "spare");
  const senders = await LiveSenders.open([{ source: { made: SPARE }, to: `127.0.0.1:${stage.port + 1}`, rtp: false }]);
  t.after(() => senders.close());
  await senders.start(0);
  await waitFor("the all-clear", async () => (await stage.events("tr101290_sync_ok")).length > 0);
});

test("an rtp input that is to carry JPEG XS says when it does", async (t) => {
  const port = await freePorts(4, 1);
  const edge = await EdgeProcess.start(t, {
    version: 2,
    inputs: [{ type: "rtp", id: "xs", name: "JPEG XS", bind_addr: `127.0.0.1:${port}`, tr07_mode: true }],
    flows: [{ id: "f", name: "F", input_ids: ["xs"] }],
  });
  const socket = createSocket("udp4");
  const mux = new MadeMux();
  const program = { programNumber: 1, programMapPid: 0x100, streams: [{ pid: 0x111, streamType: 0x32 }] };
  let sequence = 0;
  const timer = setInterval(() => {
    const payload = mux.tables([program]).stuff(5).take();
    socket.send(rtpPacket(sequence++, { payload }), port, "127.0.0.1");
  }, 50);
  t.after(() => {
    clearInterval(timer);
    socket.close();
  });

  const found = async (): Promise<EdgeEventRecord | undefined> => {
    const { body } = await edge.call("GET", "/api/v1/events");
    return (body["data"] as { events: EdgeEventRecord[] }).events.find(({ details }) => details.error_code === "tr07_stream_found");
  };
  await waitFor("the event", async () => (await found()) !== undefined);
  assert.deepEqual([(await found())?.input_id, (await found())?.details["pid"]], ["xs", 0x111]);
});
