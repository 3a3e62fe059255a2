import assert from "node:assert/strict";
import { test } from "node:test";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant, type Instant } from "@bilbycast/foundation/time";
import { AnalysisHost, type AnalysisMessage, type InputReport } from "@bilbycast/engine/analysis";
import { Arena } from "@bilbycast/engine/io";
import { LIVE_DATAGRAM, liveLayout, LiveTs } from "@bilbycast/testkit/streams";
import { Mirror } from "../mirror.ts";

const RATE = 10_000_000;
const [MADE] = liveLayout("different", 5, RATE);
assert.ok(MADE !== undefined);
/** Microseconds from one datagram to the next. */
const EVERY = (LIVE_DATAGRAM * 8 * 1e6) / RATE;

/** A lane's mirror with live inputs, and the analysers behind it; the time is the test's. */
class Rig {
  readonly messages: AnalysisMessage[] = [];
  readonly #arena = new Arena(64 * 2 ** 20);
  readonly #mirror = new Mirror(this.#arena);
  readonly #host = new AnalysisHost(
    (message) => this.messages.push(message),
    () => 1_000,
  );
  readonly #batch = new PacketBatch(1);
  readonly #slot = this.#arena.reserve(LIVE_DATAGRAM);
  readonly #feeds: LiveTs[];
  #time = 1_000_000;

  constructor(inputs: number) {
    this.#feeds = Array.from({ length: inputs }, () => new LiveTs(MADE as NonNullable<typeof MADE>));
    this.#host.obey({ do: "lane", lane: 0, memory: this.#arena.memory, layout: this.#mirror.layout });
    for (let tag = 0; tag < inputs; tag++) {
      this.#host.obey({ do: "watch", tag, lane: 0, wishes: { tr101290: true, media: true } });
    }
  }

  get now(): Instant {
    return instant(Math.floor(this.#time));
  }

  /** Datagrams of each input; the analysers look after every tenth, or not at all. */
  play(datagrams: number, looks = true): void {
    for (let i = 0; i < datagrams; i++) {
      this.#time += EVERY;
      for (const [tag, feed] of this.#feeds.entries()) {
        feed.next(this.#arena.bytes, this.#slot);
        this.#batch.clear();
        this.#batch.push(this.#slot, LIVE_DATAGRAM, 0);
        this.#mirror.take(tag, this.#batch, this.now);
      }
      if (looks && i % 10 === 0) {
        this.#host.turn(this.now);
      }
    }
  }

  turn(): void {
    this.#host.turn(this.now);
  }

  last(tag: number): InputReport | undefined {
    const reports = this.messages.flatMap((message) => (message.report === "inputs" ? message.inputs : []));
    return reports.findLast((input) => input.tag === tag)?.report;
  }
}

test("inputs that come by one ring are told apart, each with its own programs, checks and media", () => {
  const rig = new Rig(3);
  rig.play(3_000);

  for (const tag of [0, 1, 2]) {
    const report = rig.last(tag);
    assert.equal(report?.tr101290?.cc_errors, 0);
    assert.equal(report?.tr101290?.signal, "in_sync");
    assert.equal(report?.media?.programs.length, 1);
  }
  const catalogs = rig.messages.flatMap((message) =>
    message.report === "inputs" ? message.inputs.filter(({ report }) => report.catalog) : [],
  );
  assert.ok(catalogs.length >= 3 && catalogs.length < 12, "a catalogue is sent when it is another one");
});

test("what the analysers miss is told as such and is no fault of any stream", () => {
  const rig = new Rig(2);
  rig.play(2_000);
  rig.play(20_000, false);
  rig.turn();
  rig.play(2_000);

  const overruns = rig.messages.filter((message) => message.report === "overrun");
  assert.ok(overruns.length > 0 && overruns.every((message) => message.report === "overrun" && message.lane === 0 && message.lost > 0));
  for (const tag of [0, 1]) {
    const checks = rig.last(tag)?.tr101290;
    assert.ok(checks !== undefined && checks.analysis_gaps > 0);
    assert.deepEqual([checks.cc_errors, checks.crc_errors, checks.pcr_discontinuity_errors, checks.packets_lost], [0, 0, 0, 0]);
  }
});

test("an input that is forgotten says nothing more, and one that nobody watches is passed over", () => {
  const arena = new Arena(64 * 2 ** 20);
  const mirror = new Mirror(arena);
  const messages: AnalysisMessage[] = [];
  const host = new AnalysisHost(
    (message) => messages.push(message),
    () => 0,
  );
  host.obey({ do: "lane", lane: 0, memory: arena.memory, layout: mirror.layout });
  const batch = new PacketBatch(1);
  batch.push(arena.reserve(2_048), 188, 0);
  mirror.take(9, batch, instant(1));
  host.turn(instant(2_000_000));
  assert.deepEqual(messages, []);

  host.obey({ do: "watch", tag: 9, lane: 0, wishes: { tr101290: false, media: false } });
  host.turn(instant(4_000_000));
  assert.equal(messages.length, 1);
  host.obey({ do: "forget", tag: 9 });
  host.turn(instant(6_000_000));
  assert.equal(messages.length, 1);
});
