import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER, instant } from "@bilbycast/foundation/time";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { inputContext, outputContext } from "@bilbycast/testkit/lane-context";
import { bytesOf, HeapMemory, TestIntake } from "@bilbycast/testkit/memory";
import { seeded } from "@bilbycast/testkit/random";
import { HeapRing } from "@bilbycast/testkit/ring";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { RecordingWire } from "@bilbycast/testkit/wire";
import { declaration } from "./declaration.ts";
import { openInput } from "./input.ts";
import { openOutput } from "./output.ts";

const problemsOf = (result: ReturnType<typeof declaration.output.safeParse>): string[] =>
  result.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

test("an output has DSCP 46 and trains, unless told otherwise", () => {
  assert.deepEqual(declaration.output.parse({ dest_addr: "10.0.0.1:5000" }), { dest_addr: "10.0.0.1:5000", dscp: 46, trains: true });
});

const refused: [string, Record<string, unknown>, string][] = [
  ["a destination without port", { dest_addr: "10.0.0.1" }, "dest_addr: must be an address and port"],
  ["a destination with port 0", { dest_addr: "10.0.0.1:0" }, "dest_addr: must be an address and port"],
  ["a name", { dest_addr: "encoder.local:5000" }, "dest_addr: must be an address and port"],
  ["an IPv4 group", { dest_addr: "239.1.1.1:5000" }, "dest_addr: must be a unicast address"],
  ["an IPv6 group", { dest_addr: "[ff02::1]:5000" }, "dest_addr: must be a unicast address"],
  ["a group to send from", { dest_addr: "10.0.0.1:5000", bind_addr: "239.1.1.1:0" }, "bind_addr: must be a unicast address"],
  ["DSCP 64", { dest_addr: "10.0.0.1:5000", dscp: 64 }, "dscp: "],
];

for (const [name, config, problem] of refused) {
  test(`${name} is refused, once and by its field`, () => {
    const problems = problemsOf(declaration.output.safeParse(config));
    assert.equal(problems.length, 1);
    assert.ok(problems.join().startsWith(problem), problems.join());
  });
}

test("both addresses of an output are of one family and the receiver is somebody", () => {
  const check = (dest_addr: string, bind_addr?: string) => declaration.checkOutput({ dest_addr, bind_addr }).map(({ path }) => path[0]);
  assert.deepEqual(check("10.0.0.1:5000", "0.0.0.0:0"), []);
  assert.deepEqual(check("[fd00::1]:5000", "[::]:0"), []);
  assert.deepEqual(check("10.0.0.1:5000"), []);
  assert.deepEqual(check("10.0.0.1:5000", "[::]:0"), ["bind_addr"]);
  assert.deepEqual(check("[fd00::1]:5000", "10.0.0.2:0"), ["bind_addr"]);
  assert.deepEqual(check("0.0.0.0:5000"), ["dest_addr"]);
});

test("a port that was asked for is claimed, one that the system chooses is not", () => {
  assert.deepEqual(declaration.claimsInput({ bind_addr: "0.0.0.0:5000" }), [{ protocol: "udp", address: "0.0.0.0:5000" }]);
  assert.deepEqual(declaration.claimsInput({ bind_addr: "0.0.0.0:0" }), []);
  assert.deepEqual(declaration.claimsOutput({ dest_addr: "10.0.0.1:5000", bind_addr: "[::]:6000" }), [
    { protocol: "udp", address: "[::]:6000" },
  ]);
  assert.deepEqual(declaration.claimsOutput({}), []);
});

test("the input listens where it is told and gives whole TS packets, also out of stray RTP", () => {
  const memory = new HeapMemory();
  const { context, opened } = inputContext(declaration, memory);
  const running = openInput(declaration.input.parse({ bind_addr: "127.0.0.1:0" }), context);
  const [input] = opened;
  assert.ok(input);
  assert.deepEqual(input.options, { bind: "127.0.0.1:0", fault: "udp_bind_failed" });

  const intake = new TestIntake(memory);
  intake.add(tsUnit(1));
  intake.add(rtpPacket(2));
  const out = new PacketBatch(16);
  const wire = new RecordingWire(memory);
  input.machine.receive(intake.batch, instant(0), out, wire);

  assert.deepEqual(bytesOf(memory, out), [tsUnit(1), tsUnit(2)]);
  assert.equal(input.machine.deadline, NEVER);
  running.close();
  intake.close();
  wire.close();
  assert.equal(memory.outstanding, 0);
});

test("the output sends each unit as it is, with the settings it was given", () => {
  const memory = new HeapMemory();
  const { context, opened } = outputContext(declaration, memory, seeded(1));
  const config = { dest_addr: "[::1]:5000", bind_addr: "[::1]:0", dscp: 0, trains: false };
  openOutput(declaration.output.parse(config), context);
  const [output] = opened;
  assert.ok(output);
  const { options } = output;
  assert.deepEqual(options, { to: "[::1]:5000", bind: "[::1]:0", dscp: 0, trains: false, fault: "udp_output_failed" });

  const ring = new HeapRing(memory, 65_536, 16);
  ring.publish(tsUnit(1), instant(0));
  ring.publish(tsUnit(2, 3), instant(0));
  const wire = new RecordingWire(memory, { trains: false });
  output.packetizer.emit(ring, 0, 2, wire, instant(0));

  assert.deepEqual(wire.takeDatagrams(), [tsUnit(1), tsUnit(2, 3)]);
});
