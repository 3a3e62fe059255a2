import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { Packetizer, PacketRing, SenderMachine, Wire } from "@bilbycast/foundation/packets";
import { NEVER } from "@bilbycast/foundation/time";
import { Arena, Lane } from "@bilbycast/engine/io";
import { declare } from "@bilbycast/engine/transport/declare";
import type { Registry } from "@bilbycast/engine/transport";
import { ScriptedDriver, type ScriptedSocket } from "./scripted-driver.ts";
import { LaneHost } from "../lane-host.ts";
import type { FlowOrder, OrderResult } from "../orders.ts";
import { OUTPUT_STATS } from "../part-stats.ts";
import { registry as plain } from "./transports.ts";

/** As the system numbers them. */
const EAGAIN = 11;
const EINVAL = 22;

/** Before each burst it says a word of its own. */
class Talkative implements Packetizer {
  readonly #word: number;
  readonly #memory: Uint8Array;

  constructor(memory: { bytes: Uint8Array; reserve(size: number): number }) {
    this.#memory = memory.bytes;
    this.#word = memory.reserve(16);
    this.#memory.set(Buffer.from("word"), this.#word);
  }

  emit(ring: PacketRing, first: number, end: number, wire: Wire): void {
    wire.ensure(1, 0);
    wire.message(0, 0, 0);
    wire.piece(this.#word, 4);
    for (let n = first; n < end; n++) {
      wire.ensure(1, 0);
      wire.message(0, n, 0);
      wire.piece(ring.offset[n & ring.mask] ?? 0, ring.length[n & ring.mask] ?? 0);
    }
  }

  close(): void {}
}

/** Two packets to a train where it may. */
class Coupling implements Packetizer {
  emit(ring: PacketRing, first: number, end: number, wire: Wire): void {
    const step = wire.trains ? 2 : 1;
    for (let n = first; n < end; n += step) {
      const length = ring.length[n & ring.mask] ?? 0;
      wire.ensure(2, 0);
      wire.message(wire.trains ? length : 0, n, 0);
      for (let k = n; k < Math.min(n + step, end); k++) {
        wire.piece(ring.offset[k & ring.mask] ?? 0, length);
      }
    }
  }

  close(): void {}
}

/** Lets packets wait. */
class Patient extends Coupling implements SenderMachine {
  readonly deadline = NEVER;
  readonly patience = 2_000;

  receive(): void {}

  expire(): void {}
}

const declaration = declare({ kind: "special", title: "Special", runsOn: "lane", stats: {}, faults: { no: "No." } });
const target = { to: "127.0.0.1:9", dscp: 0, trains: true, fault: "no" } as const;
const registry: Registry = new Map([
  ...plain,
  ["talkative", { runsOn: "lane", declaration, openOutput: (_: never, context) => context.send(target, new Talkative(context.memory)) }],
  ["patient", { runsOn: "lane", declaration, openOutput: (_: never, context) => context.send(target, new Patient()) }],
  ["coupling", { runsOn: "lane", declaration, openOutput: (_: never, context) => context.send(target, new Coupling()) }],
]);

class Rig {
  readonly driver: ScriptedDriver;
  readonly host: LaneHost;
  readonly lane: Lane;
  readonly meters = new Float64Array(256);
  readonly died: unknown[] = [];

  constructor(tick: "auto" | number = 0) {
    const arena = new Arena(8 * 2 ** 20);
    this.driver = new ScriptedDriver(arena);
    const lane = new Lane(arena, this.driver, tick, () => {});
    this.lane = lane;
    const onMishap = (cause: unknown): void => assert.fail(String(cause));
    this.host = new LaneHost({
      lane,
      registry,
      meters: this.meters,
      random32: () => 4,
      onFlowDied: (_flow, cause) => this.died.push(cause),
      onMishap,
    });
    lane.run();
  }

  open(kind: string, queue = 64): { input: ScriptedSocket; output: ScriptedSocket } {
    const flow: FlowOrder = {
      id: "f",
      serial: 1,
      bus: { bytes: 2 ** 19, packets: 64 },
      queue,
      inputs: [{ id: "in", kind: "plain", config: { bind: "127.0.0.1:1" }, meters: 16, tag: 1, mirrored: "all" }],
      active: "in",
      outputs: [{ id: "out", kind, config: { to: "127.0.0.1:9" }, meters: 64, tag: 1, mirrored: "all" }],
    };
    const result = this.host.execute({ do: "openFlow", flow, tolerant: false });
    assert.ok(!(result instanceof Promise));
    assert.equal((result satisfies OrderResult).parts?.length, 2);
    const [input, output] = this.driver.sockets.slice(-2) as [ScriptedSocket, ScriptedSocket];
    return { input, output };
  }

  /** A meter of the output. */
  count(name: keyof typeof OUTPUT_STATS): number {
    return this.meters[64 + Object.keys(OUTPUT_STATS).indexOf(name)] ?? 0;
  }
}

const letters = (text: string): Uint8Array[] => Array.from(Buffer.from(text), (letter) => Uint8Array.of(letter));

test("what the socket has no room for leaves in the next pass, in order and once, although nothing new came", () => {
  const rig = new Rig();
  const { input, output } = rig.open("plain");
  output.results.push(2, -EAGAIN);
  rig.driver.pass(0, input, ...letters("abcde"));
  assert.equal(output.sent.join(""), "ab");
  assert.equal(rig.count("sendBlocked"), 1);

  rig.driver.pass(1_000);

  assert.equal(output.sent.join(""), "abcde");
  assert.deepEqual([rig.count("packetsSent"), rig.count("bytesSent"), rig.count("packetsDropped")], [5, 5, 0]);
});

test("while the socket has no room the oldest are given up at the queue's bound, and counted", () => {
  const rig = new Rig();
  const { input, output } = rig.open("plain", 4);
  output.results.push(...Array.from({ length: 20 }, () => -EAGAIN));
  rig.driver.pass(0, input, ...letters("abc"));
  rig.driver.pass(0, input, ...letters("def"));
  rig.driver.pass(0, input, ...letters("g"));
  assert.equal(output.sent.join(""), "");

  output.results.length = 0;
  rig.driver.pass(1_000);

  assert.equal(output.sent.join(""), "defg");
  assert.deepEqual([rig.count("packetsSent"), rig.count("packetsDropped")], [4, 3]);
});

test("a train that is refused leaves at once as single datagrams, and trains stay off", () => {
  const rig = new Rig();
  const { input, output } = rig.open("coupling");
  output.results.push(1, -EINVAL);
  rig.driver.pass(0, input, ...letters("abcdef"));
  assert.deepEqual(output.sent, ["ab", "c", "d", "e", "f"]);
  rig.driver.pass(0, input, ...letters("gh"));
  assert.deepEqual(output.sent.slice(5), ["g", "h"]);
  assert.equal(rig.count("packetsSent"), 8);
});

test("when a word of the machine's own finds no room, the packets behind it are neither lost nor sent twice", () => {
  const rig = new Rig();
  const { input, output } = rig.open("talkative");
  rig.driver.pass(0, input, ...letters("abc"));
  output.results.push(-EAGAIN);
  rig.driver.pass(0, input, ...letters("de"));
  rig.driver.pass(1_000);
  assert.equal(output.sent.filter((text) => text !== "word").join(""), "abcde");
  assert.equal(rig.count("packetsDropped"), 0);
});

test("a batch of more than a quarter of the ring laps no output that keeps up", () => {
  const rig = new Rig();
  const { input, output } = rig.open("plain");
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-";
  rig.driver.pass(0, input, ...letters(alphabet));
  assert.equal(output.sent.join(""), alphabet);
  assert.equal(rig.count("packetsDropped"), 0);
});

for (const queue of [8, 64]) {
  test(`a burst that comes in several calls within one pass laps no output that keeps up, with a queue of ${queue}`, () => {
    const rig = new Rig();
    const { input, output } = rig.open("plain", queue);
    const burst = "0123456789".repeat(25);
    rig.driver.pass(0, input, ...letters(burst));
    assert.equal(output.sent.join(""), burst);
    assert.equal(rig.count("packetsDropped"), 0);
  });
}

test("an output that is removed closes its socket, and its flow goes on", () => {
  const rig = new Rig();
  const { input, output } = rig.open("plain");
  void rig.host.execute({ do: "removeOutput", flowId: "f", partId: "out" });
  assert.equal(output.closed, true);
  rig.driver.pass(0, input, ...letters("abc"));
  assert.deepEqual(rig.died, []);

  void rig.host.execute({ do: "closeFlow", flowId: "f" });
  assert.equal(input.closed, true);
});

test("a flow that is closed ends its inputs before its outputs, and so does a lane that stops", () => {
  for (const end of [{ do: "closeFlow", flowId: "f" }, { do: "stop" }] as const) {
    const rig = new Rig();
    const { input, output } = rig.open("plain");
    void rig.host.execute(end);
    assert.deepEqual(rig.driver.closings, [input, output]);
  }
});

test("an active input that is removed is off the bus", () => {
  const rig = new Rig();
  const { input, output } = rig.open("plain");
  void rig.host.execute({ do: "removeInput", flowId: "f", partId: "in" });
  rig.driver.pass(1_000);
  assert.equal(input.closed, true);
  assert.deepEqual(output.sent, []);
  assert.throws(() => rig.host.execute({ do: "switchInput", flowId: "f", inputId: "in" }), { code: "unknown_input" });
  assert.throws(() => rig.host.execute({ do: "removeOutput", flowId: "g", partId: "out" }), { code: "flow_not_running" });
});

test("a session that rouses a lane of an event loop makes it look again at when its next pass is due", async (t) => {
  const rig = new Rig();
  const { port1, port2 } = new MessageChannel();
  t.after(() => port2.close());
  const inputs = [{ id: "clock", kind: "clockwork", config: {}, meters: 16, tag: 1, mirrored: "all" as const, wake: port1 }];
  void rig.host.execute({
    do: "openFlow",
    flow: { id: "s", serial: 1, bus: { bytes: 2 ** 19, packets: 64 }, queue: 64, inputs, active: "clock", outputs: [] },
    tolerant: false,
  });

  port2.postMessage(0);
  await once(port1, "message");

  assert.ok(rig.driver.nudges > 0);
  void rig.host.execute({ do: "closeFlow", flowId: "s" });
});

test("packets wait for more where all outputs of a flow let them, until one comes that does not", () => {
  const rig = new Rig("auto");
  const part = (id: string, kind: string) => ({ id, kind, config: { to: "127.0.0.1:9" }, meters: 128, tag: 1, mirrored: "all" }) as const;
  const { input } = rig.open("patient");
  const pour = (): number => {
    for (let n = 0; n < 20; n++) {
      rig.driver.pass(5_000, input, ...letters("abcdefghijkl"));
    }
    return rig.lane.tick();
  };
  assert.equal(pour(), 2_000);

  void rig.host.execute({ do: "addOutput", flowId: "f", part: part("second", "plain") });
  assert.equal(pour(), 0);
  void rig.host.execute({ do: "removeOutput", flowId: "f", partId: "second" });
  assert.equal(pour(), 2_000);
  void rig.host.execute({ do: "closeFlow", flowId: "f" });
  assert.equal(rig.lane.tick(), 0);
});
