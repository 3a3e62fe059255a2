import assert from "node:assert/strict";
import { test } from "node:test";
import { monotonicNow } from "@bilbycast/engine/io";
import type { PartSpec } from "../spec.ts";
import { settled, Sink, until } from "./peers.ts";
import { flow, listen, send, SETUPS, TestEngine } from "./test-engine.ts";
import { CLOCKWORK_UNIT } from "./transports.ts";

/** What a clockwork's unit says of itself, and when it arrived. */
type Tick = { n: number; start: number; due: number; at: number };

const ticksOf = (sink: Sink): Tick[] => {
  const ticks: Tick[] = [];
  sink.onDatagram = (datagram) => {
    assert.equal(datagram.length, CLOCKWORK_UNIT);
    ticks.push({ n: datagram.readUInt32BE(0), start: datagram.readUInt32BE(4), due: datagram.readDoubleBE(8), at: monotonicNow() });
  };
  return ticks;
};

const clockwork = (id: string, end: string, after = 0): PartSpec & { starts: Int32Array } => {
  const starts = new Int32Array(new SharedArrayBuffer(4));
  return { id, kind: "clockwork", config: { period: 500, end, after, starts }, starts };
};

for (const setup of SETUPS) {
  const { name, skip } = setup;

  test(`units of a session come out in order, none lost, and none before it is due (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open();
    const ticks = ticksOf(sink);
    await subject.engine.apply([flow("f", { inputs: [clockwork("clock", "never")], outputs: [send("o", sink.address)] })]);
    await until(() => ticks.length >= 1_000, "a thousand arrived");

    const first = ticks[0]?.n ?? -1;
    assert.deepEqual(
      ticks.map(({ n }) => n),
      ticks.map((_, i) => first + i),
    );
    assert.deepEqual(
      ticks.filter(({ due, at }) => at < due),
      [],
    );
    const { counters } = subject.input("f", "clock");
    assert.ok((counters["packetsReceived"] ?? 0) >= 1_000);
    sink.close();
  });

  test(`what a session reports while it opens is heard, with the names of its flow and input (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    await subject.engine.apply([flow("f", { inputs: [clockwork("clock", "never")] })]);
    const event = await subject.event("clockwork_started");
    assert.deepEqual([event.category, event.flowId, event.inputId], ["clockwork", "f", "clock"]);
  });

  for (const [what, end] of [
    ["fails", "fail"],
    ["throws in a timer", "throw"],
    ["fails while it opens", "fail_opening"],
  ] as const) {
    test(`a session that ${what} is started again, and others go on (${name})`, { skip }, async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const [sink, other] = [await Sink.open(), await Sink.open()];
      const [ticks, others] = [ticksOf(sink), ticksOf(other)];
      const clock = clockwork("clock", end, 100);
      const steady = clockwork("clock", "never");
      // A change whose session fails at once would be refused; at start it is left to the supervisor.
      await subject.engine.apply(
        [
          flow("f", { inputs: [clock], outputs: [send("o", sink.address)] }),
          flow("g", { inputs: [steady], outputs: [send("o", other.address)] }),
        ],
        { tolerant: true },
      );

      const recovered = await subject.event("input_recovered");
      assert.deepEqual([recovered.flowId, recovered.inputId], ["f", "clock"]);
      await until(() => ticks.filter(({ start }) => start === 1).length >= 50, "its second life is on the bus");

      assert.deepEqual([clock.starts[0], steady.starts[0]], [2, 1]);
      assert.equal(subject.input("f", "clock").state, "running");
      const second = ticks.filter(({ start }) => start === 1);
      assert.deepEqual(
        second.map(({ n }) => n),
        second.map((_, i) => (second[0]?.n ?? 0) + i),
        "its first life writes no more",
      );
      assert.deepEqual(
        others.map(({ n }) => n),
        others.map((_, i) => (others[0]?.n ?? 0) + i),
        "the other session lost nothing",
      );
      sink.close();
      other.close();
    });
  }

  test(`a session that is refused leaves nothing open, and the same change can be made later (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open();
    const ticks = ticksOf(sink);
    const clock = clockwork("clock", "refuse");
    const before = await subject.memory();
    await assert.rejects(
      subject.engine.apply([flow("f", { inputs: [listen("in"), clock], active: "clock", outputs: [send("o", sink.address)] })]),
      {
        code: "clockwork_refused",
      },
    );
    assert.deepEqual(subject.engine.snapshot().flows, []);
    assert.equal(await subject.memory(), before);

    await subject.engine.apply([flow("f", { inputs: [clock], outputs: [send("o", sink.address)] })]);
    await until(() => ticks.length > 100, "it runs");
    await subject.engine.apply([]);

    await subject.pass();
    await settled(() => ticks.length, "a session that is closed writes no more");
    assert.equal(await subject.memory(), before);
    sink.close();
  });

  test(`when the thread of the sessions ends, they are started again in another (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open();
    const ticks = ticksOf(sink);
    // It may end before it has answered that it is open.
    await subject.engine.apply(
      [flow("f", { inputs: [clockwork("clock", "crash", 50), clockwork("spare", "never")], outputs: [send("o", sink.address)] })],
      { tolerant: true },
    );
    await subject.event("session_thread_crashed");
    // Which life it is depends on whether the first was over before it was known to be open.
    await until(() => ticks.some(({ start }) => start > 0), "a later life is on the bus");
    await until(() => subject.flow("f").inputs.every(({ state }) => state === "running"), "both run again");
    sink.close();
  });

  test(`a switch from a socket to a session and back mixes nothing (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open();
    const ticks = ticksOf(sink);
    await subject.engine.apply([flow("f", { inputs: [listen("in"), clockwork("clock", "never")], outputs: [send("o", sink.address)] })]);
    await until(() => (subject.input("f", "clock").counters["packetsReceived"] ?? 0) > 50, "the session runs, standing by");
    assert.equal(ticks.length, 0);
    await subject.engine.switchInput("f", "clock");
    await until(() => ticks.length > 50, "it is on the bus");
    await subject.engine.switchInput("f", "in");
    await subject.pass();
    const count = await settled(() => ticks.length, "what is not on the bus goes nowhere");
    const received = subject.input("f", "clock").counters["packetsReceived"] ?? 0;
    await until(() => (subject.input("f", "clock").counters["packetsReceived"] ?? 0) > received + 50, "it goes on standing by");
    assert.equal(ticks.length, count);
    sink.close();
  });
}
