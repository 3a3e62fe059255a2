import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { NULL_PID, PACKET_SIZE, pid as pidOf, UNIT_SIZE } from "@bilbycast/protocols/mpegts";
import { Mux, threePrograms } from "@bilbycast/testkit/streams";
import { Peer, until, type Stage } from "./stage.ts";

type Run = (t: TestContext) => Promise<void>;

/** How a transport carries units. */
export type Carriage = {
  kind: string;
  /** The n-th datagram, with that payload. */
  wrap: (n: number, unit: Uint8Array) => Uint8Array;
  unwrap: (datagram: Uint8Array) => Uint8Array;
};

const LOOPBACK = "127.0.0.1:0";
const UNITS = 300;

/** What the fields do that all outputs have which send MPEG-TS, each as the body of a test. */
export class TsOutputEffects {
  readonly #carriage: Carriage;
  readonly #stage: () => Stage;

  constructor(carriage: Carriage, stage: () => Stage) {
    this.#carriage = carriage;
    this.#stage = stage;
  }

  readonly programNumber: Run = async (t) => {
    const peer = await this.#forwarded(t, { program_number: 2 });
    await until(() => this.#pids(peer).length === 4, "the program arrives");
    assert.deepEqual(this.#pids(peer), [0, 0x200, 0x201, 0x202]);
    await until(() => this.#stage().count("out", "packetsFilteredOut") > UNITS, "the rest is counted");
    assert.equal(this.#stage().count("out", "programAbsent"), 0);
  };

  readonly pidMap: Run = async (t) => {
    const peer = await this.#forwarded(t, { pid_map: { "257": 4_097, "512": 4_098 } });
    await until(() => this.#pids(peer).length === 12, "every PID arrives");
    const pids = this.#pids(peer);
    assert.deepEqual(
      [4_097, 4_098].map((pid) => pids.includes(pid)),
      [true, true],
    );
    assert.deepEqual(
      [257, 512].map((pid) => pids.includes(pid)),
      [false, false],
    );
  };

  readonly pidOverrides: Run = async (t) => {
    const fields = { pmt_pid: 48, video_pid: 49, audio_pids: [50, 51], pcr_pid: 49 };
    const peer = await this.#forwarded(t, { program_number: 1, pid_overrides: { "1": fields } });
    await until(() => [0, 48, 49, 50, 51].every((pid) => this.#pids(peer).includes(pid)), "the streams arrive under their PIDs");
    assert.deepEqual(this.#pids(peer), [0, 48, 49, 50, 51]);
  };

  readonly constantRate: Run = async (t) => {
    const peer = await this.#forwarded(t, { cbr_pad_to_kbps: 50_000 }, 1);
    await until(() => peer.received.length > 50, "null packets make up the rate");
    assert.ok(peer.received.every((datagram) => this.#carriage.unwrap(datagram).length === UNIT_SIZE));
    assert.ok(this.#pids(peer).includes(NULL_PID));
    assert.ok(this.#stage().count("out", "nullsInserted") > 300);
  };

  /** Sends a multiplex of three programs through a flow. */
  async #forwarded(t: TestContext, output: Record<string, unknown>, units = UNITS): Promise<Peer> {
    const { kind, wrap } = this.#carriage;
    const stage = this.#stage();
    const peer = await Peer.open(t);
    await stage.run();
    await stage.run({
      inputs: [{ id: "in", kind, config: { bind_addr: LOOPBACK } }],
      outputs: [{ id: "out", kind, config: { dest_addr: peer.address, ...output } }],
    });
    const mux = new Mux({ programs: threePrograms(), nulls: 0 }, 1);
    const datagrams = Array.from({ length: units }, (_, n) => wrap(n, mux.packets(7)));
    await (await Peer.open(t)).send(datagrams, stage.address("in"));
    return peer;
  }

  #pids(peer: Peer): number[] {
    const found = new Set<number>();
    for (const datagram of peer.received) {
      const unit = this.#carriage.unwrap(datagram);
      for (let at = 0; at < unit.length; at += PACKET_SIZE) {
        found.add(pidOf(unit, at));
      }
    }
    return [...found].toSorted((a, b) => a - b);
  }
}
