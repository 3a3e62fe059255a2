import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { checkConfig } from "@bilbycast/contracts/config";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { declarations } from "@bilbycast/transports/declarations";
import { demoConfig, SAMPLE, statusLine } from "../src/demo.ts";

test("the demonstration's configuration passes every check, and its sample is there", () => {
  const samples = readdirSync(new URL("../demo/", import.meta.url)).filter((name) => SAMPLE.test(name));

  assert.equal(samples.length, 1);
  assert.deepEqual(checkConfig(demoConfig(samples[0] ?? ""), declarations).problems, []);
});

test("the line of a flow tells its state, its rates and its losses", () => {
  const flow: FlowStats = {
    flow_id: "f",
    flow_name: "F",
    state: "running",
    health: "Healthy",
    health_reasons: [],
    uptime_secs: 1,
    inputs_live: [],
    input: {
      input_id: "i",
      input_name: "I",
      input_type: "udp",
      state: "receiving",
      packets_received: 1,
      bytes_received: 1,
      bitrate_bps: 2_004_000,
      packets_lost: 3,
      packets_filtered: 0,
      packets_recovered_fec: 0,
      redundancy_switches: 0,
    },
    outputs: [
      {
        output_id: "o",
        output_name: "O",
        output_type: "rtp",
        state: "sending",
        packets_sent: 1,
        bytes_sent: 1,
        bitrate_bps: 2_040_000,
        packets_dropped: 4,
        fec_packets_sent: 0,
        dest_addr: "127.0.0.1:5004",
      },
    ],
  };

  assert.equal(statusLine([flow]), "f running  in 2.00 Mbit/s  rtp 127.0.0.1:5004 2.04 Mbit/s  lost 3  dropped 4");
});

test("a flow that nobody feeds says where it waits", () => {
  const flow = {
    flow_id: "live",
    state: "stalled",
    input: { input_type: "udp", bind_addr: "127.0.0.1:5000" },
    outputs: [],
  } as unknown as FlowStats;

  assert.equal(statusLine([flow]), "live waits for udp on 127.0.0.1:5000");
});
