import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { payloadStart, payloadType, sequenceNumber, ssrc } from "@bilbycast/protocols/rtp";
import { inputContext, outputContext } from "@bilbycast/testkit/lane-context";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { seeded } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { declaration } from "./declaration.ts";
import { openInput } from "./input.ts";
import { openOutput } from "./output.ts";

const receive = (config: Record<string, unknown>, numbers: number[]) => {
  const memory = new HeapMemory(32 * 1_024 * 1_024);
  const { context, opened } = inputContext(declaration, memory);
  const running = openInput(declaration.input.parse({ bind_addr: "[::1]:0", ...config }), context);
  const [input] = opened;
  assert.ok(input);
  const intake = new TestIntake(memory);
  for (const number of numbers) {
    intake.add(rtpPacket(number));
  }
  const out = new PacketBatch(64);
  const wire = new RecordingWire(memory);
  input.machine.receive(intake.batch, instant(1_000), out, wire);
  const units = bytesOf(memory, out);
  const deadline = input.machine.deadline;
  running.close();
  intake.close();
  wire.close();
  return { options: input.options, units, deadline, left: memory.outstanding, stats: context.stats };
};

test("a lost packet is waited for 10 ms, or as long as the configuration says", () => {
  assert.equal(receive({}, [1, 3]).deadline, 11_000);
  assert.equal(receive({ reorder_window_ms: 2_000 }, [1, 3]).deadline, 2_001_000);
  assert.deepEqual(receive({ reorder_window_ms: 0 }, [1, 3]).units, [tsUnit(1), tsUnit(3)]);
});

test("the input listens where it is told, takes headers off and gives its memory back", () => {
  const { options, units, left } = receive({}, [7, 8]);
  assert.deepEqual(options, { bind: "[::1]:0", fault: "rtp_bind_failed" });
  assert.deepEqual(units, [tsUnit(7), tsUnit(8)]);
  assert.equal(left, 0);
});

test("a window outside 0 to 2000 ms, or a payload type beyond 127, is refused by its field", () => {
  const fields = (config: Record<string, unknown>) => declaration.input.safeParse(config).error?.issues.map(({ path }) => path.join("."));
  assert.deepEqual(fields({ bind_addr: "0.0.0.0:5000", reorder_window_ms: 2_001 }), ["reorder_window_ms"]);
  assert.deepEqual(fields({ bind_addr: "0.0.0.0:5000", reorder_window_ms: -1 }), ["reorder_window_ms"]);
  assert.deepEqual(fields({ bind_addr: "0.0.0.0:5000", allowed_payload_types: [33, 128] }), ["allowed_payload_types.1"]);
  assert.deepEqual(fields({ bind_addr: "0.0.0.0:5000", max_bitrate_mbps: 0 }), ["max_bitrate_mbps"]);
  assert.equal(fields({ bind_addr: "232.0.0.1:5000" }), undefined);
  assert.deepEqual(fields({}), ["bind_addr"]);
});

test("an output has DSCP 46 and no trains, unless told otherwise", () => {
  assert.deepEqual(declaration.output.parse({ dest_addr: "10.0.0.1:5004" }), { dest_addr: "10.0.0.1:5004", dscp: 46, trains: false });
});

test("both addresses of an output are of one family", () => {
  const check = (dest_addr: string, bind_addr?: string) => declaration.checkOutput({ dest_addr, bind_addr }).map(({ path }) => path[0]);
  assert.deepEqual(check("10.0.0.1:5004", "0.0.0.0:0"), []);
  assert.deepEqual(check("10.0.0.1:5004", "[::]:0"), ["bind_addr"]);
  assert.deepEqual(check("[::]:5004"), ["dest_addr"]);
});

test("each opening of an output is a source of its own, with the settings it was given", () => {
  const memory = new HeapMemory();
  const { context, opened } = outputContext(declaration, memory, seeded(1));
  const config = declaration.output.parse({ dest_addr: "127.0.0.1:5004", dscp: 10, trains: true });
  openOutput(config, context);
  openOutput(config, context);
  const ring = new HeapRing(memory, 65_536, 16);
  ring.publish(tsUnit(1), instant(0));
  const wire = new RecordingWire(memory);

  const [first, second] = opened.map(({ options, packetizer }) => {
    const rest = options;
    assert.deepEqual(rest, { to: "127.0.0.1:5004", dscp: 10, trains: true, fault: "rtp_output_failed" });
    packetizer.emit(ring, 0, 1, wire, instant(0));
    return wire.takeDatagrams()[0];
  });

  assert.ok(first && second);
  assert.deepEqual([payloadStart(first, 0, first.length), payloadType(first, 0)], [12, 33]);
  assert.deepEqual(first.subarray(12), tsUnit(1));
  assert.notEqual(ssrc(first, 0), ssrc(second, 0));
  assert.notEqual(sequenceNumber(first, 0), sequenceNumber(second, 0));
});
