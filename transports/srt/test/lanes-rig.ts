import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { splitAddress } from "@bilbycast/foundation/address";
import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import type { BackendName } from "@bilbycast/engine/io";
import { milliseconds, seconds } from "@bilbycast/foundation/time";
import { FUSED, Peer, Stage, until } from "@bilbycast/testkit/conformance";
import { RealReceiver } from "@bilbycast/testkit/srt";
import { tsUnit } from "@bilbycast/testkit/streams";

const PASSPHRASE = "a passphrase of some length";
const settings = {
  receiveLatencyMs: 200,
  peerLatencyMs: 200,
  passphrase: encodeUtf8(PASSPHRASE),
  payloadSize: 1_456,
  // Nobody says goodbye when a lane ends.
  idleTimeout: seconds(3),
  retryInterval: milliseconds(100),
};

/** An output that several lanes share, over an input by UDP. */
export const sharedOutput = (lanes: number, config: Record<string, unknown> = {}) => ({
  inputs: [{ id: "in", kind: "udp", config: { bind_addr: "127.0.0.1:0" } }],
  outputs: [
    {
      id: "out",
      kind: "srt",
      config: {
        mode: "listener",
        local_addr: "127.0.0.1:0",
        latency_ms: 200,
        passphrase: PASSPHRASE,
        max_connections: 8,
        lanes,
        ...config,
      },
    },
  ],
});

/** The number of the lane that serves a caller, of so many that share the port. */
export const laneOf = ({ side }: RealReceiver, lanes: number): number =>
  ((side.endpoint.connections[0]?.outbox.peerSocketId ?? 0) & 0xff) % lanes;

/** An engine of several lanes whose SRT output has callers, and what comes to them. */
export class LanesRig {
  readonly stage: Stage;
  readonly callers: RealReceiver[] = [];
  readonly #t: TestContext;
  #sent = 0;

  private constructor(stage: Stage, t: TestContext) {
    this.stage = stage;
    this.#t = t;
  }

  static async start(t: TestContext, backend: "auto" | BackendName, lanes: number): Promise<LanesRig> {
    const stage = await Stage.start(backend, { lanes, ...FUSED });
    t.after(() => stage.stop());
    return new LanesRig(stage, t);
  }

  get port(): number {
    return splitAddress(this.stage.address("out"))?.port ?? 0;
  }

  count(counter: string): number {
    return this.stage.count("out", counter);
  }

  /** What the output tells people of its connections. */
  get open(): number {
    return this.count("connectionsOpen");
  }

  /** Ends the thread of the lane that a flow of its own is on. */
  async blow(fuse: string): Promise<void> {
    const flow = this.stage.engine.snapshot().flows.find(({ id }) => id === fuse);
    await (await Peer.open(this.#t)).send([Uint8Array.of(1)], flow?.inputs[0]?.localAddress ?? "");
  }

  /** So many more callers, each in its turn. */
  async call(count: number, port = this.port): Promise<RealReceiver[]> {
    const fresh: RealReceiver[] = [];
    for (let i = 0; i < count; i++) {
      const caller = await RealReceiver.open({ call: port, settings, seed: 1_000 + this.callers.length });
      this.#t.after(() => caller.close());
      this.callers.push(caller);
      fresh.push(caller);
      await until(() => caller.side.said.includes("connected"), "a connection");
    }
    return fresh;
  }

  /** Sends so many units, and waits until every caller of these has them. Returns what they are to have got. */
  async carry(count: number, callers: readonly RealReceiver[] = this.callers): Promise<Buffer> {
    const peer = await Peer.open(this.#t);
    const units = Array.from({ length: count }, (_, i) => tsUnit(this.#sent + i));
    this.#sent += count;
    const before = callers.map(({ units: got }) => got.length);
    for (let n = 0; n < count; n += 10) {
      await peer.send(units.slice(n, n + 10), this.stage.address("in"));
      await sleep(5);
    }
    await until(() => callers.every(({ units: got }, i) => got.length >= (before[i] ?? 0) + count), "all units");
    return Buffer.concat(units);
  }
}
