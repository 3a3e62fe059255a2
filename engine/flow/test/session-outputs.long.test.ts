import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { claimsFrom } from "../flow-parts.ts";
import type { PartSpec } from "../spec.ts";
import { Sink, Source, until } from "./peers.ts";
import { flow, listen, send, SETUPS, TestEngine } from "./test-engine.ts";
import { registry } from "./transports.ts";

const SIZE = 1_316;

/** Takes connections and keeps what comes on all of them. */
class Listener {
  readonly sockets: Socket[] = [];
  bytes = Buffer.alloc(0);
  closed = 0;
  readonly port: number;

  private constructor(port: number) {
    this.port = port;
  }

  static async open(t: TestContext): Promise<Listener> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const listener = new Listener((server.address() as AddressInfo).port);
    server.on("connection", (socket) => {
      listener.sockets.push(socket);
      socket.on("data", (data: Buffer) => (listener.bytes = Buffer.concat([listener.bytes, data])));
      socket.on("error", () => {});
      socket.on("close", () => listener.closed++);
    });
    t.after(() => {
      listener.sockets.forEach((socket) => socket.destroy());
      server.close();
    });
    return listener;
  }

  /** Numbers of the datagrams that came, in their order. */
  get numbers(): number[] {
    return Array.from({ length: Math.floor(this.bytes.length / SIZE) }, (_, i) => this.bytes.readUInt32BE(i * SIZE));
  }
}

const scribe = (id: string, port: number, end: "never" | "fail" | "hang" = "never"): PartSpec => ({
  id,
  kind: "scribe",
  config: { port, end, starts: new Int32Array(new SharedArrayBuffer(4)) },
});

const isRow = (numbers: readonly number[]): boolean => numbers.every((n, i) => n === (numbers[0] ?? 0) + i);

test("an output in a session takes its own name, so that the one before leaves before it comes", () => {
  const claims = claimsFrom(registry);
  assert.deepEqual(claims(scribe("s", 1), "output"), ["session:s"]);
  assert.deepEqual(claims(send("o", "127.0.0.1:1"), "output"), []);
});

for (const setup of SETUPS) {
  const { name, skip } = setup;

  test(`an output in a session gets every unit in order, and closing it leaves no memory (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const before = await subject.memory();
    const [listener, sink] = [await Listener.open(t), await Sink.open(1)];
    await subject.engine.apply([flow("f", { inputs: [listen("in")], outputs: [send("o", sink.address), scribe("s", listener.port)] })]);
    await until(() => subject.output("f", "s").peer?.state === "connected", "it says that it is connected");

    const source = new Source(1, subject.address("f", "in"));
    for (let sent = 0; sent < 500; sent += 10) {
      source.burst(10);
      await until(() => sink.numbers.length === source.next, "a few at a time");
    }
    await until(() => listener.numbers.length === 500, "every unit arrives");

    assert.ok(isRow(listener.numbers));
    const { counters } = subject.output("f", "s");
    assert.deepEqual([counters["unitsWritten"], counters["packetsDropped"]], [500, 0]);
    await subject.engine.apply([]);
    await until(() => listener.closed === 1, "its connection is closed");
    assert.equal(await subject.memory(), before);
    sink.close();
    source.close();
  });

  test(
    `one that keeps the sessions' thread for a second loses its own units, counted, and no output beside it any (${name})`,
    { skip },
    async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const [listener, sink] = [await Listener.open(t), await Sink.open(1)];
      await subject.engine.apply([
        flow("f", { inputs: [listen("in")], outputs: [send("o", sink.address), scribe("s", listener.port, "hang")] }),
      ]);
      const source = new Source(1, subject.address("f", "in")).start();
      await until(() => (subject.output("f", "s").counters["packetsDropped"] ?? 0) > 0, "it has lost some");
      await until(() => sink.numbers.length > 3_000, "time passes");
      source.stop();
      await until(() => sink.last === source.next - 1, "all that was sent is there");

      sink.expectUnbroken();
      const { counters } = subject.output("f", "s");
      assert.ok((counters["packetsDropped"] ?? 0) > 100);
      assert.deepEqual(
        listener.numbers.toSorted((a, b) => a - b),
        listener.numbers,
        "what it got is in order",
      );
      sink.close();
      source.close();
    },
  );

  if (setup !== SETUPS[0]) {
    // What follows does not depend on the lane.
    continue;
  }

  test(`one that throws is started again and one that comes late is added; the others lose nothing (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const [listener, late, sink] = [await Listener.open(t), await Listener.open(t), await Sink.open(1)];
    const outputs = [send("o", sink.address), scribe("s", listener.port, "fail")];
    await subject.engine.apply([flow("f", { inputs: [listen("in")], outputs })]);
    const source = new Source(1, subject.address("f", "in")).start();
    await subject.event("output_recovered");
    await subject.engine.apply([flow("f", { inputs: [listen("in")], outputs: [...outputs, scribe("late", late.port)] })]);
    await until(() => listener.sockets.length === 2 && late.numbers.length > 100, "both get units");
    source.stop();
    await until(() => sink.last === source.next - 1, "all that was sent is there");

    sink.expectUnbroken();
    assert.equal(subject.output("f", "s").state, "running");
    assert.ok(isRow(late.numbers));
    sink.close();
    source.close();
  });

  test(`an output that changes leaves its server before it comes again (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const listener = await Listener.open(t);
    await subject.engine.apply([flow("f", { inputs: [listen("in")], outputs: [scribe("s", listener.port)] })]);
    await until(() => listener.sockets.length === 1, "it is there");
    await subject.engine.apply([flow("f", { inputs: [listen("in")], outputs: [scribe("s", listener.port)] })]);
    await until(() => listener.sockets.length === 2, "it comes again");
    const [first] = listener.sockets;
    await until(() => first?.readableEnded === true, "the first connection has ended");
  });
}
