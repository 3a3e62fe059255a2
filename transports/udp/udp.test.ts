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
  ["TTL 0", { dest_addr: "239.1.1.1:5000", ttl: 0 }, "ttl: "],
  [
    "an interface that is a group",
    { dest_addr: "239.1.1.1:5000", interface_addr: "239.1.1.1" },
    "interface_addr: must be the address of one",
  ],
  [
    "an interface name of 16",
    { dest_addr: "10.0.0.1:5000", interface_binding: { name: "a".repeat(16) } },
    "interface_binding.name: must be",
  ],
  ["a delay of 11 s", { dest_addr: "10.0.0.1:5000", delay: { mode: "fixed", ms: 11_000 } }, "delay.ms: "],
  ["a delay of another kind", { dest_addr: "10.0.0.1:5000", delay: { mode: "relative" } }, "delay.mode: "],
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

const outputRules: [string, Record<string, string>, string[]][] = [
  ["an interface of another family", { dest_addr: "239.1.1.1:5000", interface_addr: "fd00::1" }, ["interface_addr"]],
  [
    "an interface that is not where the output sends from",
    { dest_addr: "10.0.0.1:5000", bind_addr: "10.0.0.2:0", interface_addr: "10.0.0.3" },
    ["interface_addr"],
  ],
  ["the interface that is where it sends from", { dest_addr: "10.0.0.1:5000", bind_addr: "10.0.0.2:0", interface_addr: "10.0.0.2" }, []],
  ["a group by an interface", { dest_addr: "[ff7e::2]:5004", interface_addr: "::1" }, []],
];

for (const [name, config, fields] of outputRules) {
  test(`an output to ${name} is ${fields.length === 0 ? "right" : "refused by its field"}`, () => {
    assert.deepEqual(
      declaration.checkOutput(declaration.output.parse(config)).map(({ path }) => path.join(".")),
      fields,
    );
  });
}

const inputRules: [string, Record<string, unknown>, string[]][] = [
  ["a group with a source", { bind_addr: "232.1.1.1:5000", source_addr: "10.0.0.1", interface_addr: "10.0.0.2" }, []],
  ["a source without a group", { bind_addr: "0.0.0.0:5000", source_addr: "10.0.0.1" }, ["source_addr"]],
  ["a source of another family", { bind_addr: "232.1.1.1:5000", source_addr: "fd00::1" }, ["source_addr"]],
  ["a group without a port", { bind_addr: "239.1.1.1:0" }, ["bind_addr"]],
  ["an interface and every address", { bind_addr: "0.0.0.0:5000", interface_addr: "10.0.0.2" }, []],
  ["an interface and another address", { bind_addr: "10.0.0.1:5000", interface_addr: "10.0.0.2" }, ["interface_addr"]],
  ["allowed sources of another family", { bind_addr: "0.0.0.0:5000", allowed_sources: ["10.0.0.1", "::1"] }, ["allowed_sources.1"]],
];

for (const [name, config, fields] of inputRules) {
  test(`an input with ${name} is ${fields.length === 0 ? "right" : "refused by its field"}`, () => {
    assert.deepEqual(
      declaration.checkInput(declaration.input.parse(config)).map(({ path }) => path.join(".")),
      fields,
    );
  });
}

test("a group is claimed by nobody: all who join it get it", () => {
  assert.deepEqual(declaration.claimsInput({ bind_addr: "239.1.1.1:5000" }), []);
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
