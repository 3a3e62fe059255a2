import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { tmpdir } from "node:os";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { splitAddress } from "@bilbycast/foundation/address";
import type { BackendName } from "@bilbycast/engine/io";
import { Engine, type EngineEvent, type FlowSpec, type PartSnapshot } from "@bilbycast/engine/flow";
import { declarations } from "@bilbycast/transports/declarations";
import type { Registry } from "@bilbycast/engine/transport";
import { registry } from "@bilbycast/transports/registry";

/** A machine that is busy with something else is slow, not broken. */
const PATIENCE_MS = 45_000;

export type Half = { id: string; kind: string; config: Record<string, unknown> };
export type FlowParts = { inputs?: readonly Half[]; outputs?: readonly Half[]; bandwidth?: FlowSpec["bandwidth"]; active?: string };

/** What a stage is started with, where it is not the product's transports on one lane. */
export type StageOptions = { mediaFolder?: string; lanes?: number; registry?: Registry; laneEntry?: URL };

/** An engine with every transport of the product, with what it told. Fields that a half leaves out have their defaults. */
export class Stage {
  readonly engine: Engine;
  readonly events: EngineEvent[];

  private constructor(engine: Engine, events: EngineEvent[]) {
    this.engine = engine;
    this.events = events;
  }

  static async start(backend: "auto" | BackendName, options: StageOptions = {}): Promise<Stage> {
    const events: EngineEvent[] = [];
    const engine = await Engine.start({
      lanes: 1,
      tick: "auto",
      backend,
      laneEntry: new URL("./lane-main.ts", import.meta.url),
      sessionEntry: new URL("./session-main.ts", import.meta.url),
      registry,
      mediaFolder: tmpdir(),
      ...options,
      onEvent: (event) => void events.push(event),
    });
    return new Stage(engine, events);
  }

  /** Runs one flow, `flow`, in place of what runs; none without parts. */
  run(parts?: FlowParts): Promise<void> {
    return this.engine.apply(parts === undefined ? [] : [specOf(parts)]);
  }

  /** The same, with other flows beside it. */
  runBeside(parts: FlowParts, others: readonly FlowSpec[]): Promise<void> {
    return this.engine.apply([specOf(parts), ...others]);
  }

  /** The half of that id on the flow that runs. */
  part(id: string): PartSnapshot {
    const flow = this.engine.snapshot().flows.find((each) => each.id === "flow");
    return [...(flow?.inputs ?? []), ...(flow?.outputs ?? [])].find((part) => part.id === id) ?? assert.fail(`there is no ${id}`);
  }

  count(id: string, counter: string): number {
    return this.part(id).counters[counter] ?? assert.fail(`${id} has no counter ${counter}`);
  }

  address(id: string): string {
    return this.part(id).localAddress ?? assert.fail(`${id} has no address`);
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  /** Bytes of its lane's memory in use, told after now. */
  async memory(): Promise<number> {
    const passes = (): number => this.engine.snapshot().lanes[0]?.counters["passes"] ?? 0;
    const before = passes();
    await until(() => passes() > before, "the lane gives account of itself");
    return this.engine.snapshot().lanes[0]?.counters["arenaUsed"] ?? -1;
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }
}

/** A socket of another program: what it sends and gets. */
export class Peer {
  readonly received: Buffer[] = [];
  /** `ip:port` of the last sender. */
  from = "";
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (datagram: Buffer, { address, port }) => {
      this.received.push(datagram);
      this.from = `${address}:${port}`;
    });
    socket.on("error", () => {});
  }

  static async open(t: TestContext, host = "127.0.0.1", port = 0): Promise<Peer> {
    // What a test process that had to wait for its turn did not read yet is not lost.
    const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 2 ** 20 }).unref();
    socket.bind({ port, address: host, exclusive: true });
    await once(socket, "listening");
    const peer = new Peer(socket);
    t.after(() => peer.close());
    return peer;
  }

  get address(): string {
    const { address, port } = this.#socket.address();
    return `${address}:${port}`;
  }

  async send(datagrams: readonly Uint8Array[], to: string): Promise<void> {
    const { host, port } = splitAddress(to) ?? assert.fail(`${to} is no address`);
    for (const datagram of datagrams) {
      await new Promise<void>((resolve) => this.#socket.send(datagram, port, host, () => resolve()));
    }
  }

  close(): void {
    if (this.#open) {
      this.#open = false;
      this.#socket.close();
    }
  }

  #open = true;
}

/** Looks at a condition until it holds. */
export const until = async (holds: () => boolean, what: string): Promise<void> => {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    assert.ok(performance.now() < end, what);
    await sleep(5);
  }
};

const specOf = ({ inputs = [], outputs = [], bandwidth, active }: FlowParts): FlowSpec => ({
  id: "flow",
  bus: { bytes: 4 * 2 ** 20, packets: 4_096 },
  queue: 2_048,
  inputs: inputs.map((half) => ({ ...half, config: filled(half, "input") })),
  active: active ?? inputs[0]?.id,
  outputs: outputs.map((half) => ({ ...half, config: filled(half, "output") })),
  ...(bandwidth === undefined ? {} : { bandwidth }),
});

const filled = ({ kind, config }: Half, side: "input" | "output"): Record<string, unknown> =>
  declarations.find((declaration) => declaration.kind === kind)?.[side]?.parse(config) ?? assert.fail(`there is no ${kind} ${side}`);
