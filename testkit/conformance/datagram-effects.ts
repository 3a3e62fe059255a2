import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Peer, until, type Half, type Stage } from "./stage.ts";

type Run = (t: TestContext) => Promise<void>;

/** The n-th good datagram of a transport. */
export type Datagram = (n: number) => Uint8Array;

const LOOPBACK = "127.0.0.1:0";

/** What the fields do that all transports over datagrams have, each as the body of a test. `stage` is asked when the test runs. */
export class DatagramEffects {
  readonly #kind: string;
  readonly #datagram: Datagram;
  readonly #stage: () => Stage;

  constructor(kind: string, datagram: Datagram, stage: () => Stage) {
    this.#kind = kind;
    this.#datagram = datagram;
    this.#stage = stage;
  }

  readonly bindAddr: Run = async (t) => {
    const spare = await Peer.open(t);
    const address = spare.address;
    spare.close();
    const stage = await this.#listening({ bind_addr: address });
    assert.equal(stage.address("in"), address);
    await (await Peer.open(t)).send(this.#some(3), address);
    await until(() => stage.count("in", "packetsReceived") === 3, "what was sent to bind_addr is received");
  };

  readonly inputInterface: Run = async (t) => {
    const stage = await this.#listening({ bind_addr: "0.0.0.0:0", interface_addr: "127.0.0.2" });
    const [, port = ""] = stage.address("in").split(":");
    assert.equal(stage.address("in"), `127.0.0.2:${port}`);
    const peer = await Peer.open(t);
    await peer.send(this.#some(5), `127.0.0.1:${port}`);
    await peer.send(this.#some(1), `127.0.0.2:${port}`);
    await until(() => stage.count("in", "packetsReceived") === 1, "only what is sent to the interface's address is received");
  };

  readonly allowedSources: Run = async (t) => {
    const stage = await this.#listening({ bind_addr: LOOPBACK, allowed_sources: ["127.0.0.2"] });
    const to = stage.address("in");
    await (await Peer.open(t, "127.0.0.1")).send(this.#some(3), to);
    await (await Peer.open(t, "127.0.0.2")).send(this.#some(2), to);
    await until(() => stage.count("in", "unitsPublished") === 2, "what the allowed sender sent is passed on");
    assert.deepEqual(
      ["packetsReceived", "packetsFiltered", "sourcesRefused"].map((name) => stage.count("in", name)),
      [5, 3, 3],
    );
  };

  readonly maxBitrate: Run = async (t) => {
    // A tenth of a bit each second: after the first burst there is no more.
    const stage = await this.#listening({ bind_addr: LOOPBACK, max_bitrate_mbps: 0.000_000_1 });
    await (await Peer.open(t)).send(this.#some(100), stage.address("in"));
    const passed = Math.floor(65_536 / this.#datagram(0).length);
    await until(() => stage.count("in", "packetsFiltered") === 100 - passed, "what is beyond the rate is counted");
    assert.equal(stage.count("in", "rateExceeded"), 100 - passed);
    await until(() => stage.count("in", "unitsPublished") === passed, "what is within it is passed on");
  };

  readonly ingressDelay: Run = (t) => this.#waits(t, 150, { ingress_delay_ms: 150 }, {});

  readonly destAddr: Run = async (t) => {
    const peer = await Peer.open(t);
    const stage = await this.#forwarding(t, {}, { dest_addr: peer.address });
    await until(() => peer.received.length === 1, "what leaves goes to dest_addr");
    assert.equal(stage.count("out", "packetsSent"), 1);
  };

  readonly sentFrom: Run = async (t) => {
    const spare = await Peer.open(t);
    const address = spare.address;
    spare.close();
    const peer = await Peer.open(t);
    await this.#forwarding(t, {}, { dest_addr: peer.address, bind_addr: address });
    await until(() => peer.from === address, "what leaves comes from bind_addr");
  };

  readonly outputInterface: Run = async (t) => {
    const peer = await Peer.open(t);
    await this.#forwarding(t, {}, { dest_addr: peer.address, interface_addr: "127.0.0.3" });
    await until(() => peer.from.startsWith("127.0.0.3:"), "what leaves comes from the interface's address");
  };

  /** Packets wait at least so long. */
  delay(ms: number, delay: Record<string, unknown>): Run {
    return (t) => this.#waits(t, ms, {}, { delay });
  }

  #some(count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, n) => this.#datagram(n));
  }

  async #listening(config: Record<string, unknown>): Promise<Stage> {
    const stage = this.#stage();
    await stage.run();
    await stage.run({ inputs: [this.#half("in", config)] });
    return stage;
  }

  /** One datagram goes through a flow. */
  async #forwarding(t: TestContext, input: Record<string, unknown>, output: Record<string, unknown>): Promise<Stage> {
    const stage = this.#stage();
    await stage.run();
    await stage.run({ inputs: [this.#half("in", { bind_addr: LOOPBACK, ...input })], outputs: [this.#half("out", output)] });
    await (await Peer.open(t)).send(this.#some(1), stage.address("in"));
    return stage;
  }

  async #waits(t: TestContext, ms: number, input: Record<string, unknown>, output: Record<string, unknown>): Promise<void> {
    const peer = await Peer.open(t);
    const began = performance.now();
    const stage = await this.#forwarding(t, input, { dest_addr: peer.address, ...output });
    await until(() => stage.count("in", "packetsReceived") === 1, "the datagram is received");
    const early = peer.received.length > 0 && performance.now() - began < ms;
    assert.equal(early, false, "nothing leaves before its time");
    await until(() => peer.received.length === 1, "it leaves when its time has come");
    assert.ok(performance.now() - began >= ms, `it waited ${ms} ms`);
  }

  #half(id: string, config: Record<string, unknown>): Half {
    return { id, kind: this.#kind, config };
  }
}
