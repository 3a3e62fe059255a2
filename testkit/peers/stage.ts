import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ByteSink } from "./byte-sink.ts";
import { LaunchedEdge, type LaunchedFlow } from "./launched-edge.ts";
import type { Peer } from "./peer.ts";
import { boundUdpPorts } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

/** A folder, an edge, and the programs around it, all gone when the test ends, however it ends. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), "bilbycast-stage-"));
  readonly #peers: Peer[] = [];
  readonly #sinks: ByteSink[] = [];

  constructor(t: TestContext) {
    t.after(async () => {
      await Promise.all(this.#peers.map((peer) => peer.stop()));
      if (!t.passed) {
        this.#peers.forEach((peer) => t.diagnostic(`${peer.name} said:\n${peer.output()}`));
      }
      this.#sinks.forEach((sink) => sink.close());
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** A path in the folder. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** What a file of the folder holds by now; nothing while nobody has made it. */
  read(name: string): Buffer {
    return existsSync(this.path(name)) ? readFileSync(this.path(name)) : Buffer.alloc(0);
  }

  /** Takes a program that was started into its care. */
  keep(peer: Peer): Peer {
    this.#peers.push(peer);
    return peer;
  }

  /** The same with one that receives; resolves when it listens on the port. */
  async listening(peer: Peer, port: number): Promise<Peer> {
    this.keep(peer);
    let over = false;
    void peer.exited.then(() => (over = true));
    await waitFor(`somebody to listen on ${port}`, () => over || boundUdpPorts([port]).length > 0, 30);
    if (over) {
      throw new Error(`the receiver on ${port} ended before it listened:\n${peer.output()}`);
    }
    return peer;
  }

  async sink(port = 0): Promise<ByteSink> {
    const sink = await ByteSink.open(port);
    this.#sinks.push(sink);
    return sink;
  }

  /** An edge with these flows, which answers. Its folder is also its media library. */
  edge(flows: readonly LaunchedFlow[], environment: Readonly<Record<string, string>> = {}): Promise<LaunchedEdge> {
    return this.#running(LaunchedEdge.launch(this.folder, flows, environment));
  }

  /** The same with a configuration as somebody wrote it. */
  edgeOf(config: Record<string, unknown>): Promise<LaunchedEdge> {
    return this.#running(LaunchedEdge.launchWith(this.folder, config));
  }

  async #running(edge: LaunchedEdge): Promise<LaunchedEdge> {
    this.keep(edge.launcher);
    await edge.running(1);
    return edge;
  }
}
